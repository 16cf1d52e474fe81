"""Many sessions from one plan."""
