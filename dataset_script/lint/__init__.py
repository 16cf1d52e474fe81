"""The gate: what a row must never hold, a file a rule; `gate.py` is the file to read first."""
