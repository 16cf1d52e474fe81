"""Look before playing: what is missing, and what can be played."""
