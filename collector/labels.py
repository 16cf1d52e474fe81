"""labels.arrow: what the expert would have done at each step of a session, whoever played it.

The file stands beside steps.arrow and never changes it. Each label carries the `row_hash` of the step it is about, so
labels of other steps are refused. `python -m collector.relabel` writes them; reading them needs no planner.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.errors import InputError, ShardError
from collector.features import record_of, row_digest, row_of, schema_of
from collector.run_directory import SessionDirectory
from collector.safe_files import cannot_write, replacing
from collector.shards import read_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLabel:
    """What the planner says about one step: a row of labels.arrow."""

    session_id: str
    """The session's directory name without "session_"."""
    step: int
    """1-based position in the session, as in steps.arrow."""
    step_row_hash: str
    """The `row_hash` of the step it is about."""
    expert_actions: tuple[str, ...]
    """Every action after which the goal is one step nearer, the expert's own first; empty if `reason` says why."""
    expert_done: bool
    """The expert would say that the task is over: only its report is left to give."""
    expert_report: str | None
    """The report it would give; None unless `expert_done`."""
    expert_analysis: str
    """What it sees on the screen."""
    expert_reasoning: str
    """Why it would take its own action."""
    expert_outcome: str
    """What it expects the next screen to show."""
    cost_to_go: int | None
    """Fewest steps from before the step to the goal, a report's own step included; None if `reason` says why."""
    cost_to_go_after: int | None
    """The same from after the step, 0 exactly where it ended the session at the goal; None unless `solvable_after`."""
    solvable_after: bool | None
    """Whether a way to the goal was found from after the step; None if `reason` says why none was looked for."""
    reason: str | None
    """Why there is no expert action; None if there is one."""
    planner_version: int
    """Version of the rules by which labels are made."""
    rom_sha256: str
    """The cartridge whose rules were searched."""
    row_hash: str = ""
    """Digest over all other columns, set when the label is written."""

    @property
    def regret(self) -> int | None:
        """Steps lost by the action that was taken: 0 for an expert's; None where a cost is not known."""
        if self.cost_to_go is None or self.cost_to_go_after is None:
            return None
        return self.cost_to_go_after + 1 - self.cost_to_go


def write_labels(directory: SessionDirectory, labels: Sequence[StepLabel]) -> None:
    """Replace the session's labels.arrow; a reader sees the old labels or the new, never a part."""
    import pyarrow as pa

    schema = schema_of(StepLabel)
    table = pa.Table.from_pylist([_sealed(label) for label in labels], schema=schema)
    try:
        with replacing(directory.labels) as out, pa.ipc.new_stream(out, schema) as stream:
            stream.write_table(table)
    except OSError as error:
        raise cannot_write(directory.labels, error) from error


def labels_of(directory: SessionDirectory) -> Mapping[int, StepLabel]:
    """The labels of a session by step; empty if it has none.

    InputError if they are damaged, were changed, or are about other steps than the session has now.
    """
    if not directory.labels.exists():
        return {}
    try:
        labels: list[StepLabel] = [record_of(StepLabel, row) for row in read_rows(directory.labels)]
    except (ShardError, ValueError) as error:
        raise InputError(
            f"{directory.labels}: can't be read as labels ({error}); remove the file and make them anew: "
            "python -m collector.relabel"
        ) from error
    recorded = [(row["step"], row["row_hash"]) for row in read_rows(directory.shard, ["step", "row_hash"])]
    labelled = [(label.step, label.step_row_hash) for label in labels]
    if labelled != recorded:
        raise InputError(
            f"{directory.labels}: {_difference(labelled, recorded)}; make the labels anew: python -m collector.relabel"
        )
    return {label.step: label for label in labels}


def sealed(label: StepLabel) -> StepLabel:
    """The label with its `row_hash`, as `labels_of` gives it back."""
    return dataclasses.replace(label, row_hash=_sealed(label)["row_hash"])


def _sealed(label: StepLabel) -> dict[str, Any]:
    row = row_of(label)
    return row | {"row_hash": row_digest(row)}


def _difference(labelled: Sequence[tuple[int, str]], recorded: Sequence[tuple[int, str]]) -> str:
    if len(labelled) != len(recorded):
        return f"it labels {len(labelled)} steps, and steps.arrow has {len(recorded)}"
    step = next(is_now[0] for was, is_now in zip(labelled, recorded, strict=True) if was != is_now)
    return f"its label of step {step} is about another step than the one in steps.arrow"
