"""The report of a run tree: its figures and how far its ratings can be trusted, as text, as JSON and as one page."""
