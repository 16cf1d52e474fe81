"""The players, behind one protocol."""
