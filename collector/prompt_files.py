"""Prompt templates on disk: those of configs/prompt by name, and a user's own by path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import yaml

from collector.errors import ConfigError
from collector.prompts import PromptTemplate
from collector.yaml_loading import load_yaml

_KEYS: Final = {field.name: field for field in fields(PromptTemplate)}


def load_prompt(name: str) -> PromptTemplate:
    """The template of this name in configs/prompt, or the YAML file at this path."""
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        if not path.is_file():
            raise ConfigError(f"agent.prompts: {name} is no file; give a name of configs/prompt or a YAML's path")
        return _template(name, path.read_text(encoding="utf-8"))
    known = {Path(file.name).stem: file for file in files("configs").joinpath("prompt").iterdir()}
    if name not in known:
        raise ConfigError(f"agent.prompts: no prompt {name!r}; there are {', '.join(sorted(known))}, or give PATH.yaml")
    return _template(name, known[name].read_text(encoding="utf-8"))


def load_prompts(names: Sequence[str]) -> tuple[PromptTemplate, ...]:
    """The variants of a prompt; ConfigError if there are none or two are the same."""
    if not names:
        raise ConfigError("agent.prompts=[]: name at least one prompt, e.g. agent.prompts=[default]")
    templates = tuple(load_prompt(name) for name in names)
    if len({template.prompt_id for template in templates}) < len(templates):
        raise ConfigError(f"agent.prompts={list(names)}: two of them say the same; variants must differ")
    return templates


def prompt_text(template: PromptTemplate) -> str:
    """The template as YAML that `load_prompt` reads, below a comment with its id."""
    body = yaml.safe_dump(asdict(template), sort_keys=False, allow_unicode=True, width=120)
    return f"# prompt_id {template.prompt_id}\n{body}"


def _template(name: str, text: str) -> PromptTemplate:
    try:
        raw: Any = load_yaml(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"prompt {name}: not valid YAML ({error})") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"prompt {name}: expected the keys {', '.join(_KEYS)}, got {type(raw).__name__}")
    if unknown := sorted(str(key) for key in raw if key not in _KEYS):
        raise ConfigError(f"prompt {name}: unknown key {', '.join(unknown)}; there are {', '.join(_KEYS)}")
    for key in ("name", "system", "user"):
        if not isinstance(raw.get(key), str):
            raise ConfigError(f"prompt {name}.{key}: expected text, got {raw.get(key)!r}")
    return PromptTemplate(**raw)
