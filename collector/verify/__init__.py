"""Play recorded sessions again and find the first step that differs."""
