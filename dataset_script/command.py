"""From a composed configuration to a built folder, and what the user is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from omegaconf import OmegaConf
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from dataset_script.builder import BuildReport, build
from dataset_script.config import BuildConfig, BuildSettings, register_schema, settings_from
from dataset_script.exports.protocol import ExportRow
from dataset_script.output_folder import lines_folder
from dataset_script.push_command import can_ask_the_hub, push_folder

register_schema()


def build_from(composed: Any) -> int:
    """Build what the composed configuration asks for; the exit code."""
    config = OmegaConf.to_object(composed)
    assert isinstance(config, BuildConfig)
    settings = settings_from(config)
    console = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)
    ask_the_hub = settings.push is not None and can_ask_the_hub(settings.push, console.print)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TextColumn("rows"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:

        def watch(rows: Iterator[ExportRow], what: str) -> Iterator[ExportRow]:
            bar = progress.add_task(what, total=None)
            for row in rows:
                yield row
                progress.advance(bar)

        report = build(settings, console.print, watch)
    print(report_text(report, settings))
    if settings.push is not None:
        print(push_folder(settings.output, settings.runs, settings.push, console.print, ask_the_hub=ask_the_hub))
    return 0


def report_text(report: BuildReport, settings: BuildSettings) -> str:
    """What was built and how to load it."""
    lines = []
    for folder, written in ((settings.output, report.rows), (lines_folder(settings.output), report.lines)):
        if written:
            lines.append(f"built {folder}")
        for name, splits in written.items():
            lines.append(f"  {name:<12} " + "  ".join(f"{split} {count:,}" for split, count in splits.items()))
    if report.rows:
        lines.append(f'load it: datasets.load_dataset("{settings.output}", "{next(iter(report.rows))}")')
    if report.sheet is not None:
        lines.append(f"picture sheet: {report.sheet}")
    return "\n".join(lines)
