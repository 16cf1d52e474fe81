"""The emulators a session can run on, behind one protocol."""
