"""From recorded sessions and their ratings to a folder that `load_dataset`, TRL and the Hub take as it is."""
