"""What can be told of an installation before anything is played: each check is one line with what to do about it."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Final

MINIMUM_PYTHON: Final = (3, 11)
DISTRIBUTION: Final = "eevee-datasets"
LOW_SPACE: Final = 2 * 10**9
"""Bytes: some ten thousand sessions."""
NO_SPACE: Final = 50 * 10**6
"""Bytes."""
_ENDPOINT_TIMEOUT_S: Final = 5.0


class Level(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    """What."""
    level: Level
    """How it is."""
    seen: str
    """What was found, and what to do unless it is ok."""

    def __str__(self) -> str:
        return f"{self.level:<8} {self.name}: {self.seen}"


def ok(name: str, seen: str) -> Check:
    """A check that holds."""
    return Check(name=name, level=Level.OK, seen=seen)


def warning(name: str, seen: str) -> Check:
    """A check that limits what can be done."""
    return Check(name=name, level=Level.WARNING, seen=seen)


def problem(name: str, seen: str) -> Check:
    """A check that nothing can be played with."""
    return Check(name=name, level=Level.PROBLEM, seen=seen)


def check_python() -> Check:
    """The interpreter's version."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < MINIMUM_PYTHON:
        return problem("python", f"{version}; {'.'.join(map(str, MINIMUM_PYTHON))} or newer is needed")
    return ok("python", version)


def check_packages(distribution: str = DISTRIBUTION) -> Check:
    """Whether what the distribution requires is installed, extras aside."""
    try:
        required = metadata.requires(distribution) or []
    except metadata.PackageNotFoundError:
        return problem(
            "packages", f"{distribution} is not installed in this Python; run `make demo`, or `pip install -e .`"
        )
    faults = [fault for line in required if (fault := _package_fault(line))]
    if faults:
        return problem("packages", f"{', '.join(faults)}; run `pip install -e .` in the checkout")
    return ok("packages", f"everything that {distribution} {metadata.version(distribution)} needs")


def _package_fault(line: str) -> str | None:
    """What is wrong with a requirement; None if it is met or belongs to an extra."""
    try:
        from packaging.requirements import Requirement
    except ImportError:
        return "packaging is missing"
    requirement = Requirement(line)
    if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
        return None
    try:
        installed = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"{requirement.name} is missing"
    wanted = requirement.specifier
    return None if wanted.contains(installed, prereleases=True) else f"{requirement.name} is {installed}, not {wanted}"


def check_cartridge() -> Check:
    """Whether the bundled cartridge is the one that was built."""
    from collector.roms.thistledown import ROM_PATH, rom_sha256

    try:
        expected, found = rom_sha256(), hashlib.sha256(ROM_PATH.read_bytes()).hexdigest()
    except OSError as error:
        return problem("cartridge", f"{error.filename}: can't be read ({error.strerror}); install the project again")
    if found != expected:
        return problem("cartridge", f"{ROM_PATH}: sha256 {found[:12]}..., expected {expected[:12]}...; get it anew")
    return ok("cartridge", f"Thistledown, sha256 {expected[:12]}...")


def check_disk(runs: Path) -> Check:
    """Whether sessions can be written, and how much room there is."""
    place = next((path for path in (runs, *runs.absolute().parents) if path.exists()), Path("/"))
    try:
        with tempfile.TemporaryFile(dir=place):
            free = shutil.disk_usage(place).free
    except OSError as error:
        return problem("disk", f"{place}: can't be written ({error.strerror}); choose another folder with runs=DIR")
    room = f"{free / 10**9:.1f} GB free at runs={runs}"
    if free < NO_SPACE:
        return problem("disk", f"{room}; free some, or choose another disk with runs=DIR")
    return warning("disk", f"{room}; a long batch may fill it") if free < LOW_SPACE else ok("disk", room)


def check_key(agent: str, names: Sequence[str], environment: Mapping[str, str] = os.environ) -> Check:
    """Whether the agent's key is in the environment; only the variable's name is told."""
    if not names:
        return ok("key", f"agent {agent} needs none")
    found = [name for name in names if environment.get(name, "").strip()]
    if not found:
        return problem("key", f"agent {agent} needs one; set {' or '.join(names)} in the environment")
    return ok("key", f"{found[0]} is set")


def check_endpoint(base_url: str) -> Check:
    """Whether anything answers at the agent's address."""
    import httpx

    try:
        reply = httpx.get(base_url, timeout=_ENDPOINT_TIMEOUT_S)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return problem("endpoint", f"{base_url}: {error or type(error).__name__}; is it up? set agent.base_url=URL")
    return ok("endpoint", f"{base_url} answers (HTTP {reply.status_code})")


def problems(checks: Sequence[Check]) -> Iterator[Check]:
    """Those that must be dealt with."""
    return (check for check in checks if check.level is Level.PROBLEM)
