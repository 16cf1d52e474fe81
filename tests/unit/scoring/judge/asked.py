"""A judge on loopback, and sessions for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from collector.agents.calling import Caller
from collector.agents.openai_chat import OpenAIChatClient
from collector.agents.settings import AgentSettings
from scoring.annotations import append_annotation
from scoring.judge.asking import Judge, JudgeSettings
from tests.fakes.model_server import Asked
from tests.fakes.openai_server import OpenAIServer
from tests.rated_runs import a_rating, steps_of
from tests.records import a_session, write_session

MODEL = "judge-1"


def verdict(score: Any = 8, **changes: Any) -> str:
    """What a judge that keeps to the question writes."""
    said = {"justification": "The bag was opened.", "goal_reached": True, "wrong_steps": [2], "score": score}
    return json.dumps(said | changes)


def write_runs(runs: Path, sessions: int = 3, **changes: Any) -> Path:
    """Sessions of a player named Zebulon-9 that the rule and a person rated: nothing of which a judge may see."""
    for number in range(1, sessions + 1):
        fields: dict[str, Any] = {
            "session_id": f"2026_zebulon_{number}",
            "world_seed": number,
            "start_id": f"w{number:04d}",
            "total_steps": 4,
            "agent": "zebulon_agent",
            "policy": "zebulon_policy",
            "model_used": "Zebulon-9",
        }
        session = a_session(**fields | changes)
        directory = write_session(runs, session, steps_of(session, report="3 Sap Drops") if session.total_steps else ())
        append_annotation(directory.annotations, a_rating(session.session_id, 3, justification="Auto says poor."))
        human = {"source": "human", "rater": "r_person", "feedback": "A person was here."}
        append_annotation(directory.annotations, a_rating(session.session_id, 6, **human))
    return runs


def settings_for(server: OpenAIServer, runs: Path, **changes: Any) -> JudgeSettings:
    """Settings that ask the stand-in."""
    settings: dict[str, Any] = {
        "model": MODEL,
        "base_url": server.base_url,
        "key_variable": None,
        "structured": "json_schema",
        "timeout_s": 5.0,
        "requests_per_minute": None,
        "max_cost_usd": None,
        "store": runs.parent / "answers",
    }
    return JudgeSettings(**settings | changes)


@contextmanager
def patient_judge(server: OpenAIServer, settings: JudgeSettings) -> Iterator[Judge]:
    """A judge whose waits between tries take no time."""
    now = [1_790_000_000.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    agent = AgentSettings(
        kind="openai", model=settings.model, base_url=settings.base_url, timeout_s=settings.timeout_s, retries=2
    )
    caller = Caller(OpenAIChatClient(agent, None), agent, clock=lambda: now[0], sleep=sleep)
    judge = Judge(settings, caller)
    try:
        yield judge
    finally:
        judge.close()


def answers(*texts: str) -> Callable[[int, Asked], str]:
    """These answers in turn, the last one for ever."""
    return lambda number, asked: texts[min(number, len(texts) - 1)]
