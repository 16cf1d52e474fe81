"""Capture starts from a running game."""
