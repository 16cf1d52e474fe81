"""The worst that an honest model does: it repeats its prompt, its notes and itself, and has its memory keep that."""

from __future__ import annotations

import random
from typing import Any

from collector.records import ACTIONS
from tests.fakes.model_server import Asked, reply_text

ON_A_GAME_BOY = tuple(action for action in ACTIONS if action not in ("press_l", "press_r"))


def parrot(number: int, asked: Asked) -> str:
    """A reply made of lines of the prompt and nothing else; one in fifty names no button."""
    chance = random.Random(number)
    lines = [line for text in asked.texts for line in text.splitlines() if line.strip()]
    said = [chance.choice(lines) for _ in range(3)]
    if chance.random() < 0.3:
        said[0] = " ".join(asked.texts[-1].split())[:300]
    if chance.random() < 0.02:
        return "I am not sure what to do."
    action: Any = (
        chance.choice(ON_A_GAME_BOY) if chance.random() < 0.8 else [chance.choice(ON_A_GAME_BOY) for _ in range(3)]
    )
    changes = {"analysis": said[0], "reasoning": said[1], "expected_outcome": said[2], "remember": [said[1], said[0]]}
    return reply_text(action, done=chance.random() < 0.01, report=chance.choice((None, said[2])), **changes)
