"""The metrics of a run tree as text and as JSON, every figure beside what it was counted over."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scoring.metrics import GameReport, Mean, Metrics, Share
from scoring.records import Source
from scoring.terminal import console, printable, share_text

if TYPE_CHECKING:
    from rich.table import Table


def report_json(games: Sequence[GameReport]) -> dict[str, Any]:
    """The report as plain JSON; a share has value, part and of, a mean has value and of."""
    return {"games": [_plain(game) for game in games]}


def print_report(games: Sequence[GameReport]) -> None:
    """Print one part a game: its figures, then a table by task, by policy, and by prompt if models played."""
    out = console()
    for game in games:
        origin = "synthetic: own cartridge" if game.synthetic else "a user's own game"
        out.print(f"{printable(game.game)} ({origin})", style="bold")
        for line in _overall_lines(game.overall):
            out.print(f"  {line}")
        for heading, groups in (("task", game.by_task), ("policy", game.by_policy), ("prompt", game.by_prompt)):
            if groups:
                out.print()
                out.print(_table(heading, groups))
        out.print()


def _overall_lines(metrics: Metrics) -> list[str]:
    statuses = ", ".join(f"{count} {status}" for status, count in metrics.by_status.items())
    errors = ", ".join(f"{count.times} {kind} (in {count.sessions})" for kind, count in metrics.errors.items())
    scores = ", ".join(f"{source} {_mean_text(mean)}" for source, mean in metrics.scores.items() if mean.of)
    return [
        f"sessions           {metrics.sessions}: {statuses}",
        f"completion         {_share_text(metrics.completion)} with a verdict reached their goal",
        f"reliability        {_share_text(metrics.reliability)} that ended were neither failed nor interrupted",
        f"efficiency         {_mean_text(metrics.efficiency)}: fewest possible steps / steps taken, goal reached",
        f"steps              {_mean_text(metrics.steps)} a session",
        f"expected outcomes  {_share_text(metrics.expected_outcomes)} predictions came true",
        f"score 1-10         {scores or 'none yet: python -m scoring auto'}",
        f"errors             {errors or 'none'}",
        f"on disk            {metrics.megabytes:.2f} MB",
    ]


def _table(heading: str, groups: Mapping[str, Metrics]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(heading, overflow="fold")
    columns = ("n", "completion", "reliability", "efficiency", "steps", "outcomes", *Source, "MB")
    for column in columns:
        table.add_column(column, justify="right")
    for name, metrics in groups.items():
        table.add_row(printable(name), *_row(metrics))
    return table


def _row(metrics: Metrics) -> tuple[str, ...]:
    return (
        str(metrics.sessions),
        _short_share(metrics.completion),
        _short_share(metrics.reliability),
        _short_mean(metrics.efficiency),
        _short_mean(metrics.steps),
        _short_share(metrics.expected_outcomes),
        *(_short_mean(metrics.scores[source]) for source in Source),
        f"{metrics.megabytes:.2f}",
    )


def _share_text(share: Share) -> str:
    return f"{share_text(share.value)}, {share.part} of {share.of}"


def _mean_text(mean: Mean) -> str:
    return "- (n=0)" if mean.value is None else f"{mean.value:.2f} (n={mean.of})"


def _short_share(share: Share) -> str:
    return "-" if share.value is None else f"{share.part}/{share.of}"


def _short_mean(mean: Mean) -> str:
    return "-" if mean.value is None else f"{mean.value:.2f} ({mean.of})"


def _plain(value: Any) -> Any:
    if isinstance(value, Share):
        return {"value": value.value, "part": value.part, "of": value.of}
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return value
