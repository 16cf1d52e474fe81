"""A press and what was seen on both sides of it, as the row that is recorded."""

from __future__ import annotations

import json
from dataclasses import dataclass

from collector.agents.protocol import Agent
from collector.console import Console
from collector.records import SCHEMA_VERSION, WAIT, Observation, Reply, Start, Status, Step, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """One action of a reply."""

    action: str | None
    """The button, or wait; None for a reply that named none."""
    timestamp: str
    """UTC, ISO 8601, when it began."""
    held_frames: int
    """Frames the button was held."""
    frames_elapsed: int
    """Frames until the game had settled."""
    before: Observation
    """What was seen before."""
    after: Observation
    """What was seen after."""

    @property
    def effect(self) -> bool | None:
        """Whether memory or picture changed; None where nothing was pressed."""
        if self.action in (None, WAIT):
            return None
        return self.before.memory_hash != self.after.memory_hash or self.before.frame_hash != self.after.frame_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in its session a press stands."""

    session_id: str
    """The session."""
    step: int
    """1-based."""
    parent_step: int
    """The step this one follows."""
    reply_number: int
    """1-based number of the reply."""
    reply_index: int
    """Place of the button in it, from 0."""
    status: Status
    """How the session stands after the press."""
    seed: int
    """The session's seed."""
    world_seed: int | None
    """The world the session began in; None for games without numbered worlds."""
    parent_session_id: str | None
    """The session this one branched from, if any."""


def step_row(
    press: Press, reply: Reply, place: Place, turn: Turn, start: Start, console: Console, agent: Agent
) -> Step:
    """The row. `turn` is what the reply answered, but with the actions before this button."""
    task = turn.task
    before, after, emulator = press.before, press.after, console.emulator
    return Step(
        session_id=place.session_id,
        step=place.step,
        parent_step=place.parent_step,
        parent_session_id=place.parent_session_id,
        reply_id=f"{place.session_id}/{place.reply_number}",
        reply_index=place.reply_index,
        reply_length=max(len(reply.actions), 1),
        timestamp=press.timestamp,
        task_id=task.task_id,
        task_type=str(task.task_type),
        instruction=task.instruction,
        goal=task.goal,
        step_budget=turn.step_budget,
        memory_context=before.memory_context,
        memory_notes=turn.memory_notes,
        previous_actions=turn.previous_actions,
        prompt_id=agent.prompt_id,
        screenshot=before.png,
        screenshot_after=after.png,
        frame=before.frame,
        frames_elapsed=press.frames_elapsed,
        frame_hash=before.frame_hash,
        frame_hash_after=after.frame_hash,
        state=json.dumps(before.state, ensure_ascii=False),
        memory_hash=before.memory_hash,
        analysis=reply.analysis,
        reasoning=reply.reasoning,
        expected_outcome=reply.expected_outcome,
        action=press.action,
        hold_frames=press.held_frames,
        done=reply.done,
        report=reply.report,
        raw_response=reply.raw_response,
        action_effect=press.effect,
        terminated=place.status is Status.COMPLETED,
        truncated=place.status is Status.TRUNCATED,
        error=reply.error,
        agent=agent.name,
        policy=agent.policy,
        model_used=agent.model_used,
        latency_ms=reply.usage.latency_ms,
        input_tokens=reply.usage.input_tokens,
        output_tokens=reply.usage.output_tokens,
        cost_usd=reply.usage.cost_usd,
        cached=reply.usage.cached,
        game=console.game.game_id,
        rom_sha256=emulator.rom.sha256,
        emulator=emulator.name,
        emulator_version=emulator.version,
        start_id=start.start_id,
        world_seed=place.world_seed,
        seed=place.seed,
        schema_version=SCHEMA_VERSION,
        label_terms=agent.label_terms,
    )
