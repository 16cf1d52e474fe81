"""The Hydra configuration: collect.yaml and build.yaml, and the groups beside them."""
