"""A comparison as text and as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from collector.counting import counted
from scoring.compare.figures import Contrast, Figure
from scoring.compare.pairs import Side
from scoring.terminal import console, interval_text, printable, share_text

if TYPE_CHECKING:
    from rich.table import Table

_FEWER_IS_BETTER: Final = frozenset({"steps"})


def contrast_json(found: Contrast) -> dict[str, Any]:
    """The comparison as plain JSON; a pair is told by its two session ids."""
    plain = dataclasses.asdict(dataclasses.replace(found, pairing=dataclasses.replace(found.pairing, pairs=())))
    plain["pairing"]["pairs"] = [
        {"task_id": pair.task_id, "start": pair.start, "a": pair.a.session.session_id, "b": pair.b.session.session_id}
        for pair in found.pairing.pairs
    ]
    return plain


def print_contrast(found: Contrast) -> None:
    """Print who was paired, the figures, completion by task, and what the figures allow to say."""
    out = console()
    for line in _pairing_lines(found):
        out.print(printable(line), soft_wrap=True)
    if not found.pairing.pairs:
        return
    out.print()
    out.print(_figures("measure", ((figure.measure, figure) for figure in found.overall)))
    out.print()
    out.print(_figures("completion by task", found.by_task.items()))
    out.print()
    for line in _conclusions(found):
        out.print(line, soft_wrap=True)


def _pairing_lines(found: Contrast) -> Iterator[str]:
    pairing = found.pairing
    yield f"A  {_side_text(pairing.a)}"
    yield f"B  {_side_text(pairing.b)}"
    starts = len({pair.start for pair in pairing.pairs})
    yield f"{counted(len(pairing.pairs), 'pair')} of the same task and start, from {counted(starts, 'different start')}"
    for note in pairing.notes:
        yield f"note: {note}"


def _side_text(side: Side) -> str:
    left_out = "; ".join(f"{count} left out ({reason})" for reason, count in side.left_out.items())
    return f"{side.name}: {counted(side.sessions, 'session')}{'; ' if left_out else ''}{left_out}"


def _figures(heading: str, rows: Iterable[tuple[str, Figure]]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(heading, overflow="fold")
    for column in ("pairs", "starts", "A", "B", "A - B"):
        table.add_column(column, justify="right")
    table.add_column("interval of A - B", overflow="fold")
    for name, figure in rows:
        table.add_row(printable(name), *_cells(figure))
    return table


def _cells(figure: Figure) -> tuple[str, ...]:
    counts = str(figure.pairs), str(figure.starts)
    interval = figure.no_interval or interval_text(figure.interval, "+.2f" if figure.table is None else ".0%")
    table = figure.table
    if table is None:
        return *counts, _number(figure.a), _number(figure.b), _signed(figure.difference), interval
    return (
        *counts,
        f"{share_text(figure.a)} {interval_text(table.a_interval, '.0%')}",
        f"{share_text(figure.b)} {interval_text(table.b_interval, '.0%')}",
        _points(figure.difference),
        interval,
    )


def _conclusions(found: Contrast) -> Iterator[str]:
    for figure in found.overall:
        if figure.interval is None:
            continue
        if figure.higher is None:
            yield f"{figure.measure}: A and B may be equal; the {figure.interval.level:.0%} interval holds 0"
        else:
            word = "fewer" if figure.measure in _FEWER_IS_BETTER else "higher"
            side = {"a": "b", "b": "a"}[figure.higher] if word == "fewer" else figure.higher
            yield f"{figure.measure}: {side.upper()} is {word}, beyond what the choice of starts explains"
    table = found.overall[0].table
    if table is not None:
        counts, newcombe = table.counts, interval_text(table.newcombe, ".0%")
        yield (
            f"completion, pair by pair: {counts.both} both, {counts.only_first} A alone, {counts.only_second} B alone, "
            f"{counts.neither} neither; Newcombe's interval {newcombe}, McNemar's mid-p {table.mcnemar_mid_p:.3g} "
            "(these take every pair for a start of its own)"
        )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.2f}"


def _points(value: float | None) -> str:
    return "-" if value is None else f"{value:+.0%}"
