"""The builder's configuration: the typed schema of configs/build.yaml, and the settings that the code works with."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from collector.errors import ConfigError
from collector.prompt_options import PromptOptions
from collector.prompt_pictures import Layout
from collector.prompts import ObservationMode, PromptTemplate
from dataset_script.curation_config import CurationConfig, CurationSettings, curation_settings
from dataset_script.picture_format import PictureFormat
from dataset_script.push_config import PushConfig, PushSettings, push_settings
from dataset_script.replies import Target
from scoring.records import Source


class Switch(StrEnum):
    """Something that is done or left."""

    ON = "on"
    OFF = "off"


class SplitUnit(StrEnum):
    """What is kept whole within one split."""

    START = "start"
    TASK = "task"
    SESSION = "session"

    @property
    def plural(self) -> str:
        """Several of them, as an export's `about` names them by {units}."""
        return "starts and worlds" if self is SplitUnit.START else f"{self}s"


@dataclass(kw_only=True)
class PromptConfig:
    """A prompt's wording: configs/prompt/NAME.yaml."""

    name: str
    """The YAML's name."""
    system: str
    """The system message."""
    user: str
    """The text after the pictures."""
    memory: str = ""
    """Added where memory is to be seen."""
    notes: str = ""
    """Added where the agent's own memory has notes."""
    remember: str = ""
    """Added where the agent can ask its memory to keep something."""
    recent_actions: int = 6
    """How many of the last actions are told."""


@dataclass(kw_only=True)
class ExportConfig:
    """One config of the dataset: configs/export/NAME.yaml."""

    kind: str
    """The module of dataset_script/exports that makes its rows."""
    splits: list[str]
    """The splits it has, in order; empty ones are left out."""
    about: str
    """What a row is, in a sentence for the card; {units} stands for what is kept whole within one split."""
    default: bool = False
    """Whether `load_dataset(DIR)` without a config name loads it."""


@dataclass(kw_only=True)
class BuildConfig:
    """The keys of configs/build.yaml."""

    runs: str
    """Folder of recorded sessions."""
    output: str
    """Folder of the dataset; replaced when the build has ended well."""
    skip_damaged: bool
    """Leave out sessions whose files are damaged, instead of ending the build."""
    score_source: str
    """auto, human or judge."""
    min_score: float
    """Sessions below this score are not trained on."""
    exclude_policies: list[str]
    """Policies that are never trained on, however well a session was scored."""
    branches: str | None
    """Run tree of python -m collector.branch: what its roll-outs show counts as evidence about steps of RUNS."""
    target: str
    """taken or expert: whose answers are trained on; the expert's need python -m collector.relabel, and no score."""
    split_by: str
    """start, task or session: what is kept whole within one split."""
    obs: str
    """image or image+memory: what the prompt shows."""
    image_scale: int
    """Whole number by which pictures are enlarged."""
    history: int
    """Screens in a prompt, the newest last."""
    history_layout: str
    """frames or sheet: several screens as pictures of their own, or in one of 2 x 2."""
    grid: bool
    """Draw lines at every 16 pixels of the game's screen."""
    max_actions: int
    """Buttons that the prompt allows a reply."""
    chat_window: int
    """Replies in a row of `chat_windows` at most."""
    max_shard_size_mb: int
    """Parquet files are closed once they are this large."""
    curation: CurationConfig
    """How train is thinned out and balanced."""
    picture_format: str
    """png or webp: how pictures are encoded, without loss."""
    lint: str
    """on or off: the gate, which fails the build for any row that holds what it must not."""
    license: str | None
    """The card's license tag; null: apache-2.0 for the bundled cartridge played by agents of ours, else other."""
    prompt: PromptConfig
    """The wording of prompts."""
    export: dict[str, ExportConfig] = field(default_factory=dict)
    """The configs to build, by name."""
    push: PushConfig = field(default_factory=PushConfig)
    """Where the folder is pushed to, and how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSettings:
    """One config of the dataset."""

    name: str
    """What `load_dataset(DIR, NAME)` calls it."""
    kind: str
    """The module that makes its rows."""
    splits: tuple[str, ...]
    """Its splits in order."""
    about: str
    """What a row is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSettings:
    """A checked configuration."""

    runs: Path
    """Folder of recorded sessions."""
    output: Path
    """Folder of the dataset."""
    skip_damaged: bool
    """Whether damaged sessions are left out, instead of ending the build."""
    score_source: Source
    """Whose scores filter."""
    min_score: float
    """The lowest score that is trained on, 1-10."""
    exclude_policies: frozenset[str]
    """Policies that are never trained on."""
    branches: Path | None
    """Run tree of roll-outs that count as evidence about steps."""
    target: Target
    """Whose answers are trained on."""
    split_by: SplitUnit
    """What is kept whole within one split."""
    prompt: PromptOptions
    """How prompts are rendered."""
    chat_window: int
    """Replies in a row of `chat_windows` at most."""
    max_shard_bytes: int
    """Size at which a Parquet file is closed."""
    curation: CurationSettings
    """How train is thinned out and balanced."""
    picture_format: PictureFormat
    """How pictures are encoded."""
    lint: bool
    """Whether rows go through the gate."""
    allow: tuple[str, ...]
    """Exact texts that searches for private texts let pass."""
    license: str | None
    """The license tag; None to derive it."""
    exports: tuple[ExportSettings, ...]
    """The configs, the default one first."""
    push: PushSettings | None
    """The push that follows; None without one. What it leaves out is left out of the folder already."""


