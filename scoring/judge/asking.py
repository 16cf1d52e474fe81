"""Asking a judge with the care that players are asked with: limits, retries, money, and answers that are kept.

The one file of scoring that uses the collector's calling machinery: calling a model is not playing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from collector.agents.calling import Call, Caller
from collector.agents.calls.response_store import ResponseStore
from collector.agents.keys import key_names, read_key
from collector.agents.model_client import CallFailure, Completion, ModelRequest
from collector.agents.openai_chat import OpenAIChatClient
from collector.agents.settings import AgentSettings, SharedCalling
from collector.errors import AgentError, ConfigError
from collector.prompts import Message
from collector.run_directory import CALLS_FILE
from scoring.judge.question import SCHEMA, JudgeQuestion
from scoring.judge.reply import BadReply, Judgement, parse_judgement

_MEND: Final = "That answer can't be used: {problem}. Answer again with one JSON object with all keys asked for."

_MOST_TOKENS: Final = 600
"""Tokens of an answer."""

_LASTING: Final = frozenset({CallFailure.REFUSED, CallFailure.BAD_REQUEST})
"""Failures that every further question would meet too; money that is spent is one."""

_FLAGS: Final = {
    "agent.base_url": "--base-url",
    "agent.key_variable": "--key-variable",
    "agent.structured": "--structured",
    "agent.requests_per_minute": "--requests-per-minute",
    "spending.max_cost_usd": "--max-cost-usd",
}
"""What the settings are called on this command line."""


class NotJudged(StrEnum):
    """Why there is no judgement."""

    BAD_REPLY = "reply can't be used"
    BLOCKED = "kept back by the provider"
    EMPTY = "empty answer"
    NO_ANSWER = "no answer"


class NoJudgement(Exception):
    """There is none of this session now; of others there may be."""

    def __init__(self, kind: NotJudged, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSettings:
    """Whom to ask, and how."""

    model: str
    """Its name at the server."""
    base_url: str
    """An OpenAI-compatible server's address, up to and with /v1."""
    key_variable: str | None
    """Environment variable that holds the key; None for servers that want none."""
    structured: str
    """How the server is told the reply's shape: json_schema, json_object or none."""
    timeout_s: float
    """Longest wait for one call."""
    requests_per_minute: int | None
    """Calls a minute; None for no limit."""
    max_cost_usd: float | None
    """Money that this runs directory may spend on models, players' calls among it; None for no limit."""
    store: Path
    """Folder of kept answers."""


def make_judge(settings: JudgeSettings, runs: Path) -> Judge:
    """The judge that the settings name; ConfigError names the flag that is wrong. Nothing is asked yet."""
    agent = AgentSettings(
        kind="openai",
        model=settings.model,
        base_url=settings.base_url,
        key_variable=settings.key_variable,
        structured=settings.structured,
        timeout_s=settings.timeout_s,
        requests_per_minute=settings.requests_per_minute,
    )
    shared = SharedCalling(calls=runs / CALLS_FILE, max_cost_usd=settings.max_cost_usd)
    try:
        client = OpenAIChatClient(agent, read_key(key_names(settings.key_variable)))
        return Judge(settings, Caller(client, agent, shared))
    except ConfigError as error:
        raise ConfigError(_in_flags(str(error))) from error


class Judge:
    """Asks one model. Usable answers are kept, so that equal questions are asked once; others are asked again."""

    def __init__(self, settings: JudgeSettings, caller: Caller) -> None:
        """Nothing is asked yet."""
        self.rater = settings.model
        self.asked = 0
        self._settings = settings
        self._store = ResponseStore(settings.store)
        self._caller = caller

    def judge(self, question: JudgeQuestion) -> Judgement:
        """Ask, and once more if the answer can't be used.

        NoJudgement if that brings nothing; AgentError if no session could be judged now.
        """
        try:
            return self._answer(question.messages, question)
        except _Unusable as first:
            turns = _message("assistant", first.text), _message("user", _MEND.format(problem=first))
            try:
                return self._answer((*question.messages, *turns), question)
            except _Unusable as second:
                raise NoJudgement(NotJudged.BAD_REPLY, str(second)) from second

    def close(self) -> None:
        """Let go of the server."""
        self._caller.close()

    def _answer(self, messages: tuple[Message, ...], question: JudgeQuestion) -> Judgement:
        request = ModelRequest(
            model=self._settings.model,
            messages=messages,
            images=question.images,
            schema=SCHEMA,
            temperature=0.0,
            max_output_tokens=_MOST_TOKENS,
            seed=None,
            timeout_s=self._settings.timeout_s,
        )
        kept = self._store.read(request.key())
        completion = kept or self._ask(request)
        try:
            judgement = parse_judgement(completion.text, question.steps)
        except BadReply as error:
            raise _Unusable(completion.text, str(error)) from error
        if kept is None:
            self._store.keep(request.key(), request.model, completion)
        return judgement

    def _ask(self, request: ModelRequest) -> Completion:
        self.asked += 1
        call = self._caller.call(request)
        if call.completion is None:
            raise self._failure(call)
        return call.completion

    def _failure(self, call: Call) -> Exception:
        assert call.failure is not None
        if call.failure.kind in _LASTING:
            return AgentError(f"{self.rater}: {_in_flags(str(call.failure))}; no further session was asked about")
        kinds = {CallFailure.BLOCKED: NotJudged.BLOCKED, CallFailure.EMPTY: NotJudged.EMPTY}
        return NoJudgement(kinds.get(call.failure.kind, NotJudged.NO_ANSWER), str(call.failure))


class _Unusable(Exception):
    """An answer that can't be used."""

    def __init__(self, text: str, problem: str) -> None:
        super().__init__(problem)
        self.text = text


def _message(role: str, text: str) -> Message:
    return {"role": role, "content": [{"type": "text", "text": text}]}


def _in_flags(message: str) -> str:
    for setting, flag in _FLAGS.items():
        message = message.replace(setting, flag)
    return message
