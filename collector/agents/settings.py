"""What an agent can be told: the schema of configs/agent, and the plain record that travels to worker processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(kw_only=True)
class AgentSettings:
    """A file of configs/agent. Agents that ask no model read `kind` and the setting that names them alone."""

    kind: str
    """Which agent; the names are in collector/agents/catalogue.py."""
    mistake_rate: float = 0.2
    """agent.kind=noisy: chance, 0 to 1, that a step presses another button than the expert's."""
    choice: str = "uniform"
    """agent.kind=random: uniform, legal (what the rules can do something with), repeat (its first one), or a button."""

    model: str | None = None
    """The model's name at its provider."""
    base_url: str | None = None
    """Address of an OpenAI-compatible server, up to and with /v1; for the other kinds, of a stand-in."""
    key_variable: str | None = None
    """Environment variable that holds the key; None for servers that want none."""
    structured: str = "json_schema"
    """How the server is told the reply's shape: json_schema, json_object, or none."""
    temperature: float | None = 0.0
    """Sampling temperature; null for models that take none."""
    max_output_tokens: int = 400
    """Tokens a reply may have."""
    output_tokens_name: str = "max_tokens"
    """agent.kind=openai: what the server calls that limit; max_completion_tokens for OpenAI's newer models."""
    seed_name: str | None = "seed"
    """agent.kind=openai: what the server calls the sampling seed; null if it takes none."""
    timeout_s: float = 60.0
    """Longest wait for one call."""

    prompts: list[str] = field(default_factory=lambda: ["default"])
    """Prompt templates: names in configs/prompt, or paths of YAML files; several are variants, chosen by the seed."""
    obs: str = "image"
    """What a prompt shows: image, or image+memory."""
    history: int = 1
    """Screens in a prompt, 1 to 8, the newest last."""
    history_layout: str = "frames"
    """frames: separate pictures; sheet: one picture of 2 x 2 (history up to 4)."""
    image_scale: int = 1
    """Whole number by which pictures are enlarged."""
    grid: bool = False
    """Draw coordinate lines at every 16 pixels of the game's screen."""
    max_actions: int = 1
    """Buttons a reply may name."""
    max_invalid: int = 3
    """Replies in a row without a usable button after which the session fails."""

    policy: str | None = None
    """The model family, for the policy column; the kind if left out."""
    label_terms: str = "none"
    """Whose terms bind the labels: none, or the provider's name."""

    retries: int = 5
    """How often a call that failed for a passing reason is made again."""
    requests_per_minute: int | None = None
    """Calls a minute, over all workers."""
    tokens_per_minute: int | None = None
    """Tokens a minute, over all workers."""
    requests_per_day: int | None = None
    """Calls a day, over all workers."""
    cache: str = "off"
    """The response store: off, read (answer from it, ask for what is missing), or replay (never ask)."""

    memory: bool = False
    """Keep notes in a SQLite memory beside the session."""
    memory_session: str | None = None
    """Name under which the memory is carried from session to session; None starts empty."""
    memory_tokens: int = 300
    """Length of the notes in a prompt, in tokens (about four letters each)."""
    memory_facts: bool | None = None
    """Whether notes may tell what the game's memory says; only with obs=image+memory if left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedCalling:
    """What the sessions of a runs directory share when they ask models; see docs/calling.md."""

    calls: Path | None = None
    """SQLite file of limits and spending; None counts within one session only."""
    store: Path | None = None
    """Folder of kept answers, read where agent.cache is not off."""
    prices: Path | None = None
    """The price list; the bundled one if None."""
    max_cost_usd: float | None = None
    """Money that all sessions together may spend."""
    max_tokens: int | None = None
    """Tokens, read and written, that all sessions together may spend."""
    max_calls: int | None = None
    """Calls that all sessions together may make."""
