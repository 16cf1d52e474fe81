"""The nouns of the project: what is played, seen, done and kept. Only the standard library is imported here.

Columns, card tables and the docs derive from these records: a field is declared once, with the line under it as its
documentation. `SCHEMA_VERSION` moves when a recorded field does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NewType, TypeAlias

if TYPE_CHECKING:
    from collector.games.predicates import Predicate

SCHEMA_VERSION: Final = 1

BUTTONS: Final = (
    "press_a",
    "press_b",
    "press_up",
    "press_down",
    "press_left",
    "press_right",
    "press_start",
    "press_select",
    "press_l",
    "press_r",
)
"""Every button a step can press; a Game Boy has the first eight."""

SHOULDERS: Final = frozenset({"press_l", "press_r"})
"""The buttons a Game Boy lacks."""

GAME_BOY_WIDTH: Final = 160
"""A wider picture is a GBA's, which has the shoulder buttons."""

WAIT: Final = "wait"
"""The action that presses nothing."""

ACTIONS: Final = (*BUTTONS, WAIT)

PREVIOUS_ACTIONS: Final = 32
"""How many actions a turn and a row look back: a bound, so that a row does not grow with its session."""

RECENT_SCREENS: Final = 7
"""How many earlier screens a turn looks back: with the one now, the 8 a prompt shows at most."""

StateValue: TypeAlias = int | str | bool | None
State: TypeAlias = Mapping[str, StateValue]
"""What a game reader made of RAM: flat, with dotted names ("items.sap_drop": 3)."""

Png = NewType("Png", bytes)
"""A picture encoded losslessly as PNG; an Image column."""


class TaskType(StrEnum):
    """What a task is about; names are lower case because configurations name members."""

    navigation = "navigation"
    interaction = "interaction"
    menu = "menu"
    item = "item"
    information = "information"
    compound = "compound"
    free = "free"


class Status(StrEnum):
    """How a session stands; `STATUS_TABLE` says what each one implies."""

    RUNNING = "running"
    COMPLETED = "completed"
    TRUNCATED = "truncated"
    GAVE_UP = "gave_up"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRule:
    """What a status says about the other ways to tell how a session ended."""

    meaning: str
    """In one clause."""
    task_completed: tuple[bool | None, ...]
    """Values the verdict may have; None where the task has no predicate or the verdict was never reached."""
    terminated: bool
    """Whether the last row is `terminated`."""
    truncated: bool
    """Whether the last row is `truncated`."""
    completion_status: str
    """The word in `final_result.completion_status`."""


