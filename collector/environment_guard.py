"""No setting reads the environment: keys stand there, and what a setting says is written into recordings.

Importing this module takes both ways away that Hydra and OmegaConf have, in whichever process composes or reads a
configuration: the resolver `${oc.env:...}`, and `hydra.job.env_copy`, which puts variables where `${hydra:...}` finds
them. `${key}` and `${now:...}` go on working.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NoReturn

from hydra.conf import HydraConf, JobConf
from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

from collector.errors import ConfigError


class NoVariable(Enum):
    """The variables that `hydra.job.env_copy` may name: none, so that whatever is given is no valid value."""


@dataclass
class GuardedJob(JobConf):  # type: ignore[misc]
    """Hydra's settings of a job, none of which reads the environment."""

    env_copy: list[NoVariable] = field(default_factory=list)
    """Stays empty."""


@dataclass
class GuardedHydra(HydraConf):  # type: ignore[misc]
    """Hydra's own settings with a guarded job."""

    job: GuardedJob = field(default_factory=GuardedJob)
    """As Hydra has it."""


def _refuse(*names: Any) -> NoReturn:
    """What `${oc.env:NAME}` comes to; the name alone is told."""
    shown = ", ".join(map(str, names[:1]))
    raise ConfigError(
        f"${{oc.env:{shown}}} is refused, because settings are recorded and keys stand in the environment; "
        "write the value itself"
    )


def guard() -> None:
    """Close both ways; it may be called any number of times."""
    OmegaConf.register_new_resolver("oc.env", _refuse, replace=True)
    ConfigStore.instance().store(group="hydra", name="config", node=GuardedHydra, provider="hydra")


guard()
