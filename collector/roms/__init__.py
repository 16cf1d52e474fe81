"""Cartridges that come with the project; a package each, with sources and build."""
