"""How train is thinned out and balanced: the typed keys under `curation` in configs/build.yaml, checked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from collector.errors import ConfigError
from dataset_script.sampling import HistoryDropout


class Duplicates(StrEnum):
    """Which further examples of a state and answer are taken out."""

    KEEP = "keep"
    """None."""
    EXACT = "exact"
    """Those of the same task in the same state, but for what only numbers its world and its looks."""
    NEAR = "near"
    """Those, too, whose states differ only in fields that no session of the task changes."""


class WeightBy(StrEnum):
    """What counts alike under the weights."""

    NONE = "none"
    """Nothing: there is no column."""
    TASK = "task"
    """Every task."""
    BUTTON = "button"
    """Every button."""


@dataclass(kw_only=True)
class CurationConfig:
    """The keys under `curation`."""

    seed: int = 0
    """Of every draw: which examples a cap keeps, which lose their history."""
    no_effect: bool = True
    """Whether presses that changed nothing are examples."""
    duplicates: str = "keep"
    """keep, exact or near: which repetitions of a state and answer are taken out."""
    max_per_task: int | None = None
    """Examples of a task at most; null: all."""
    max_per_button: int | None = None
    """Examples of a button at most, after the tasks' caps; null: all."""
    history_dropout: float = 0.0
    """Share of examples whose prompts leave out the last actions and the earlier screens."""
    weights: str = "none"
    """none, task or button: a column `weight` under which each counts alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurationSettings:
    """A checked curation."""

    seed: int = 0
    """Of every draw."""
    no_effect: bool = True
    """Whether presses that changed nothing are examples."""
    duplicates: Duplicates = Duplicates.KEEP
    """Which repetitions are taken out."""
    max_per_task: int | None = None
    """Examples of a task at most."""
    max_per_button: int | None = None
    """Examples of a button at most."""
    history_dropout: float = 0.0
    """Share of examples without history, 0 to 1."""
    weights: WeightBy = WeightBy.NONE
    """What counts alike."""

    @property
    def is_off(self) -> bool:
        """Whether train is left as it is."""
        return self == CurationSettings(seed=self.seed)

    @property
    def forgetting(self) -> HistoryDropout:
        """Which examples lose their history."""
        return HistoryDropout(seed=self.seed, share=self.history_dropout)


def curation_settings(config: CurationConfig) -> CurationSettings:
    """The curation that a configuration asks for; ConfigError names the key that is wrong."""
    for key in ("max_per_task", "max_per_button"):
        if (cap := getattr(config, key)) is not None and cap < 1:
            raise ConfigError(f"curation.{key}={cap}: expected a whole number from 1, or null for no cap")
    if not 0 <= config.history_dropout <= 1:
        raise ConfigError(f"curation.history_dropout={config.history_dropout}: expected 0 to 1")
    for key, kind in (("duplicates", Duplicates), ("weights", WeightBy)):
        if (value := getattr(config, key)) not in list(kind):
            raise ConfigError(f"curation.{key}={value}: expected one of {', '.join(kind)}")
    return CurationSettings(
        seed=config.seed,
        no_effect=config.no_effect,
        duplicates=Duplicates(config.duplicates),
        max_per_task=config.max_per_task,
        max_per_button=config.max_per_button,
        history_dropout=config.history_dropout,
        weights=WeightBy(config.weights),
    )
