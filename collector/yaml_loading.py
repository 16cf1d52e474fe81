"""YAML, read safely, and by libyaml where PyYAML was built with it: in Python a long task takes a tenth of a second."""

from __future__ import annotations

from typing import Any, Final

import yaml

_LOADER: Final = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


def load_yaml(text: str) -> Any:
    """The plain values that the text describes; yaml.YAMLError if it is not YAML."""
    return yaml.load(text, Loader=_LOADER)
