"""`scoring serve`: people rate, compare and watch on a page in the browser."""

from __future__ import annotations

import argparse
from pathlib import Path

from scoring.commands.parsing import Commands, add_command, add_runs
from scoring.commands.rules import add_rules, rules_of


def add(commands: Commands) -> None:
    command = add_command(commands, "serve", run, "rate and compare sessions on a page in the browser")
    add_runs(command)
    command.add_argument("--host", default="127.0.0.1", help="address to listen at; others ask for tokens (127.0.0.1)")
    command.add_argument("--port", type=int, default=8321, metavar="N", help="port; 0 takes one that is free (8321)")
    command.add_argument(
        "--rater", action="append", metavar="NAME", help="who rates (the login name); several get a token each"
    )
    command.add_argument(
        "--raters", type=Path, metavar="FILE", help="raters with tokens of their own: TOKEN NAME lines"
    )
    add_rules(command)
    command.add_argument("--no-live", action="store_true", help="without the tab that follows a running collection")


def run(given: argparse.Namespace) -> int:
    from collector.errors import InputError

    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ModuleNotFoundError as error:
        raise InputError(f"serve needs {error.name}; install the extra: pip install -e '.[web]'") from None
    return _serve(given)


def _serve(given: argparse.Namespace) -> int:
    import socket

    from scoring.commands.reading import read_runs
    from scoring.rating.raters import login_name
    from scoring.web.access import alone, with_tokens
    from scoring.web.app import make_app
    from scoring.web.following import Follower
    from scoring.web.guard import LOOPBACK_NAMES
    from scoring.web.server import addresses_of, is_loopback, serve, take_port
    from scoring.web.sittings import Sittings

    tokens = _tokens(given)
    with take_port(given.host, given.port) as listening:
        sessions = read_runs(given.runs).sessions
        access = with_tokens(tokens, given.runs) if tokens else alone((given.rater or [login_name()])[0], given.runs)
        sittings = Sittings(given.runs, rules_of(given, sessions), sessions)
        follower = None if given.no_live else Follower(given.runs, (one.session for one in sessions))
        names = LOOPBACK_NAMES if is_loopback(given.host) else {*LOOPBACK_NAMES, given.host, socket.gethostname()}
        for who, address in addresses_of(given.host, listening, {} if given.raters else tokens):
            print(f"{who or 'open'}: {address}", flush=True)
        serve(make_app(sittings, access, follower, names, addresses=bool(tokens)), listening)
    return 0


def _tokens(given: argparse.Namespace) -> dict[str, str]:
    """Tokens to be asked for, each with its rater's name; none for one rater at this machine."""
    from collector.errors import InputError
    from scoring.rating.raters import login_name
    from scoring.web.access import new_tokens, read_tokens
    from scoring.web.server import is_loopback

    if given.raters:
        if given.rater:
            raise InputError("--rater and --raters FILE exclude each other; the file names the raters")
        return read_tokens(given.raters)
    names = given.rater or [login_name()]
    return new_tokens(names) if len(names) > 1 or not is_loopback(given.host) else {}
