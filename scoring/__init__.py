"""Rate recorded sessions: the verdict from game memory as a score, ratings as an append-only log, and the metrics."""
