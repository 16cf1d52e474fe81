"""Text that a person wrote stays what it is: OmegaConf would read `${...}` in it as a place to put something else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_BEGINS: Final = re.compile(r"(\\*)\$\{")


def literal(text: str) -> str:
    r"""The text as OmegaConf has to be given it to read it as it stands: `${x}` becomes `\${x}`."""
    return _BEGINS.sub(lambda found: found[1] * 2 + r"\${", text)


def literals(value: Any) -> Any:
    """A YAML tree with every text in it as `literal` makes it; OmegaConf takes keys as they are."""
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, Mapping):
        return {key: literals(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [literals(inner) for inner in value]
    return value
