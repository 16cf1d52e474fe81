"""The rater whose scores are the reference, by the name or the id that was given."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from collector.errors import InputError
from collector.run_directory import RATER_SALT_FILE
from scoring.rating.raters import rater_id
from scoring.records import Source
from scoring.sessions import RatedSession


def gold_rater(given: str, runs: Path, sessions: Iterable[RatedSession]) -> str:
    """The id in the ratings; InputError if that person rated none of the sessions."""
    raters = {one.rater for rated in sessions for one in rated.annotations if one.source == Source.HUMAN}
    if given in raters:
        return given
    if (runs / RATER_SALT_FILE).exists() and (salted := rater_id(given, runs)) in raters:
        return salted
    known = ", ".join(sorted(raters)) or "nobody"
    raise InputError(f"--gold {given}: rated no session of {runs}; give a rater's name or id; {known} did")
