"""`python -m dataset_script.inspect DIR --model M`: what a row becomes for a model, as text and as a picture."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from collector.argument_parser import CommandParser
from collector.command_line import run_command

_DESCRIPTION = """\
Show what one row of a built config becomes in TRL's collator for vision-language models with a model's own processor:
the picture as the model gets it, its tokens, the length of the sequence, and the target that the loss falls on. Writes
OUTPUT.png and OUTPUT.txt. Needs the extra [train]; no weights are loaded. Exit code 1: the row does not fit."""

DEFAULT_MAX_LENGTH: Final = 1024
"""What TRL's trainers cut sequences to unless told otherwise."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 if the row fits."""
    given = _parser().parse_args(arguments)
    return run_command(lambda: _inspect(given), debug=given.debug)


def _parser() -> CommandParser:
    parser = CommandParser(
        prog="python -m dataset_script.inspect",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("dataset", type=Path, metavar="DIR", help="the dataset folder")
    parser.add_argument("--model", required=True, metavar="M", help="a checkpoint's folder, or its name on the Hub")
    parser.add_argument("--config", default="sft", metavar="NAME", help="sft, heldout, chat or chat_windows (sft)")
    parser.add_argument("--split", metavar="NAME", help="the split (the config's first)")
    parser.add_argument("--row", type=int, default=0, metavar="N", help="the row, from 0 (0)")
    parser.add_argument(
        "--max-length",
        type=int,
        default=DEFAULT_MAX_LENGTH,
        metavar="N",
        help=f"the trainer's max_length ({DEFAULT_MAX_LENGTH}, as TRL has it)",
    )
    parser.add_argument("--output", type=Path, default=Path("inspected"), metavar="PATH", help="without ending")
    parser.add_argument("--debug", action="store_true", help="show a traceback when something goes wrong")
    return parser


def _inspect(given: argparse.Namespace) -> int:
    from dataset_script.inspection import draw, inspect_row, read_row, report

    split, row = read_row(given.dataset, given.config, given.split, given.row)
    seen = inspect_row(row, given.model)
    text = report(seen, f"{given.config}/{split} row {given.row}", given.model, given.max_length)
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.with_suffix(".txt").write_text(text, encoding="utf-8")
    draw(seen, given.output.with_suffix(".png"))
    print(text, end="")
    print(f"pictures: {given.output.with_suffix('.png')}")
    return int(seen.length > given.max_length)


if __name__ == "__main__":
    sys.exit(main())
