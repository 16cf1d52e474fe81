"""Make what a crash left whole again."""
