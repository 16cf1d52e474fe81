"""The commands of `python -m scoring`, a file each: `add` declares the flags, `run` does the work.

Nothing heavy is imported before a command runs, so that --help answers at once.
"""
