"""Running a Hydra command with this project's errors: one line that names the file and the key, exit code 2."""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from collector.errors import ConfigError, EeveeError, WorkError


def run_hydra(config_name: str, task: Callable[[Any], int], arguments: list[str]) -> int:
    """Compose `config_name` from the package `configs` with the arguments, run the task, give the worst exit code.

    A sweep goes on after a job that raises; what was raised comes out at its end, all of it. ConfigError for whatever
    Hydra or OmegaConf find wrong with the configuration.
    """
    require_own_configs()
    import hydra
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    from collector import environment_guard

    codes, errors, here = [0], list[EeveeError](), os.getpid()

    def run(config: Any) -> None:
        environment_guard.guard()  # named here, so that a launcher's own process has it before it composes anything
        try:
            code = task(config)
        except (EeveeError, OmegaConfBaseException) as error:  # a value that is missing shows when the task asks for it
            ours = error if isinstance(error, EeveeError) else ConfigError(describe_config_error(error))
            if os.getpid() != here:
                raise ours from error  # a launcher's own process: its exception is all that comes back
            errors.append(ours)  # Hydra would announce it on stderr
        else:
            if code and os.getpid() != here:
                raise WorkError("a session of this sweep failed; its message stands above")
            codes.append(code)

    main = hydra.main(version_base="1.3", config_path="pkg://configs", config_name=config_name)(run)
    argv, sys.argv = sys.argv, [sys.argv[0], *arguments]
    before = os.environ.get("HYDRA_FULL_ERROR")
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra then raises instead of printing and exiting with 1
    try:
        main()
    except (HydraException, OmegaConfBaseException, YAMLError) as error:
        if before == "1":
            raise
        raise ConfigError(describe_config_error(error)) from error
    finally:
        sys.argv = argv
        if before is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = before
    if errors:
        raise type(errors[0])("\n".join(dict.fromkeys(map(str, errors)))) from errors[0]
    return max(codes)


def describe_config_error(error: BaseException) -> str:
    """One line out of Hydra's several, with the causes it wraps: what was seen, in which file, under which key."""
    lines: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        if mark := getattr(seen, "problem_mark", None):
            lines.append(f"{mark.name}:{mark.line + 1}: not valid YAML: {getattr(seen, 'problem', seen)}")
        else:
            lines += [line.strip() for line in str(seen).splitlines()]
        if override := getattr(seen, "override", None):
            lines.insert(0, f"the override {override!r} can't be read")
        seen = seen.__cause__ or seen.__context__
    useful = list(dict.fromkeys(line for line in lines if line and not _NOISE.match(line)))
    told = [line for line in useful if not any(line != other and line in other for other in useful)]
    message = "; ".join(told).replace(":; ", ": ").replace(".; ", "; ") + _suggestion(error)
    if "find 'hydra/launcher/" in message:
        message += "; launchers are plug-ins: `pip install -e '.[sweep]'` brings joblib"
    return message


_NOISE = re.compile(
    r"object_type=|reference_type=|See https|Set the|To append to your config|Config search path|provider=|"
    r"full_key: ?$|None$|.*\$VALUE"
)


def _suggestion(error: BaseException) -> str:
    """The keys there are, nearest first, where one was mistyped."""
    found: BaseException | None = error
    while found is not None and getattr(found, "key", None) is None:
        found = found.__cause__ or found.__context__
    kind = getattr(found, "object_type", None)
    if found is None or not dataclasses.is_dataclass(kind):
        return ""
    known = [field.name for field in dataclasses.fields(kind)]
    near = difflib.get_close_matches(str(getattr(found, "key", "")), known, n=1)
    if str(getattr(found, "key", "")) in known:
        return ""
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"


def require_own_configs() -> None:
    """ConfigError if a package `configs` of the working directory hides ours."""
    import collector
    import configs

    ours = Path(collector.__file__).resolve().parent.parent / "configs"
    found = Path(configs.__file__ or configs.__path__[0]).resolve()
    found = found.parent if found.name == "__init__.py" else found
    if found != ours:
        raise ConfigError(
            f"{found} is a package named configs and hides this project's own; run from another folder, use the "
            "eevee-collect or eevee-build script, or rename yours (a folder of YAML files needs no __init__.py)"
        )
