"""What the loop can be told: the types of config/closed_loop.yaml."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(kw_only=True)
class LoopSettings:
    """The keys of config/closed_loop.yaml."""

    work: str
    """Folder of everything that is made; what is there already is not made again."""
    tasks: list[str]
    """Tasks that are trained on and tested, names in configs/task."""
    unseen_tasks: list[str]
    """Tasks that are only tested."""
    expert_starts: int
    """Starts of each task that the expert plays in the training worlds."""
    noisy_starts: int
    """Starts of each task that it plays there with mistakes."""
    validation_starts: int
    """Starts of each task that it plays in the validation worlds, with mistakes."""
    test_starts: int
    """Starts of each task that every player plays in the test worlds."""
    first_test_start: int
    """Number of the first of them, and of the unseen tasks': another one gives worlds that no model has played."""
    unseen_starts: int
    """Starts of each unseen task."""
    mistake_rate: float
    """Chance that a step is a mistake."""
    training: list[str]
    """Overrides of config/sft.yaml, each in quotes: training=["max_steps=600"]."""
    training_seeds: list[int]
    """Seeds of the models trained with pictures."""
    text_only_seeds: list[int]
    """Seeds of those trained without."""
    agreement_rows: int
    """Rows on which a server must agree with transformers before it plays."""
    cores: int
    """Trainings at once."""
    workers: int
    """Sessions of a player at once."""
    port: int
    """Where models are served on this machine; the next four are the changed pictures'."""
