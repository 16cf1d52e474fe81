"""`python -m collector.state`: capture a start from a running game, and see which there are."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from collector.argument_parser import CommandParser
from collector.command_line import run_command
from collector.records import ACTIONS

_DESCRIPTION: Final = """\
Keep states of a game that sessions can begin from: a SkyEmu's as it stands now, or PyBoy's or mGBA's after presses or
from a state file. Each is NAME.state, NAME.json and NAME.png in the start library."""

_EPILOG: Final = """\
examples
  python -m collector.state capture before_gym --emulator skyemu --note "in front of the first gym"
  python -m collector.state capture title --rom game.gb --frames 600 --presses press_start press_a
  python -m collector.state capture beach --rom game.gb --from-state game.gb.state
  python -m collector "walk into the gym" emulator=skyemu emulator.rom=game.gb agent=random start=before_gym"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit code."""
    given = _parser().parse_args(arguments)
    return run_command(lambda: int(given.run(given)), debug=given.debug)


def _parser() -> CommandParser:
    parser = CommandParser(
        prog="python -m collector.state",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=CommandParser)
    capture = _command(commands, "capture", _capture, "keep a state")
    capture.add_argument("name", metavar="NAME", help="what the start is called in tasks and on the command line")
    capture.add_argument(
        "--emulator", choices=("pyboy", "mgba", "skyemu"), default="pyboy", help="where it is taken (pyboy)"
    )
    capture.add_argument("--rom", type=Path, metavar="PATH", help="the ROM (pyboy: the bundled cartridge)")
    capture.add_argument("--note", default="", metavar="TEXT", help="what is special about this place")
    capture.add_argument("--base-url", metavar="URL", help="skyemu: its address (http://127.0.0.1:8080)")
    capture.add_argument("--from-state", type=Path, metavar="FILE", help="pyboy, mgba: a state it saved, to go on from")
    capture.add_argument("--frames", type=int, metavar="N", help="pyboy, mgba: frames before the first press")
    capture.add_argument(
        "--presses", nargs="+", choices=ACTIONS, default=[], metavar="BUTTON", help="pyboy, mgba: in order"
    )
    _command(commands, "list", _list, "name the states there are")
    show = _command(commands, "show", _show, "say what a state is of")
    show.add_argument("name", metavar="NAME")
    return parser


def _command(commands: argparse._SubParsersAction[CommandParser], name: str, run: object, about: str) -> CommandParser:
    parser = commands.add_parser(name, help=about, description=about)
    parser.add_argument("--starts", type=Path, default=Path("starts"), metavar="DIR", help="start library (starts)")
    parser.add_argument("--debug", action="store_true", help="show a traceback when something goes wrong")
    parser.set_defaults(run=run)
    return parser


def _capture(given: argparse.Namespace) -> int:
    from collector.emulators.catalogue import EmulatorSettings
    from collector.errors import InputError
    from collector.starts import StartLibrary
    from collector.state.capturing import Recipe, capture_from_skyemu, capture_in_process

    library = StartLibrary(given.starts)
    library.require_free(given.name)
    if given.emulator == "skyemu":
        if given.presses or given.frames is not None or given.from_state is not None:
            raise InputError("a SkyEmu is captured as it stands: play there, without --presses, --frames, --from-state")
        defaults = EmulatorSettings(kind="skyemu")
        captured = capture_from_skyemu(
            given.name,
            given.note,
            base_url=given.base_url or defaults.base_url,
            timeout_s=defaults.timeout_s,
            rom=given.rom,
        )
    else:
        if given.base_url is not None:
            raise InputError("--base-url goes with --emulator skyemu")
        recipe = Recipe(
            kind=given.emulator,
            rom=given.rom,
            state_file=given.from_state,
            frames=given.frames,
            presses=tuple(given.presses),
        )
        captured = capture_in_process(given.name, given.note, recipe)
    library.add(captured)
    library.keep_out_of_git()
    print(f"{given.starts / given.name}.state, .json, .png: {captured.facts.summary}")
    return 0


def _list(given: argparse.Namespace) -> int:
    from collector.starts import StartLibrary

    library = StartLibrary(given.starts)
    for name in library.names():
        facts = library.facts(name)
        print(f"{name}: {facts.summary}{f': {facts.note}' if facts.note else ''}")
    if not library.names():
        print(f"{given.starts} has no states; capture one: python -m collector.state capture NAME")
    return 0


def _show(given: argparse.Namespace) -> int:
    import dataclasses
    import json

    from collector.starts import StartLibrary

    facts = StartLibrary(given.starts).read(given.name).facts
    print(json.dumps(dataclasses.asdict(facts), indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