STATUS_TABLE: Final[Mapping[Status, StatusRule]] = {
    status: StatusRule(
        meaning=meaning,
        task_completed=verdicts,
        terminated=terminated,
        truncated=truncated,
        completion_status=completion,
    )
    for status, meaning, verdicts, terminated, truncated, completion in (
        (Status.RUNNING, "the writer holds the lock", (None,), False, False, "running"),
        (Status.COMPLETED, "the goal was reached", (True,), True, False, "success"),
        (Status.TRUNCATED, "the budget was spent before the goal", (False, None), False, True, "failure"),
        (Status.GAVE_UP, "the agent said done, goal not reached or unknown", (False, None), False, False, "failure"),
        (Status.FAILED, "an error ended it", (None,), False, False, "error"),
        (Status.INTERRUPTED, "it was stopped, or its process died", (None,), False, False, "interrupted"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How a session begins: an emulator-neutral recipe from power-on, or from a state that the user captured."""

    start_id: str
    """Unique within a game, e.g. w0427 or w0427-menu."""
    world_seed: int | None = None
    """The bundled cartridge's world number, 0..9999; None for other games."""
    presses: tuple[str, ...] = ()
    """Buttons pressed once the game is ready, before the first step."""
    state: str | None = None
    """A captured state's name in the start library; None begins at power-on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Where a session leaves the path of another one that began at the same start."""

    session_id: str
    """The session it leaves."""
    step: int
    """That session's step in whose place its own first one is taken."""
    way: tuple[str, ...]
    """What was pressed from the start to there: taken again, but not as steps."""
    frame_hash: str
    """Digest of the screen that has to be there then."""
    memory_hash: str
    """Digest of the memory that has to be there then; empty without a reader."""
    first_action: str | None = None
    """The action that the first step is given; None lets the agent choose it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long things take, in frames."""

    hold_frames: int = 4
    """A button is held this long."""
    settle_frames: int = 12
    """Frames after the release for a game that can't say when it has settled, and for wait."""
    longest_settle: int = 600
    """A game that is not settled by then is stuck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something to do in a game, and how memory shows that it is done."""

    task_id: str
    """The YAML's name, [a-z0-9_]."""
    instruction: str
    """What the player is asked, in words."""
    goal: str
    """What is to be reached, in words."""
    task_type: TaskType
    """What the task is about."""
    max_steps: int
    """Steps a session may take unless the budget says otherwise."""
    starts: tuple[Start, ...]
    """Where it may begin; at least one."""
    aliases: tuple[str, ...] = ()
    """Other wordings that mean this task."""
    success: Predicate | None = None
    """Over the states of the session; None if memory can't tell."""
    requires: Predicate | None = None
    """What must hold in the first state; None if it may begin anywhere."""
    implied_by: tuple[str, ...] = ()
    """Tasks whose solution may fulfil this one on the way; `random` for random presses."""
    held_out: bool = False
    """True keeps every session of it for the test split."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A screen as raw pixels."""

    width: int
    """Pixels: 160 on Game Boy, 240 on GBA."""
    height: int
    """Pixels: 144 on Game Boy, 160 on GBA."""
    rgb: bytes
    """height x width x 3 bytes, row by row."""

    @property
    def actions(self) -> tuple[str, ...]:
        """What can be done on the console that shows it: a Game Boy lacks the shoulder buttons."""
        has_shoulders = self.width > GAME_BOY_WIDTH
        return tuple(action for action in ACTIONS if has_shoulders or action not in SHOULDERS)

    def digest(self) -> str:
        """Hex digest over size and pixels: equal pictures have equal digests however they are encoded."""
        digest = hashlib.sha256(f"{self.width}x{self.height}:".encode())
        digest.update(self.rgb)
        return digest.hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What can be seen between two presses."""

    picture: Picture
    """The screen."""
    png: Png
    """The same screen, encoded once."""
    frame_hash: str
    """Digest over the picture's size and pixels."""
    frame: int
    """Frames since power-on, or since the captured state it began from."""
    state: State
    """The game reader's fields; empty without a reader."""
    memory_context: str
    """The state as a sentence; empty without a reader."""
    memory_hash: str
    """Hex digest over the stable ranges of memory; empty without a reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What an agent is asked: everything it may know, nothing of what comes after."""

    task: Task
    """What is to be done."""
    observation: Observation
    """What is on the screen now."""
    step: int
    """The step about to be taken, from 1."""
    step_budget: int
    """Steps the session may take in all."""
    previous_actions: tuple[str, ...]
    """The last PREVIOUS_ACTIONS actions, oldest first."""
    memory_notes: str = ""
    """What the agent's own memory has to say."""
    recent_screens: tuple[Png, ...] = ()
    """The screens before the last RECENT_SCREENS presses, oldest first, without the one now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a reply cost."""

    latency_ms: float | None = None
    """Wall time of the reply; None if nothing was asked of a model."""
    input_tokens: int | None = None
    """Tokens read; None if the provider gave none."""
    output_tokens: int | None = None
    """Tokens written; None if the provider gave none."""
    cost_usd: float | None = None
    """By the price list; None if the model is not on it."""
    cached: bool = False
    """True if the reply came from the response store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEvent:
    """Something that happened while a reply was made: a retry, a timeout, a refusal."""

    kind: str
    """What, as in events.jsonl."""
    facts: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    """Its particulars; never a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An agent's answer to a turn."""

    actions: tuple[str, ...]
    """Buttons in order, usually one; empty if the reply named none that exists."""
    analysis: str = ""
    """What is on the screen."""
    reasoning: str = ""
    """Why this action."""
    expected_outcome: str = ""
    """What the next screen should show."""
    done: bool = False
    """The agent says the task is over."""
    report: str | None = None
    """The answer to an information task."""
    raw_response: str | None = None
    """The model's text as it came; None for agents that write none."""
    error: str | None = None
    """Why no action could be read from the reply."""
    expected_state: State | None = None
    """Fields the next state should show, for agents that can say; checked, not recorded."""
    remember: tuple[str, ...] = ()
    """What the agent asks its memory to keep."""
    undo: bool = False
    """Take the last live step back instead of pressing; `actions` is empty then."""
    out_of_budget: bool = False
    """What it may spend is spent: the session ends, truncated, with this reply's failed row."""
    events: tuple[AgentEvent, ...] = ()
    """What happened while it was made."""
    usage: Usage = field(default_factory=Usage)
    """What it cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One press and what was seen before and after it: a row of steps.arrow."""

    session_id: str
    """The session's directory name without "session_"."""
    step: int
    """1-based position in the session."""
    parent_step: int
    """The step this one follows: step - 1, or another after an undo; 0 for the first."""
    parent_session_id: str | None
    """The session this one branched from, if any."""
    reply_id: str
    """One agent reply; its buttons share it."""
    reply_index: int
    """Place of this button in the reply, from 0."""
    reply_length: int
    """Buttons in the reply."""

    timestamp: str
    """UTC, ISO 8601, when the press began."""
    task_id: str
    """The task's YAML name."""
    task_type: str
    """What the task is about."""
    instruction: str
    """What the player was asked."""
    goal: str
    """What is to be reached."""
    step_budget: int
    """Steps the session may take in all, as known at this step."""
    memory_context: str
    """The state before the press as a sentence."""
    memory_notes: str
    """What the agent's own memory said."""
    previous_actions: tuple[str, ...]
    """The last 32 actions before this one at most, oldest first."""
    prompt_id: str | None
    """Content hash of the prompt template; None for agents that read none."""

    screenshot: Png
    """The screen before the press."""
    screenshot_after: Png
    """The screen after it, once the game has settled."""
    frame: int
    """Frames since power-on, or since the captured state it began from, before the press."""
    frames_elapsed: int
    """Frames the emulator advanced for this step."""
    frame_hash: str
    """Digest over size and RGB pixels of the screen before."""
    frame_hash_after: str
    """The same of the screen after."""
    state: str
    """JSON of the reader's fields before the press."""
    memory_hash: str
    """Digest over the reader's stable ranges before the press."""

    analysis: str
    """What the agent saw on the screen."""
    reasoning: str
    """Why it chose the action."""
    expected_outcome: str
    """What it expected the next screen to show."""
    action: str | None
    """The button, or wait; None for a failed reply (never trained on)."""
    hold_frames: int
    """Frames the button was held; 0 for wait and failed replies."""
    done: bool
    """The agent said the task is over."""
    report: str | None
    """The agent's answer to an information task."""
    raw_response: str | None
    """The model's text as it came."""

    action_effect: bool | None
    """True if stable memory or the picture changed; None for wait and failed replies."""
    terminated: bool
    """The goal was reached with this step."""
    truncated: bool
    """The budget was spent with this step, goal not reached."""
    error: str | None
    """What went wrong with the reply or the press."""

    agent: str
    """Name of the agent's config."""
    policy: str
    """expert, noisy, random, human, or the model family."""
    model_used: str
    """The model's name, or the agent's."""
    latency_ms: float | None
    """Wall time of the reply; None if no model was asked."""
    input_tokens: int | None
    """Tokens read."""
    output_tokens: int | None
    """Tokens written."""
    cost_usd: float | None
    """What the reply cost by the price list; None if no price is known."""
    cached: bool
    """The reply came from the response store."""
    game: str
    """The game reader's name."""
    rom_sha256: str | None
    """Of the ROM file; None if it is not local."""
    emulator: str
    """The emulator's name."""
    emulator_version: str
    """The emulator's version."""
    start_id: str
    """How the session began."""
    world_seed: int | None
    """The cartridge's world number."""
    seed: int
    """The session's seed."""
    schema_version: int
    """Version of these columns."""
    label_terms: str
    """Whose terms bind the labels: none, or the provider's name."""
    row_hash: str = ""
    """Digest over all other columns, set when the row is written: a reader can tell that nothing changed since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalResult:
    """How a session ended, in words."""

    task_outcome: str
    """The agent's report, or a sentence on the verdict."""
    completion_status: str
    """success, failure, error, interrupted or running: see STATUS_TABLE."""
    human_feedback: str | None = None
    """The latest human rater's feedback."""
    score_justification: str | None = None
    """Why the score is what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionUsage:
    """What a session cost."""

    replies: int = 0
    """Replies asked of the agent."""
    input_tokens: int = 0
    """Tokens read."""
    output_tokens: int = 0
    """Tokens written."""
    cost_usd: float = 0.0
    """By the price list."""
    wall_seconds: float = 0.0
    """From the first observation to the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One play-through of a task: session_metadata.json, and a row of the sessions config."""

    session_id: str
    """The directory's name without "session_"."""
    session_name: str
    """The user's name for it."""
    plan_key: str | None
    """The batch entry it plays; None for a single session."""
    task_id: str
    """The task's YAML name."""
    task_type: str
    """What the task is about."""
    task_description: str
    """The instruction."""
    start_time: str
    """UTC, ISO 8601."""
    end_time: str | None
    """UTC, ISO 8601; None while it runs or if it was killed."""
    total_steps: int
    """Steps taken."""
    max_steps: int
    """The step budget."""
    optimal_steps: int | None
    """Fewest steps that reach the goal from this start; None where no planner knows the game."""
    progress: float | None
    """Share of the goal's parts that were reached, 0..1; None without a predicate."""
    expected_outcomes: int
    """Predictions of the next state that could be checked."""
    expected_outcomes_met: int
    """How many of them came true."""
    status: str
    """How it stands: see STATUS_TABLE."""
    task_completed: bool | None
    """Verdict from memory; None without a predicate."""
    final_score: float | None
    """The score in force (human, else judge, else auto), 1-10."""
    final_result: FinalResult
    """How it ended, in words."""
    held_out: bool
    """The task is kept for the test split."""
    error: str | None
    """What ended it, if it failed."""
    seed: int
    """The session's seed."""
    start_id: str
    """How it began."""
    world_seed: int | None
    """The cartridge's world number."""
    agent: str
    """Name of the agent's config."""
    policy: str
    """expert, noisy, random, human, or the model family."""
    model_used: str
    """The model's name, or the agent's."""
    prompt_id: str | None
    """Content hash of the prompt template; None for agents that read none."""
    emulator: str
    """The emulator's name."""
    emulator_version: str
    """The emulator's version."""
    game: str
    """The game reader's name."""
    rom_sha256: str | None
    """Of the ROM file; None if it is not local."""
    synthetic: bool
    """Played on the bundled cartridge."""
    schema_version: int
    """Version of these columns."""
    usage: SessionUsage
    """What it cost."""
    label_terms: str
    """Whose terms bind the labels: none, or the provider's name."""
