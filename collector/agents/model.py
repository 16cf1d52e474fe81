"""An agent that asks a model: question, call, reading, one chance to mend an answer that can't be used.

A button that a model did not name is never pressed: an answer without a usable one becomes a failed row, and after
`max_invalid` of those in a row the session fails.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final, TypeVar

from collector.agents.calling import Call, Caller
from collector.agents.model_client import CallFailure, ModelRequest
from collector.agents.settings import AgentSettings
from collector.errors import AgentError, ConfigError
from collector.games.protocol import Game
from collector.prompt_files import load_prompts
from collector.prompt_options import PromptOptions, Question
from collector.prompt_pictures import Layout
from collector.prompts import Message, ObservationMode, PromptFacts, PromptTemplate, parse_reply, reply_schema
from collector.records import (
    RECENT_SCREENS,
    AgentEvent,
    Png,
    Reply,
    State,
    Task,
    Turn,
    Usage,
)

REPAIR: Final = "That answer can't be used: {problem}. Answer again with one JSON object with all keys asked for."
"""What a model is told after an answer without a usable button."""

_KEPT: Final = 2_000
"""Letters of an answer that was asked for again which its event keeps."""

_LASTING: Final = frozenset({CallFailure.REFUSED, CallFailure.BAD_REQUEST})
"""Failures that every further call of the session would meet too."""

_Member = TypeVar("_Member", bound=StrEnum)


class ModelAgent:
    """Plays by what a model answers. One instance plays one session."""

    can_undo = False

    def __init__(self, settings: AgentSettings, caller: Caller) -> None:
        """Check the settings and read the prompts; ConfigError names what is wrong. Nothing is asked yet."""
        if not settings.model:
            raise ConfigError(f"agent.model: which model is agent={settings.kind} to ask? give agent.model=NAME")
        if settings.max_invalid < 1:
            raise ConfigError(f"agent.max_invalid={settings.max_invalid}: expected a whole number from 1")
        self.name = settings.kind
        self.model_used = settings.model
        self.policy = settings.policy or settings.kind
        self.label_terms = settings.label_terms
        self._settings = settings
        self._caller = caller
        self._variants = [prompt_options(settings, template) for template in load_prompts(settings.prompts)]
        self._options = self._variants[0]
        self._seed = 0
        self._invalid: list[str] = []

    @property
    def prompt_id(self) -> str:
        """Content hash of the variant this session is asked with."""
        return self._options.template.prompt_id

    def begin(self, task: Task, game: Game, first: State, seed: int) -> None:
        """Choose the prompt's variant by the session's seed."""
        self._seed = seed
        self._options = self._variants[random.Random(f"prompt {seed}").randrange(len(self._variants))]

    def act(self, turn: Turn) -> Reply:
        """Ask about the turn; AgentError if no further call can help."""
        if len(self._invalid) >= self._settings.max_invalid:
            raise AgentError(
                f"{len(self._invalid)} replies in a row (agent.max_invalid) brought no usable button; the last: "
                f"{self._invalid[-1]}"
            )
        asked = _Exchange()
        reply = self._read(self._ask(turn, asked), turn, asked)
        self._invalid = [] if reply.error is None else [*self._invalid, reply.error]
        return dataclasses.replace(reply, usage=asked.usage, events=tuple(asked.events))

    def close(self) -> None:
        """Let go of connections."""
        self._caller.close()

    def _ask(self, turn: Turn, asked: _Exchange) -> Call:
        question = self._options.question(
            PromptFacts.of_turn(turn),
            [*turn.recent_screens, turn.observation.png],
            remember=self._settings.memory,
        )
        return self._call(question, turn, asked)

    def _call(self, question: Question, turn: Turn, asked: _Exchange) -> Call:
        asked.question = question
        call = self._caller.call(self._request(question, turn), step=turn.step)
        asked.count(call)
        failure = call.failure
        if failure is not None and failure.kind in _LASTING and not call.out_of_budget:
            raise AgentError(f"{self.model_used}: {failure}", events=tuple(asked.events))
        return call

    def _read(self, call: Call, turn: Turn, asked: _Exchange) -> Reply:
        """The reply in an answer, after one more question if it can't be used."""
        if call.completion is None:
            return _no_reply(call)
        reply = self._usable(parse_reply(call.completion.text), turn, asked)
        if reply.error is None:
            return reply
        asked.note("invalid_reply", cause=reply.error, raw_response=(reply.raw_response or "")[:_KEPT])
        again = self._call(_repair(asked.question, reply), turn, asked)
        if again.completion is None:
            return dataclasses.replace(_no_reply(again), raw_response=reply.raw_response)
        mended = self._usable(parse_reply(again.completion.text), turn, asked)
        if mended.error is None:
            asked.note("reply_repaired", cause=reply.error)
        return mended

    def _usable(self, reply: Reply, turn: Turn, asked: _Exchange) -> Reply:
        """The reply with at most `max_actions` buttons (a cut one is not done yet), failed if the console lacks one."""
        allowed = self._settings.max_actions
        if lacking := set(reply.actions[:allowed]).difference(turn.observation.picture.actions):
            error = f"a Game Boy has no {', '.join(sorted(lacking))}"
            return dataclasses.replace(reply, actions=(), done=False, report=None, error=error)
        if len(reply.actions) <= allowed:
            return reply
        asked.note("actions_cut", named=", ".join(reply.actions), kept=allowed)
        return dataclasses.replace(reply, actions=reply.actions[:allowed], done=False, report=None)

    def _request(self, question: Question, turn: Turn) -> ModelRequest:
        settings = self._settings
        return ModelRequest(
            model=self.model_used,
            messages=question.messages,
            images=question.images,
            schema=reply_schema(
                settings.max_actions, remember=settings.memory, actions=turn.observation.picture.actions
            ),
            temperature=settings.temperature,
            max_output_tokens=settings.max_output_tokens,
            seed=(self._seed * 10_007 + turn.step) % 2**31 if settings.temperature else None,
            timeout_s=settings.timeout_s,
        )


