"""Writes the pages that are made from the code, so that they can't fall behind it; --check only compares."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

import configs
from collector.features import features_of, field_docs
from collector.labels import StepLabel
from collector.records import STATUS_TABLE, Session, Step
from collector.roms.thistledown import WRAM_PATH
from collector.tasks import known_task_ids, load_task
from dataset_script.exports.protocol import LinesExport, load_export
from scoring.metrics.definitions import DEFINITIONS
from scoring.records import Annotation

DOCS: Final = Path(__file__).parent
NOTICE: Final = "<!-- Made by docs/generate.py from the code: change it there and run `make docs`. -->"


def columns_page() -> Iterator[str]:
    """Every column of what is recorded."""
    yield "# Columns"
    yield NOTICE
    yield "What a dataset row of each config is made of stands on its card; this page has what is recorded."
    for title, record, where in (
        ("Steps", Step, "`steps.arrow`, config `steps`: one row a step, appended as it happens"),
        ("Sessions", Session, "`session_metadata.json`, config `sessions`: one a session"),
        ("Labels", StepLabel, "`labels.arrow`, from `python -m collector.relabel` ([labels](labels.md)): one a step"),
        ("Scores", Annotation, "`annotations.jsonl`, config `scores`: one a rating, append-only"),
    ):
        yield f"## {title}\n\n{where}."
        yield columns_table(record)
    yield "## How a session stands"
    yield "\n".join(status_table())


def columns_table(record: type[Any]) -> str:
    """A record's fields with their types and meanings."""
    lines, docs = ["| column | type | meaning |", "|---|---|---|"], field_docs(record)
    for name, feature in features_of(record).items():
        lines.append(f"| `{name}` | {type_name(feature)} | {docs[name]} |")
    return "\n".join(lines)


def type_name(feature: Any) -> str:
    """A feature in few words."""
    if isinstance(feature, dict):
        return "struct of " + ", ".join(f"`{name}`" for name in feature)
    kind = type(feature).__name__
    if kind == "Image":
        return "image (PNG)"
    return feature.dtype if kind == "Value" else f"list of {type_name(feature.feature)}"


def status_table() -> Iterator[str]:
    """How status, verdict and the last row go together."""
    yield "| status | meaning | task_completed | last row terminated | last row truncated | completion_status |"
    yield "|---|---|---|---|---|---|"
    for status, rule in STATUS_TABLE.items():
        verdicts = " or ".join("null" if verdict is None else str(verdict).lower() for verdict in rule.task_completed)
        flags = f"{str(rule.terminated).lower()} | {str(rule.truncated).lower()}"
        yield f"| {status} | {rule.meaning} | {verdicts} | {flags} | {rule.completion_status} |"


def memory_page() -> Iterator[str]:
    """The cartridge's RAM map."""
    table = yaml.safe_load(WRAM_PATH.read_text(encoding="utf-8"))
    first, end = table["stable"]
    yield "# The bundled cartridge's RAM"
    yield NOTICE
    yield (
        "Thistledown keeps its state at fixed addresses. `collector/roms/thistledown/wram.yaml` is the one table: the "
        "build makes the C struct from it, the reader its decoder, this page its rows. The game's rules stand beside "
        "it in `collector/roms/thistledown/README.md`."
    )
    yield f"Stable bytes, which `memory_hash` is taken over: {first:#06x} up to and without {end:#06x}."
    rows = [f"| {row['at']:#06x} | {row['name']} | {row['type']} | {row['about']} |" for row in table["fields"]]
    yield "\n".join(["| address | field | type | meaning |", "|---|---|---|---|", *rows])
    for kind, values in table["values"].items():
        yield f"{kind}: " + ", ".join(f"{number} {value}" for number, value in enumerate(values))


def task_list_page() -> Iterator[str]:
    """The tasks that come with the project."""
    yield "# The tasks of the bundled cartridge"
    yield NOTICE
    lines = ["| task | type | steps | instruction | goal | starts |", "|---|---|---|---|---|---|"]
    for task_id in known_task_ids():
        task = load_task(task_id)
        name = f"`{task_id}`{' (held out)' if task.held_out else ''}"
        cells = (name, str(task.task_type), str(task.max_steps), task.instruction, task.goal, str(len(task.starts)))
        lines.append(f"| {' | '.join(cells)} |")
    yield "\n".join(lines)


def metric_page() -> Iterator[str]:
    """Every metric with its denominator."""
    yield "# What each metric is"
    yield NOTICE
    yield "The names are those of `python -m scoring report --json`; [metrics](metrics.md) says how to read them."
    lines = ["| metric | what is counted, over what | no value |", "|---|---|---|"]
    lines += [f"| `{name}` | {one.meaning} | {one.missing} |" for name, one in DEFINITIONS.items()]
    yield "\n".join(lines)


def export_columns_page() -> Iterator[str]:
    """Every export's columns."""
    yield "# The columns of each export"
    yield NOTICE
    yield "What each is for and how it is built: [exports](exports.md)."
    for path in sorted((Path(configs.__file__).parent / "export").glob("*.yaml")):
        for name, config in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            export = load_export(config["kind"])
            yield f"## {name}"
            kind = "JSON lines" if isinstance(export, LinesExport) else "Parquet"
            yield f"{config['about'].format(units='starts and worlds')} {kind}; splits: {', '.join(config['splits'])}."
            features, docs = export.features(), export.column_docs()
            lines = ["| column | type | meaning |", "|---|---|---|"]
            lines += [f"| `{column}` | {type_name(features[column])} | {line} |" for column, line in docs.items()]
            yield "\n".join(lines)


PAGES: Final = {
    "export_columns.md": export_columns_page,
    "columns.md": columns_page,
    "cartridge_memory.md": memory_page,
    "task_list.md": task_list_page,
    "metric_definitions.md": metric_page,
}


def main() -> int:
    """Write or check the pages; exit code 1 if one is out of date."""
    stale = []
    for name, page in PAGES.items():
        path, text = DOCS / name, "\n\n".join(page()) + "\n"
        if "--check" in sys.argv:
            stale += [name] if not path.exists() or path.read_text(encoding="utf-8") != text else []
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        print(f"out of date: {', '.join(stale)}; run: make docs")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main())
