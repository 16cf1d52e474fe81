"""The card's tables, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from dataset_script.figures import Figures, ScoreFigures, count_values
from dataset_script.heldout import HeldoutFigures
from dataset_script.overlaps import Overlaps
from dataset_script.step_evidence import RULES

if TYPE_CHECKING:
    from dataset_script.card import BuiltConfig


def configs_table(configs: Iterable[BuiltConfig]) -> str:
    """Each config with what a row is and the rows of its splits."""
    rows = [
        (
            f"`{config.name}`",
            config.about,
            ", ".join(f"{split} {files.num_examples:,}" for split, files in config.splits.items()),
        )
        for config in configs
    ]
    return table(("config", "a row is", "rows"), rows)


def overlaps_table(overlaps: Overlaps) -> str:
    """What was taken out of train."""
    rows = [(f"same {kind} as one of validation or test", f"{count:,}") for kind, count in overlaps.counts.items()]
    rows.append(("**taken out** (any of these)", f"{overlaps.shared:,} of {overlaps.examined:,}"))
    return table(("", "examples of train"), rows)


def repeated_text(overlaps: Overlaps) -> str:
    """How many examples stood in their split already."""
    return ", ".join(f"{count:,} of {split}" for split, count in overlaps.repeated.items()) or "none"


def heldout_table(heldout: HeldoutFigures) -> str:
    """What rows of heldout still have in common with those of train."""
    rows = [
        ("from a start (a world, where the game has worlds) that train or validation has, too", heldout.same_start),
        (
            "same task and answer, in a state that differs only in what no session of the task changes",
            heldout.same_situation,
        ),
        ("same completion", heldout.same_completion),
    ]
    return table(("", "rows of heldout"), [(what, _share(count, heldout.examples)) for what, count in rows])


def figures_text(configs: Sequence[BuiltConfig], figures: Figures) -> str:
    """Every count of the build, one small table each."""
    parts = [
        _counts("Sessions by how they ended", "status", figures.by_status),
        _counts("Sessions by task", "task", figures.by_task),
        _counts("Sessions by player", "policy", figures.by_policy),
        _counts("Sessions by split", "split", figures.by_split),
        _scores(figures.scores),
        f"**Expected outcomes** that came true, of those that could be checked against the next state: "
        f"{_share(figures.expected_outcomes_met, figures.expected_outcomes)}.",
    ]
    examples = next((config for config in configs if {"action", "prompt"} <= config.column_docs.keys()), None)
    if examples is not None:
        paths = [path for files in examples.splits.values() for path in files.paths]
        buttons = count_values(paths, "action", lambda value: value.split(", "))
        parts.append(_counts(f"Buttons in `{examples.name}`", "button", buttons))
    return "\n\n".join(parts)


def verdicts_text(verdicts: Mapping[str, int]) -> str:
    """What is known of single steps and the rules by which; nothing if no config asked."""
    if not verdicts:
        return ""
    return f"### Steps judged one by one\n\n{RULES}\n\n{_counts('Steps by evidence', 'step', verdicts)}\n\n"


def columns_text(configs: Iterable[BuiltConfig]) -> str:
    """A table of columns for each set of them; configs that share one share the table."""
    groups: dict[tuple[str, ...], list[BuiltConfig]] = {}
    for config in configs:
        groups.setdefault(tuple(config.column_docs), []).append(config)
    return "\n\n".join(_columns(same) for same in groups.values())


def _columns(configs: Sequence[BuiltConfig]) -> str:
    """The columns of configs that have the same ones, folded away."""
    schema = configs[0].features.arrow_schema
    rows = [
        (f"`{name}`", f"`{_short(str(schema.field(name).type))}`", line)
        for name, line in configs[0].column_docs.items()
    ]
    names = ", ".join(config.name for config in configs)
    return f"<details><summary>{names}</summary>\n\n{table(('column', 'type', 'what it holds'), rows)}\n\n</details>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _counts(title: str, what: str, counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    rows = [(name, f"{count:,}", f"{count / total:.1%}") for name, count in counts.items()]
    return f"**{title}** ({total:,})\n\n{table((what, 'n', 'share'), rows)}"


def _scores(scores: Mapping[str, ScoreFigures]) -> str:
    rows = [
        (source, f"{f.sessions:,}", f"{f.ratings:,}", f"{f.lowest:g}", f"{f.median:g}", f"{f.highest:g}")
        for source, f in scores.items()
    ]
    head = ("source", "sessions (n)", "ratings", "lowest", "median", "highest")
    return f"**Scores of sessions, by source**\n\n{table(head, rows)}" if rows else "**Scores of sessions**: none."


def _share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({part / whole:.1%})" if whole else "0 of 0"


def _short(arrow_type: str) -> str:
    """The type as a reader thinks of it."""
    image = "struct<bytes: binary, path: string>"
    return arrow_type.replace(image, "image").replace("item: ", "").replace("element: ", "").replace("double", "float")