class _Exchange:
    """What one turn's calls came to."""

    def __init__(self) -> None:
        self.question = Question(messages=(), images=())
        self.usage = Usage()
        self.events: list[AgentEvent] = []
        self._calls = 0

    def count(self, call: Call) -> None:
        """Add a call."""
        before, added = self.usage, call.usage
        self.usage = Usage(
            latency_ms=_sum(before.latency_ms, added.latency_ms),
            input_tokens=_sum(before.input_tokens, added.input_tokens),
            output_tokens=_sum(before.output_tokens, added.output_tokens),
            cost_usd=_sum(before.cost_usd, added.cost_usd),
            cached=added.cached and (before.cached or not self._calls),
        )
        self._calls += 1
        self.events.extend(call.events)

    def note(self, kind: str, **facts: Any) -> None:
        """Add an event."""
        self.events.append(AgentEvent(kind=kind, facts=facts))


def prompt_options(settings: AgentSettings, template: PromptTemplate) -> PromptOptions:
    """How the settings make a question with a template; ConfigError names the setting that is wrong."""
    for name, value, high in (
        ("history", settings.history, RECENT_SCREENS + 1),
        ("image_scale", settings.image_scale, 16),
    ):
        if not 1 <= value <= high:
            raise ConfigError(f"agent.{name}={value}: expected 1 to {high}")
    return PromptOptions(
        template=template,
        mode=_member(ObservationMode, "obs", settings.obs),
        image_scale=settings.image_scale,
        history=settings.history,
        layout=_member(Layout, "history_layout", settings.history_layout),
        grid=settings.grid,
        max_actions=settings.max_actions,
    )


def _repair(question: Question, reply: Reply) -> Question:
    """The same question with the answer that can't be used, and what is wrong with it."""
    turns: Sequence[Message] = (
        _message("assistant", reply.raw_response or ""),
        _message("user", REPAIR.format(problem=reply.error)),
    )
    images: tuple[Png, ...] = question.images
    return Question(messages=(*question.messages, *turns), images=images)


def _message(role: str, text: str) -> Message:
    return {"role": role, "content": [{"type": "text", "text": text}]}


def _no_reply(call: Call) -> Reply:
    """The failed row of a call that brought no completion."""
    error = "the call brought no answer" if call.failure is None else f"{call.failure.kind}: {call.failure}"
    return Reply(actions=(), error=error, out_of_budget=call.out_of_budget)


def _sum(one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else one + other


def _member(kind: type[_Member], key: str, value: str) -> _Member:
    try:
        return kind(value)
    except ValueError:
        raise ConfigError(f"agent.{key}={value}: expected one of {', '.join(kind)}") from None
