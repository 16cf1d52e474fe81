"""What a session was asked with, and how that variant of its prompt fared.

`prompt.yaml` is the wording itself, so that it can be read and used again when configs/prompt has moved on. Where a
session chose among several, analysis/prompt_variations.json names them all and the outcome under the chosen one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from collector.errors import InputError
from collector.prompt_files import load_prompts, prompt_text
from collector.records import Session
from collector.run_directory import SessionDirectory
from collector.safe_files import make_directory, replace_text


def keep_prompt(directory: SessionDirectory, names: Sequence[str], prompt_id: str) -> None:
    """Write prompt.yaml, and name the variants where there are several."""
    variants = load_prompts(names)
    chosen = next((variant for variant in variants if variant.prompt_id == prompt_id), None)
    if chosen is None:
        raise InputError(
            f"agent.prompts={list(names)}: a file of these changed while the session began; begin it again"
        )
    replace_text(directory.prompt, prompt_text(chosen))
    if len(variants) > 1:
        named = [{"name": variant.name, "prompt_id": variant.prompt_id} for variant in variants]
        _write(directory, {"variants": named, "chosen": prompt_id, "outcome": None})


def write_prompt_variations(directory: SessionDirectory, session: Session) -> bool:
    """Bring the outcome up to date, in sessions that chose among variants; False if it stood so already."""
    if not directory.prompt_variations.exists():
        return False
    known = json.loads(directory.prompt_variations.read_text(encoding="utf-8"))
    outcome = {
        "status": session.status,
        "task_completed": session.task_completed,
        "progress": session.progress,
        "total_steps": session.total_steps,
        "optimal_steps": session.optimal_steps,
        "final_score": session.final_score,
        "cost_usd": session.usage.cost_usd,
    }
    return _write(directory, known | {"task_id": session.task_id, "seed": session.seed, "outcome": outcome})


def _write(directory: SessionDirectory, content: dict[str, Any]) -> bool:
    make_directory(directory.prompt_variations.parent)
    return replace_text(directory.prompt_variations, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