def settings_from(config: BuildConfig) -> BuildSettings:
    """The settings that a configuration stands for; ConfigError names the key that is wrong."""
    split_by = _member(SplitUnit, "split_by", config.split_by)
    settings = BuildSettings(
        runs=Path(config.runs),
        output=Path(config.output),
        skip_damaged=config.skip_damaged,
        score_source=_member(Source, "score_source", config.score_source),
        min_score=_within("min_score", config.min_score, 1, 10),
        exclude_policies=frozenset(config.exclude_policies),
        branches=None if config.branches is None else Path(config.branches),
        target=_member(Target, "target", config.target),
        split_by=split_by,
        prompt=PromptOptions(
            template=_template(config.prompt),
            mode=_member(ObservationMode, "obs", config.obs),
            image_scale=int(_within("image_scale", config.image_scale, 1, 16)),
            history=int(_within("history", config.history, 1, 64)),
            layout=_member(Layout, "history_layout", config.history_layout),
            grid=config.grid,
            max_actions=config.max_actions,
        ),
        chat_window=int(_within("chat_window", config.chat_window, 1, 1_000)),
        max_shard_bytes=int(_within("max_shard_size_mb", config.max_shard_size_mb, 1, 100_000)) * 1_000_000,
        curation=curation_settings(config.curation),
        picture_format=_member(PictureFormat, "picture_format", config.picture_format),
        lint=_member(Switch, "lint", config.lint) is Switch.ON,
        allow=tuple(text for text in config.push.allow if text),
        license=config.license,
        exports=_exports(config.export, split_by),
        push=push_settings(config.push),
    )
    _refuse_unfit_exports(settings)
    return settings


def register_schema() -> None:
    """Put the schema where configs/build.yaml finds it: `build_schema`."""
    from hydra.core.config_store import ConfigStore

    ConfigStore.instance().store(name="build_schema", node=BuildConfig, provider="dataset_script")


def _template(config: PromptConfig) -> PromptTemplate:
    return PromptTemplate(**dataclasses.asdict(config))


def _exports(configs: Mapping[str, ExportConfig], split_by: SplitUnit) -> tuple[ExportSettings, ...]:
    """The default one first; without a default the first one stands in."""
    if not configs:
        raise ConfigError("export=[]: nothing to build; name at least one, e.g. export=[sft,heldout]")
    defaults = [name for name, config in configs.items() if config.default]
    if len(defaults) > 1:
        raise ConfigError(f"export: {' and '.join(defaults)} both say default: true; keep one")
    order = sorted(configs, key=lambda name: name not in defaults)
    return tuple(
        ExportSettings(
            name=name,
            kind=configs[name].kind,
            splits=tuple(configs[name].splits),
            about=configs[name].about.replace("{units}", split_by.plural),
        )
        for name in order
    )


def _refuse_unfit_exports(settings: BuildSettings) -> None:
    """ConfigError for an export whose rows could not hold what the other settings ask for."""
    for export in settings.exports:
        if export.kind in _CONVERSATIONS and settings.target is Target.EXPERT:
            raise ConfigError(
                f"export={export.name} with target=expert: in a conversation each screen follows from the answer "
                "before it, and the expert's answers were not played; leave one of the two out"
            )
        if export.kind in _CONVERSATIONS and settings.curation.forgetting.share:
            raise ConfigError(
                f"export={export.name} with curation.history_dropout: what came before an answer stands in the "
                "conversation, and can't be left out of it; leave one of the two out"
            )
        frames = 1 if settings.prompt.layout is Layout.SHEET else settings.prompt.history
        if export.kind == "openai" and frames > OPENAI_PICTURES:
            raise ConfigError(
                f"export={export.name} with history={settings.prompt.history}: OpenAI's fine-tuning takes "
                f"{OPENAI_PICTURES} pictures a line; choose a history of so many at most, or history_layout=sheet"
            )


_CONVERSATIONS: Final = ("chat", "chat_windows")
"""Kinds whose answers lead to the next question."""

OPENAI_PICTURES: Final = 10
"""Pictures in a line at most (OpenAI's guide to vision fine-tuning)."""

Member = TypeVar("Member", bound=StrEnum)


def _member(kind: type[Member], key: str, value: Any) -> Member:
    try:
        return kind(value)
    except ValueError:
        raise ConfigError(f"{key}={value}: expected one of {', '.join(kind)}") from None


def _within(key: str, value: float, low: float, high: float) -> float:
    if not low <= value <= high:
        raise ConfigError(f"{key}={value}: expected {low} to {high}")
    return value
