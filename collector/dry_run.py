"""What sessions may take from a model, said before the first call: calls, tokens, money, time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from collector.agents.calls.ledger import spent_in
from collector.agents.calls.prices import PriceList, prompt_estimate, read_prices
from collector.agents.catalogue import WITHOUT_MODEL
from collector.agents.model import prompt_options
from collector.agents.settings import AgentSettings, SharedCalling
from collector.errors import ConfigError
from collector.prompt_files import load_prompts
from collector.prompt_options import PromptOptions
from collector.prompt_pictures import SHEET_SIDE, Layout
from collector.prompts import PromptFacts, reply_schema
from collector.recording import Job
from collector.records import PREVIOUS_ACTIONS, Task

_LETTERS_A_TOKEN: Final = 4
_MEMORY_CONTEXT_LETTERS: Final = 600
"""Of a reader's sentence, rather more than there are."""


def dry_run_report(jobs: Sequence[Job], workers: int) -> str:
    """The report; every number is the most that can happen unless it says otherwise. Nothing is asked or recorded."""
    settings, shared = jobs[0].agent, jobs[0].shared
    tasks = len({job.assignment.task.task_id for job in jobs})
    player = f"agent.kind={settings.kind} agent.model={settings.model}"
    lines = [
        "dry run: nothing is asked of a model and nothing is recorded",
        f"  sessions  {len(jobs):,} of {tasks} task{'s' * (tasks > 1)}, {player}",
    ]
    if settings.kind in WITHOUT_MODEL:
        return "\n".join([*lines, "  calls     0: this agent asks no model"])
    if not settings.model:
        raise ConfigError(f"agent.model: which model is agent={settings.kind} to ask? give agent.model=NAME")
    prices, calls, read = read_prices(shared.prices), 0, 0
    longest: dict[tuple[str, int], int] = {}
    for job in jobs:
        task, steps = job.assignment.task, most_steps(job)
        kind = (task.task_id, steps)
        if kind not in longest:
            longest[kind] = prompt_tokens(task, steps, settings, prices, _screen_size(job))
        calls += steps
        read += steps * longest[kind]
    written = calls * settings.max_output_tokens
    return "\n".join(
        [
            *lines,
            f"  calls     at most {calls:,}, one a step; retries and repaired replies come on top",
            f"  tokens    at most about {read:,} read and {written:,} written",
            f"  money     {_money(settings, prices, read, written)}",
            f"  time      {_time(settings, calls, read + written, workers)}",
            *_spending(shared),
            *([f"  store     agent.cache={settings.cache}: kept answers cost nothing"] * (settings.cache != "off")),
        ]
    )


def most_steps(job: Job) -> int:
    """Steps that a session can take at most, extensions granted."""
    rules = job.assignment.budget
    return rules.max_steps + rules.extension_steps * rules.max_extensions


def prompt_tokens(task: Task, steps: int, settings: AgentSettings, prices: PriceList, screen: tuple[int, int]) -> int:
    """Tokens of the longest prompt of a task, by estimate."""
    facts = PromptFacts(
        instruction=task.instruction,
        goal=task.goal,
        step=steps,
        step_budget=steps,
        memory_context="m" * _MEMORY_CONTEXT_LETTERS,
        memory_notes="n" * (settings.memory_tokens * _LETTERS_A_TOKEN if settings.memory else 0),
        previous_actions=("press_select",) * PREVIOUS_ACTIONS,
    )
    schema, price = reply_schema(settings.max_actions, remember=settings.memory), prices.price(settings.model)
    longest = 0
    for template in load_prompts(settings.prompts):
        options = prompt_options(settings, template)
        messages = options.messages(facts, settings.history, remember=settings.memory)
        longest = max(longest, prompt_estimate(messages, _picture_sizes(options, screen), schema, price))
    return longest


def _picture_sizes(options: PromptOptions, screen: tuple[int, int]) -> list[tuple[int, int]]:
    side, pictures = (SHEET_SIDE, 1) if options.layout is Layout.SHEET else (1, options.history)
    width, height = screen
    return [(width * options.image_scale * side, height * options.image_scale * side)] * pictures


def _screen_size(job: Job) -> tuple[int, int]:
    rom = job.emulator.rom
    return (240, 160) if rom is not None and rom.suffix.lower() == ".gba" else (160, 144)


def _money(settings: AgentSettings, prices: PriceList, read: int, written: int) -> str:
    price = prices.price(settings.model)
    if price is None:
        return f"unknown: the price list of {prices.as_of} has no {settings.model!r} (prices=PATH for one of your own)"
    return (
        f"at most about {price.cost(read, written):.2f} US dollars, at {price.input:g} a million tokens read and "
        f"{price.output:g} written (an example list of {prices.as_of}: check it)"
    )


def _time(settings: AgentSettings, calls: int, tokens: int, workers: int) -> str:
    """How long the strictest limit takes, and the calls themselves."""
    limits = {
        "requests_per_minute": _hours(calls, settings.requests_per_minute, 1 / 60),
        "tokens_per_minute": _hours(tokens, settings.tokens_per_minute, 1 / 60),
        "requests_per_day": _hours(calls, settings.requests_per_day, 24),
    }
    known = {name: hours for name, hours in limits.items() if hours is not None}
    alone = f"{_duration(calls / workers / 3600)} if a call takes 1 s with workers={workers}"
    if not known:
        return f"{alone}; no limit is set"
    strictest = max(known, key=lambda name: known[name])
    return f"{_duration(known[strictest])} at agent.{strictest}={getattr(settings, strictest)}; {alone}"


def _hours(amount: int, limit: int | None, window_h: float) -> float | None:
    """Hours until all of it fits: the first window's share needs no waiting."""
    return None if limit is None else (math.ceil(amount / limit) - 1) * window_h


def _duration(hours: float) -> str:
    return f"{hours:.1f} h" if hours >= 1 else f"{math.ceil(hours * 60)} min"


def _spending(shared: SharedCalling) -> list[str]:
    limits = {"max_calls": shared.max_calls, "max_tokens": shared.max_tokens, "max_cost_usd": shared.max_cost_usd}
    set_limits = [f"{name}={limit:g}" for name, limit in limits.items() if limit is not None]
    spent = None if shared.calls is None else spent_in(shared.calls)
    lines = [f"  limits    spending: {', '.join(set_limits)}, over all sessions of the runs directory"] * bool(
        set_limits
    )
    if spent is not None:
        lines.append(
            f"  so far    {spent.calls:,} calls, {spent.tokens:,} tokens, {spent.cost_usd:.2f} US dollars in this runs "
            "directory"
        )
    return lines
