"""README.md of the dataset: YAML that `load_dataset` and the Hub read, then text and tables for people.

`datasets` caches a local folder by its name and this YAML, not by its files. So the YAML carries the true number of
rows and a digest of every config's content: with other data it is another dataset. No date stands in it: the same
runs give the same bytes.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dataset_script.card_tables import (
    columns_text,
    configs_table,
    figures_text,
    heldout_table,
    overlaps_table,
    repeated_text,
    verdicts_text,
)
from dataset_script.config import BuildSettings
from dataset_script.curation_card import choices_text, curation_text
from dataset_script.figures import Figures
from dataset_script.licences import UNBOUND, license_tag
from dataset_script.output_folder import SHEET_FILE
from dataset_script.parquet import SplitFiles
from dataset_script.push_config import RaterNames
from dataset_script.replies import Target
from dataset_script.splits import SHARES
from scoring.records import Source

if TYPE_CHECKING:
    from datasets import Features

TEMPLATE: Final = Path(__file__).with_name("card_template.md")
"""The repository's dataset_card.md."""

SYNTHETIC_TAG: Final = "synthetic: own cartridge"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltConfig:
    """A config as it was written."""

    name: str
    """What `load_dataset(DIR, NAME)` calls it."""
    about: str
    """What a row is."""
    features: Features
    """Its columns."""
    column_docs: Mapping[str, str]
    """A line about each column."""
    splits: Mapping[str, SplitFiles]
    """What was written, by split; none of them empty."""

    @property
    def digest(self) -> str:
        """Hex digest of everything in it."""
        parts = "".join(f"{split} {files.sha256}\n" for split, files in self.splits.items())
        return hashlib.sha256(parts.encode()).hexdigest()


def card_text(configs: list[BuiltConfig], figures: Figures, settings: BuildSettings, *, has_sheet: bool) -> str:
    """The whole README.md; the first config is the default one."""
    template = string.Template(TEMPLATE.read_text(encoding="utf-8"))
    body = template.substitute(_words(configs, figures, settings, has_sheet))
    return f"---\n{_yaml(_metadata(configs, figures, settings))}---\n\n{body}"


def _metadata(configs: list[BuiltConfig], figures: Figures, settings: BuildSettings) -> dict[str, Any]:
    synthetic = {"synthetic": "own cartridge"} if figures.synthetic else {}
    return {
        "pretty_name": _title(figures),
        "license": license_tag(settings.license, synthetic=figures.synthetic, label_terms=figures.label_terms),
        "language": ["en"],
        "task_categories": ["image-text-to-text", "reinforcement-learning"],
        "tags": [
            "vision-language",
            "game",
            "agent",
            "instruction-tuning",
            *(["synthetic"] if figures.synthetic else []),
            *figures.games,
        ],
        "size_categories": [_size_category(max(_rows(config) for config in configs))],
        **synthetic,
        "configs": [_config_entry(config, is_default=config is configs[0]) for config in configs],
        "dataset_info": [_info_entry(config) for config in configs],
    }


def _config_entry(config: BuiltConfig, *, is_default: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "config_name": config.name,
        "description": f"{config.about} Content sha256 {config.digest}",
        "data_files": [
            {"split": split, "path": [f"{config.name}/{path.name}" for path in files.paths]}
            for split, files in config.splits.items()
        ],
    }
    return {**entry, "default": True} if is_default else entry


def _info_entry(config: BuiltConfig) -> dict[str, Any]:
    return {
        "config_name": config.name,
        "features": config.features._to_yaml_list(),
        "splits": [
            {"name": split, "num_bytes": files.num_bytes, "num_examples": files.num_examples}
            for split, files in config.splits.items()
        ],
        "download_size": sum(files.file_bytes for files in config.splits.values()),
        "dataset_size": sum(files.num_bytes for files in config.splits.values()),
    }


def _words(configs: list[BuiltConfig], figures: Figures, settings: BuildSettings, has_sheet: bool) -> dict[str, Any]:
    """The template's $names."""
    prompt = settings.prompt
    return {
        "title": _title(figures),
        "summary": _summary(figures),
        "picture": f"![rows of the dataset: screen, task, button, reason]({SHEET_FILE})" if has_sheet else "",
        "load_lines": "\n".join(_load_lines(configs)),
        "configs_table": configs_table(configs),
        "split_note": _split_note(figures, settings),
        "chosen": _chosen(figures, settings),
        "verdicts": verdicts_text(figures.verdicts),
        "trained_on": figures.trained_on,
        "sessions": figures.sessions,
        "terms": "\n\n".join([_terms(figures), *_publication_notes(figures, settings)]),
        "prompt_name": prompt.template.name,
        "prompt_id": prompt.template.prompt_id,
        "obs": str(prompt.mode),
        "history": prompt.history,
        "image_scale": prompt.image_scale,
        "leak_note": _leak_note(settings),
        "figures": figures_text(configs, figures),
        "overlaps_table": overlaps_table(figures.overlaps),
        "repeated": repeated_text(figures.overlaps),
        "heldout_table": heldout_table(figures.heldout),
        "curation": curation_text(figures.curation, settings),
        "choices": choices_text(settings),
        "unit": str(settings.split_by),
        "columns": columns_text(configs),
    }


