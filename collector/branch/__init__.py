"""Go back into recorded sessions and see what each action leads to from there."""
