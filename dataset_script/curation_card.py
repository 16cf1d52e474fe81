"""What the card says of how the rows were chosen: the settings that choose them again, and train before and after."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from collector.counting import counted
from collector.prompt_files import load_prompt
from collector.yaml_loading import load_yaml
from dataset_script.card_tables import table
from dataset_script.config import BuildSettings
from dataset_script.curation import Curation
from dataset_script.curation_config import WeightBy
from dataset_script.printed_commands import Value, override


def choices_text(settings: BuildSettings) -> str:
    """The overrides of `python -m dataset_script` that choose and render the same rows from the same runs, for a shell.

    Comments below them say what CONFIGS and BRANCHES stand for, where the build was given folders of its own.
    """
    own, words, comments = _own_configs(settings), [], []
    if own:
        words.append("--config-dir CONFIGS")
        comments.append(f"# CONFIGS: a folder with what is not part of the software: {', '.join(own)}")
    if settings.branches is not None:
        words.append("branches=BRANCHES")
        comments.append("# BRANCHES: the run tree of python -m collector.branch")
    words += [override(key, value) for key, value in _chosen(settings).items()]
    return "\n".join([" ".join(words), *comments])


def _chosen(settings: BuildSettings) -> dict[str, Value]:
    """Every key that decides which rows there are and what stands in them; folders are not told."""
    prompt = settings.prompt
    return {
        "export": [config.name for config in settings.exports],
        "skip_damaged": settings.skip_damaged,
        "score_source": settings.score_source,
        "min_score": settings.min_score,
        "exclude_policies": sorted(settings.exclude_policies),
        "target": settings.target,
        "split_by": settings.split_by,
        "prompt": prompt.template.name,
        "obs": prompt.mode,
        "image_scale": prompt.image_scale,
        "history": prompt.history,
        "history_layout": prompt.layout,
        "grid": prompt.grid,
        "max_actions": prompt.max_actions,
        "chat_window": settings.chat_window,
        "picture_format": settings.picture_format,
        "max_shard_size_mb": settings.max_shard_bytes // 1_000_000,
        "lint": "on" if settings.lint else "off",
        **{f"curation.{name}": value for name, value in dataclasses.asdict(settings.curation).items()},
    }


def _own_configs(settings: BuildSettings) -> list[str]:
    """YAML files that the command needs and this project does not bring along, or brings with other content."""
    template, shipped = settings.prompt.template, files("configs")
    own = []
    if not any(load_prompt(Path(file.name).stem) == template for file in shipped.joinpath("prompt").iterdir()):
        own.append(f"prompt/{template.name}.yaml with the wording {template.prompt_id}")
    for config in settings.exports:
        file = shipped.joinpath("export", f"{config.name}.yaml")
        raw = load_yaml(file.read_text(encoding="utf-8"))[config.name] if file.is_file() else {}
        if (raw.get("kind"), raw.get("splits")) != (config.kind, list(config.splits)):
            own.append(f"export/{config.name}.yaml")
    return own


def curation_text(curation: Curation | None, settings: BuildSettings) -> str:
    """What was taken out of train and why, and how tasks and buttons stand before and after."""
    if curation is None:
        return "Train was not thinned out or balanced: every example of it is a row."
    lines = [
        "Train alone was thinned out; what measures a model stays as it was recorded.",
        table(("", "examples of train"), [(name, f"{count:,}") for name, count in _counted(curation)]),
        *(_balance(what, before, after) for what, before, after in _groups(curation)),
    ]
    if curation.weights:
        by = settings.curation.weights
        rows = [(f"`{name}`", f"{weight:g}") for name, weight in curation.weights.items()]
        lines.append(f"`weight` lets every {by} count alike:\n\n{table((str(by), 'weight'), rows)}")
    return "\n\n".join(lines)


def balance_report(curation: Curation, settings: BuildSettings) -> str:
    """The same for a terminal."""
    lines = ["curation of train:"]
    lines += [f"  {count:>9,}  {name}" for name, count in _counted(curation)]
    for what, before, after in _groups(curation):
        lines.append(f"  {what:<24} {'before':>16} {'after':>16}")
        for name, count in before.items():
            kept = after.get(name, 0)
            lines.append(f"    {name:<22} {_share(count, before):>16} {_share(kept, after):>16}")
    for task, count in curation.before.by_task.items():
        if task not in curation.after.by_task:
            had = counted(count, "example")
            lines.append(f"  WARNING: task {task} had {had} and has none left; loosen what takes them out")
    if settings.curation.weights is not WeightBy.NONE:
        lines.append(f"  weights by {settings.curation.weights}: column `weight`")
    return "\n".join(lines)


def _counted(curation: Curation) -> list[tuple[str, int]]:
    before, after = sum(curation.before.by_task.values()), sum(curation.after.by_task.values())
    taken_out = [(f"taken out: {reason}", count) for reason, count in curation.counts.items()]
    forgotten = [("of them without history", curation.without_history)] if curation.without_history else []
    return [("before", before), *taken_out, ("after", after), *forgotten]


def _groups(curation: Curation) -> list[tuple[str, Mapping[str, int], Mapping[str, int]]]:
    before, after = curation.before, curation.after
    return [("task", before.by_task, after.by_task), ("button", before.by_button, after.by_button)]


def _balance(what: str, before: Mapping[str, int], after: Mapping[str, int]) -> str:
    rows = [(f"`{name}`", _share(count, before), _share(after.get(name, 0), after)) for name, count in before.items()]
    return table((what, "before", "after"), rows)


def _share(count: int, counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    return f"{count:,} ({count / total:.1%})" if total else "0"
