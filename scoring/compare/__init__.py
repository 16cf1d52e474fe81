"""Two ways to play set against each other, session by session from the same start of the same task."""
