"""What RAM means, one module or package a game, and the predicates over it."""
