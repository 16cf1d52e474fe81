"""How people rate: who they are, what they are shown, whose turn it is. The terminal and the page both build on it."""
