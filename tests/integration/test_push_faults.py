"""A push against a Hub that fails: every fault is ridden out, and SIGKILL at any request leaves nothing in part."""

import random
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from tests.fakes.hub_faults import Fault, Harm
from tests.fakes.hub_server import LoopbackHub, loopback_hub
from tests.pushing import (
    local_contents,
    push_built,
    remote_contents,
    repository_of,
    start_push,
)
from tests.rated_runs import built, write_runs

KINDS = ("info", "refs", "tree", "create", "validate_yaml", "preupload", "lfs_batch", "lfs_put", "lfs_verify")
AFTER = ("commit", "tag", "resolve_head", "resolve")
BUSY = {"Retry-After": "7"}


@pytest.fixture
def hub() -> Iterator[LoopbackHub]:
    with loopback_hub() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built folder; pushes only read it."""
    base = tmp_path_factory.mktemp("push")
    write_runs(base / "runs", 6)
    built(base / "runs", base / "dataset")
    return base / "dataset"


def assert_pushed_whole(hub: LoopbackHub, folder: Path) -> None:
    repository = repository_of(hub)
    assert remote_contents(hub) == local_contents(folder)
    assert [commit.title.split(" ")[0] for commit in repository.history()] == ["Push", "initial"]
    assert not repository.orphans()
    assert list(repository.tags.values()) == [repository.history()[0].oid]
    assert not hub.store.unreferenced()


@pytest.mark.parametrize(
    ("faults", "told"),
    [
        ([Fault(kind=kind, status=503) for kind in KINDS + AFTER], "the Hub answered 503"),
        ([Fault(kind=kind, status=500) for kind in KINDS + AFTER], "the Hub answered 500"),
        ([Fault(kind=kind, status=429, headers=BUSY) for kind in KINDS + AFTER], "paused 7\n"),
        ([Fault(kind="commit", times=2, status=409), Fault(kind="create", status=409)], "the Hub answered 409"),
        ([Fault(kind="commit", times=2, status=412)], "the Hub answered 412"),
        ([Fault(kind=kind, harm=Harm.CUT) for kind in ("lfs_put", "commit", "create", "tag", "tree")], "no answer"),
        ([Fault(kind=kind, harm=Harm.CLOSE_AFTER) for kind in KINDS + AFTER], "no answer"),
        ([Fault(kind="lfs_put", first=2, times=60, harm=Harm.CUT)], "no answer"),
    ],
    ids=["503", "500", "429", "409", "412", "cut", "answers lost", "many cuts"],
)
def test_faults_are_ridden_out(hub: LoopbackHub, folder: Path, faults: list[Fault], told: str) -> None:
    hub.traffic.plant(*faults)
    code, _, err = push_built(hub, folder)
    assert code == 0, err
    assert told in err
    assert all(hub.traffic.counts[fault.kind] >= fault.first for fault in faults)
    assert_pushed_whole(hub, folder)


def test_a_hub_that_stays_down_is_given_up_and_pushing_again_goes_on(hub: LoopbackHub, folder: Path) -> None:
    hub.traffic.plant(Fault(kind="commit", times=99, status=500))
    code, _, err = push_built(hub, folder)
    assert code == 1
    last = err.splitlines()[-1]
    assert last.startswith("error: sending the files: the Hub answered 500") and "given up after 7 tries" in last
    assert len(repository_of(hub).history()) == 1
    sent = hub.store.uploaded_bytes
    hub.traffic.clear()
    assert push_built(hub, folder)[0] == 0
    assert hub.store.uploaded_bytes == sent and hub.traffic.counts["lfs_put"] == 0
    assert_pushed_whole(hub, folder)


def test_a_commit_of_another_meanwhile_is_built_upon(hub: LoopbackHub, folder: Path) -> None:
    def intrude(number: int, kind: str) -> None:
        if kind == "commit" and hub.traffic.counts["commit"] == 1:
            repository = repository_of(hub)
            files = {**repository.history()[0].files, "LICENSE": repository.store_blob(b"Apache-2.0")}
            repository.add_commit("main", "a license", files)

    hub.traffic.before = intrude
    code, _, err = push_built(hub, folder)
    assert code == 0, err
    assert "412" in err
    titles = [commit.title.split(",")[0] for commit in repository_of(hub).history()]
    assert titles == ["Push 15 files", "a license", "initial commit"]
    assert remote_contents(hub) == {**local_contents(folder), "LICENSE": b"Apache-2.0"}


def test_a_hub_that_hangs_is_not_waited_for(hub: LoopbackHub, folder: Path) -> None:
    import threading

    release = threading.Event()

    def hang(number: int, kind: str) -> None:
        if kind == "commit" and hub.traffic.counts["commit"] == 1:
            release.wait(30)

    hub.traffic.before = hang
    try:
        code, _, err = push_built(hub, folder, "0.5")
    finally:
        release.set()
    assert code == 0, err
    assert "no answer" in err and "ReadTimeout" in err


def test_a_dead_endpoint_is_one_line(folder: Path) -> None:
    with loopback_hub() as closed:
        pass
    code, _, err = push_built(closed, folder)
    assert code == 1
    assert "no answer from" in err.splitlines()[-1] and "Traceback" not in err


def _kill_points() -> list[ParameterSet]:
    """Ten requests out of those of one push, half of them slow, and whether their work is done when the blow falls."""
    chance = random.Random(3)
    numbers = chance.sample(range(1, 55), 10)
    return [
        pytest.param(number, chance.random() < 0.5, marks=[] if place < 5 else [pytest.mark.slow])
        for place, number in enumerate(numbers)
    ]


@pytest.mark.parametrize(("number", "worked"), _kill_points())
def test_sigkill_inside_a_push_leaves_nothing_in_part(
    hub: LoopbackHub, folder: Path, number: int, worked: bool
) -> None:
    victims: list[subprocess.Popen[str]] = []

    def kill(seen: int, kind: str) -> None:
        if seen == number:
            victims[0].kill()
            victims[0].wait()

    if worked:
        hub.traffic.after = kill
    else:
        hub.traffic.before = kill
    victims.append(start_push(hub, folder))
    victims[0].communicate(timeout=60)
    assert victims[0].returncode == -signal.SIGKILL

    hub.traffic.clear()
    if hub.store.repositories:
        assert remote_contents(hub) in ({}, local_contents(folder))
    large = len([name for name in local_contents(folder) if name.endswith((".parquet", ".png"))])
    missing = large - len(hub.store.large_files)
    code, _, err = push_built(hub, folder)
    assert code == 0, err
    assert_pushed_whole(hub, folder)
    assert hub.traffic.counts["lfs_put"] <= missing
