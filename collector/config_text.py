"""config.yaml: what a session was played with, as YAML that says every value as it is, and the way back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from collector.config import CollectConfig
from collector.errors import InputError
from collector.yaml_loading import load_yaml


class _Dumper(yaml.SafeDumper):
    """YAML without references from one place to another."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Text with a line break of Unicode's is escaped: PyYAML reads it back as a space from anything else."""
    style = '"' if set(text) & set("\x85\u2028\u2029") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
_Dumper.add_multi_representer(Enum, lambda dumper, value: dumper.represent_str(value.name))


def config_text(config: CollectConfig) -> str:
    """The configuration as YAML in the order of its keys; enumerations by their names, as overrides give them.

    It is made for each session where it is recorded: a large plan would wait long for all of them.
    """
    return yaml.dump(dataclasses.asdict(config), Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def config_part(config: Path, name: str) -> Mapping[str, Any]:
    """A part of a config.yaml, such as `recording` or `task`; empty where it is not there. InputError if not YAML."""
    try:
        content = _content(config.read_text(encoding="utf-8")) if config.exists() else None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{config}: not YAML ({' '.join(str(error).split())}); was it edited by hand?") from error
    part = content.get(name) if isinstance(content, dict) else None
    return part if isinstance(part, dict) else {}


@lru_cache(maxsize=4)
def _content(text: str) -> Any:
    """What the YAML says; kept, because one part is asked for after the other."""
    return load_yaml(text)
