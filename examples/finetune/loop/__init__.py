"""The parts of closed_loop.py: starts, players, servers, and what came of it."""
