"""Play tasks in an emulator with an agent, and append every step to an Arrow shard."""
