"""Say of recorded steps what the expert would have done, and what they cost."""