def _title(figures: Figures) -> str:
    return f"Played with reasons: {', '.join(figures.games)}"


def _summary(figures: Figures) -> str:
    what = (
        "Screens of a handheld game, each with a task in words, the button that was pressed, why it was pressed and "
        "what came of it: for training and testing vision-language models that play."
    )
    if not figures.synthetic:
        return what
    return (
        f"{what}\n\n**{SYNTHETIC_TAG}**: every session was played on the cartridge that the collecting software brings "
        f"along, not on a commercial game. Its figures are not comparable with those of a real game."
    )


def _load_lines(configs: Iterable[BuiltConfig]) -> list[str]:
    """One line a config; the default config needs no name."""
    lines = []
    for number, config in enumerate(configs):
        split = next(iter(config.splits))
        name = "" if number == 0 else f'"{config.name}", '
        lines.append(f'{config.name} = load_dataset("PATH_OR_REPO", {name}split="{split}")')
    return lines[:5]


def _chosen(figures: Figures, settings: BuildSettings) -> str:
    """Which sessions are examples."""
    what = "A session is an example in `sft`, `instruct` and `heldout` if it ended by itself"
    if settings.target is Target.EXPERT:
        return (
            f"The answers are not the player's but the expert's: what a search of the game's rules finds to be the "
            f"shortest way from where the player stood (`target=expert`). {figures.left_out:,} replies to whose "
            f"step it has no answer are left out. {what} and has the expert's labels, whatever its score"
        )
    excluded = " or ".join(sorted(settings.exclude_policies))
    left_out = figures.left_out
    marked = f"; replies that a rater marked as mistakes are left out ({left_out:,})" if left_out else ""
    return (
        f"{what} with a score of at least {settings.min_score:g} from the source `{settings.score_source}`"
        f"{f' and was not played by {excluded}' if excluded else ''}{marked}"
    )


def _split_note(figures: Figures, settings: BuildSettings) -> str:
    shares = ", ".join(f"{split} {share:.0%}" for split, share in SHARES.items())
    units = ", ".join(f"{count} in {split}" for split, count in figures.units_by_split.items())
    return (
        f"What is kept whole within one split: the {settings.split_by}. Shares aimed at: {shares}; units: {units}. "
        f"Tasks marked as held out are in `test` only. `splits.json` keeps the assignment: a rebuild with more "
        f"sessions moves nothing."
    )


def _leak_note(settings: BuildSettings) -> str:
    if not settings.lint:
        return "**The gate was switched off for this build (`lint=off`): no row was checked.**"
    return (
        "Every prompt was rendered a second time with the outputs of its step, all later steps and the session's "
        "outcome replaced by other values, and came out equal, byte for byte. No prompt quotes its answer, no row "
        "holds a key, an address, a path or a host, every picture decodes: the build fails otherwise."
    )


def _terms(figures: Figures) -> str:
    bound = [terms for terms in figures.label_terms if terms != UNBOUND]
    if not bound:
        return "No provider's terms bind the labels: they were written by programs of this project or by people."
    names = ", ".join(bound)
    return f"Some labels were written by models whose providers' terms bind their use: {names}. See `label_terms`."


def _publication_notes(figures: Figures, settings: BuildSettings) -> list[str]:
    """What a push says of rights and of people."""
    push, notes = settings.push, []
    if push is None:
        return []
    if push.rights is not None:
        notes.append(f"Rights to the screens, as stated by who published them: {push.rights}")
    if str(Source.HUMAN) in figures.scores:
        names = "by name" if push.raters is RaterNames.NAMES else "by a salted hash each"
        texts = "stands beside their scores" if push.feedback else "is left out"
        notes.append(f"People who rated are given {names}; what they wrote {texts}.")
    return notes


def _rows(config: BuiltConfig) -> int:
    return sum(files.num_examples for files in config.splits.values())


def _size_category(rows: int) -> str:
    """The Hub's word for a number of rows."""
    bounds = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
    return next((word for bound, word in bounds if rows < bound), "1M<n<10M")


def _yaml(content: Mapping[str, Any]) -> str:
    import yaml

    return str(yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=1000))
