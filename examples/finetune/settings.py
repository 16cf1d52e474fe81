"""What a training run can be told: the types of config/sft.yaml and config/family."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(kw_only=True)
class LoraSettings:
    """Adapters on some of the linear layers; the rest of the model stays as it is."""

    rank: int = 16
    """Rank of the adapters."""
    alpha: int = 32
    """Their scale."""
    dropout: float = 0.0
    """Chance that an input of an adapter is left out."""
    targets: str = r".*(text_model|language_model).*\.(q|k|v|o|gate|up|down)_proj"
    """Regular expression that the whole name of a layer must match: as it stands, the language part alone."""


@dataclass(kw_only=True)
class FamilySettings:
    """A kind of model: config/family/NAME.yaml."""

    name: str
    """The YAML's name."""
    verified: bool
    """Whether a run of ours proves the settings."""
    model: str | None = None
    """Name or folder of the checkpoint to start from; null makes a tiny one on the spot."""
    tiny: dict[str, int] = field(default_factory=dict)
    """Sizes of the one made on the spot; the fields of TinySize."""
    processor: dict[str, Any] = field(default_factory=dict)
    """What the processor is loaded with."""
    lora: LoraSettings | None = None
    """Adapters, merged into the checkpoint at the end; null trains all weights."""
    training: dict[str, Any] = field(default_factory=dict)
    """Fields of TRL's SFTConfig."""


@dataclass(kw_only=True)
class SftSettings:
    """The keys of config/sft.yaml."""

    dataset: str
    """Folder that the builder wrote, or a dataset's name on the Hub."""
    config: str
    """Its config."""
    output: str
    """Where the checkpoint goes."""
    seed: int
    """Seed of the weights (tiny) and of the order of the rows."""
    pictures: bool
    """False leaves the pictures out of every row: what can be learned from the text alone."""
    min_score: float | None
    """Leave out rows of sessions scored lower."""
    max_steps: int
    """Steps of training."""
    choose_among: int
    """Checkpoints on the way, the last step's among them, of which validation chooses one."""
    choose_rows: int
    """Validation rows that it chooses by."""
    max_new_tokens: int
    """Tokens an answer to a validation row may have."""
    threads: int
    """Threads of PyTorch on a CPU."""
    family: FamilySettings
    """The model."""
    training: dict[str, Any] = field(default_factory=dict)
    """Fields of TRL's SFTConfig that go over the family's."""
