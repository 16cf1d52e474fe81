from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from collector.errors import InputError, WorkError
from dataset_script.retrying import PassingError, retried, seconds_of


class Flaky:
    """Raises the given errors one by one, then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.calls = list(errors), 0

    def __call__(self) -> int:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.calls


def test_passing_errors_are_tried_again_with_growing_pauses_and_told() -> None:
    pauses: list[float] = []
    told: list[str] = []
    flaky = Flaky(*[PassingError("busy") for _ in range(4)])
    assert retried(flaky, told.append, sleep=pauses.append) == 5
    assert all(0.75 * 2**n <= pause <= 1.25 * 2**n for n, pause in enumerate(pauses)) and len(pauses) == 4
    assert told[0] == "busy; trying again in 1 s (1 of 6)"


def test_the_servers_pause_is_obeyed_and_a_very_long_one_is_not_waited_for() -> None:
    pauses: list[float] = []
    retried(Flaky(PassingError("busy", pause_s=7), PassingError("busy", pause_s=0)), print, sleep=pauses.append)
    assert pauses == [7, 0]
    with pytest.raises(WorkError, match="asks to wait 3600 s: run the command again then"):
        retried(Flaky(PassingError("busy", pause_s=3600)), print, sleep=pauses.append)
    assert pauses == [7, 0]


def test_the_last_error_comes_out_and_says_to_run_again() -> None:
    flaky = Flaky(*[PassingError("busy") for _ in range(9)])
    with pytest.raises(WorkError, match="given up after 3 tries: run the command again") as caught:
        retried(flaky, print, tries=3, sleep=lambda seconds: None)
    assert not isinstance(caught.value, PassingError)
    assert flaky.calls == 3


def test_other_errors_are_not_tried_again() -> None:
    flaky = Flaky(InputError("wrong"))
    with pytest.raises(InputError, match="wrong"):
        retried(flaky, print, sleep=lambda seconds: None)
    assert flaky.calls == 1


def test_retry_after_is_read_as_seconds_or_a_date() -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert seconds_of("30") == 30
    assert seconds_of(format_datetime(now + timedelta(seconds=90), usegmt=True), lambda: now) == 90
    assert seconds_of(format_datetime(now - timedelta(seconds=90), usegmt=True), lambda: now) == 0
    assert [seconds_of(odd) for odd in (None, "soon", "")] == [None, None, None]
