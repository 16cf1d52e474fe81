"""Where task files are: the project's own in configs/task, then those in the folders that Hydra was told to search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import yaml
from hydra.core.hydra_config import HydraConfig

from collector.errors import ConfigError
from collector.yaml_loading import load_yaml

_ENDING: Final = ".yaml"


def task_files() -> dict[str, Traversable]:
    """Each task file by its name; of two with the same name the project's own counts, as for Hydra."""
    found: dict[str, Traversable] = {}
    for folder in _folders():
        for item in sorted(folder.iterdir(), key=lambda item: item.name):
            if item.name.endswith(_ENDING):
                found.setdefault(item.name.removesuffix(_ENDING), item)
    return found


def task_text(file: Traversable) -> str:
    """The text of a task file; ConfigError if it can't be read."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{file}: can't be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not text in UTF-8 ({error})") from error


def task_mapping(text: str, where: str) -> Mapping[str, Any]:
    """What a task file says; ConfigError, which begins with `where`, unless it is a YAML mapping."""
    try:
        raw = load_yaml(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{where}: not valid YAML ({' '.join(str(error).split())})") from error
    if not isinstance(raw, Mapping):
        raise ConfigError(f"{where}: expected the keys of a task, as docs/tasks.md shows them, got {raw!r}")
    return raw


def _folders() -> Iterator[Traversable]:
    yield resources.files("configs") / "task"
    if not HydraConfig.initialized():
        return
    for source in HydraConfig.get().runtime.config_sources:
        folder = Path(source.path) / "task"
        if source.schema == "file" and folder.is_dir():  # --config-dir, hydra.searchpath
            yield folder
