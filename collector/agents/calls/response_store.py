"""Answers kept on disk by the key of their request, so that an equal request need not be asked twice.

One small JSON file an answer, written under another name and then linked: a reader sees a whole answer or none, and
the first answer to a request stays.
"""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from pathlib import Path

from collector.agents.model_client import Completion
from collector.errors import AgentError


class ResponseStore:
    """A folder of answers."""

    def __init__(self, folder: Path) -> None:
        """The folder is made when the first answer is kept."""
        self._folder = folder

    def read(self, key: str) -> Completion | None:
        """The answer that is kept; None if there is none, or only a damaged file."""
        try:
            raw = json.loads(self.path(key).read_text(encoding="utf-8"))
            return Completion(**{field.name: raw["completion"][field.name] for field in dataclasses.fields(Completion)})
        except FileNotFoundError:
            return None
        except OSError as error:
            raise AgentError(
                f"{self.path(key)}: can't be read ({error.strerror}); see store= and agent.cache="
            ) from error
        except (ValueError, KeyError, TypeError):
            return None

    def keep(self, key: str, model: str, completion: Completion) -> Completion:
        """Keep an answer; the one that stands: another process may have kept its answer first."""
        path = self.path(key)
        text = json.dumps({"model": model, "completion": dataclasses.asdict(completion)}, indent=1) + "\n"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fd, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            try:
                with os.fdopen(fd, "w", encoding="utf-8") as out:
                    out.write(text)
                self._link(Path(temporary), path, key)
            finally:
                Path(temporary).unlink(missing_ok=True)
        except OSError as error:
            raise AgentError(
                f"{path}: can't be written ({error.strerror}); free some space, choose another folder with store=, or "
                "keep no answers with agent.cache=off"
            ) from error
        return self.read(key) or completion

    def path(self, key: str) -> Path:
        """Where the answer to a request is kept."""
        return self._folder / key[:2] / f"{key}.json"

    def _link(self, temporary: Path, path: Path, key: str) -> None:
        """Give the file its name unless a whole answer has it."""
        try:
            os.link(temporary, path)
        except FileExistsError:
            if self.read(key) is None:
                os.replace(temporary, path)
