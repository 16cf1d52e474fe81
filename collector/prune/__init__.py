"""Remove sessions that are no longer wanted."""
