"""A push as its user meets it: the command, then what the loopback Hub holds and what `load_dataset` reads from it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from scoring.annotations import append_annotation
from tests.fakes.hub_faults import Fault, Harm
from tests.fakes.hub_server import LoopbackHub, loopback_hub
from tests.pushing import (
    REPO_ID,
    hub_environment,
    local_contents,
    remote_contents,
    repository_of,
    run_push,
)
from tests.rated_runs import a_rating, rated_session, write_runs
from tests.records import a_step

LOAD = """
import json, sys
from datasets import Image, get_dataset_config_names, load_dataset

def plain(dataset):
    return [json.dumps(row, default=repr) for row in raw(dataset)]

def raw(dataset):
    for name, feature in dataset.features.items():
        if isinstance(feature, Image):
            dataset = dataset.cast_column(name, Image(decode=False))
    return dataset

folder, repo_id, cache = sys.argv[1:]
counts = {}
for config in get_dataset_config_names(repo_id):
    ours = load_dataset(folder, config, cache_dir=cache + "/local")
    theirs = load_dataset(repo_id, config, cache_dir=cache + "/hub")
    streamed = load_dataset(repo_id, config, streaming=True, cache_dir=cache + "/hub")
    assert list(ours) == list(theirs) == list(streamed)
    for split in ours:
        if "images" not in ours[split].features:
            assert plain(ours[split]) == plain(theirs[split]) == plain(streamed[split]), (config, split)
        pairs = zip(ours[split], theirs[split], streamed[split], strict=True)
        for a, b, c in pairs:
            for x, y, z in zip(a.get("images", ()), b.get("images", ()), c.get("images", ()), strict=True):
                assert x.tobytes() == y.tobytes() == z.tobytes()
        counts[f"{config}/{split}"] = ours[split].num_rows
print(json.dumps(counts))
"""


@pytest.fixture
def hub() -> Iterator[LoopbackHub]:
    with loopback_hub() as running:
        yield running


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A folder with runs to build from."""
    write_runs(tmp_path / "runs", 6)
    return tmp_path


def test_what_was_pushed_loads_as_the_folder_does(hub: LoopbackHub, base: Path) -> None:
    done = run_push(hub, base)
    assert done.returncode == 0, done.stderr
    repository = repository_of(hub)
    assert repository.private
    assert [commit.title.split(",")[0] for commit in repository.history()] == ["Push 15 files", "initial commit"]
    assert remote_contents(hub) == local_contents(base / "dataset")
    [tag] = repository.tags
    assert repository.tags[tag] == repository.history()[0].oid
    assert tag in done.stdout and repository.history()[0].oid in done.stdout
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD, str(base / "dataset"), REPO_ID, str(base / "cache")],
        env=hub_environment(hub, base / "home"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert loaded.returncode == 0, loaded.stderr
    counts = json.loads(loaded.stdout)
    assert {"sft/train", "heldout/test", "steps/train", "scores/auto", "instruct/train"} <= counts.keys()
    assert min(counts.values()) > 0
    assert not [kind for kind in hub.traffic.counts if kind.startswith("unknown")]


def test_a_second_push_sends_nothing_and_a_changed_one_only_what_changed(hub: LoopbackHub, base: Path) -> None:
    assert run_push(hub, base).returncode == 0
    sent, head = hub.store.uploaded_bytes, repository_of(hub).history()[0]
    hub.traffic.clear()
    again = run_push(hub, base)
    assert again.returncode == 0 and "nothing sent, no commit" in again.stdout
    assert hub.traffic.writes == 0
    assert (hub.store.uploaded_bytes, repository_of(hub).history()[0]) == (sent, head)

    renamed = run_push(hub, base, "export=[sft,steps]", "push.tag=v2")
    assert renamed.returncode == 0, renamed.stderr
    assert remote_contents(hub) == local_contents(base / "dataset")
    assert not any(path.startswith("sessions/") for path in remote_contents(hub))
    assert "deleted       sessions/train-00000-of-00001.parquet" in renamed.stdout
    assert len(repository_of(hub).history()) == 3
    assert hub.traffic.counts["lfs_put"] == 0  # only the card is new, and git holds it
    assert repository_of(hub).tags["v2"] == repository_of(hub).history()[0].oid


def test_a_dry_run_writes_nothing(hub: LoopbackHub, base: Path) -> None:
    done = run_push(hub, base, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "would send    15 of 15 files" in done.stdout
    assert hub.traffic.writes == 0 and not hub.store.repositories
    assert set(hub.traffic.counts) == {"whoami", "info"}


def test_a_dry_run_without_a_token_checks_all_that_is_here(hub: LoopbackHub, base: Path) -> None:
    done = run_push(hub, base, "--dry-run", token=None)
    assert done.returncode == 0, done.stderr
    assert "looking through 15 files" in done.stderr
    assert "15 files" in done.stdout and "the Hub was not asked" in done.stdout
    assert not hub.traffic.counts
    step = a_step(session_id="20260102_030450_s50", reasoning="Write to ada@example.org.", world_seed=50)
    rated_session(base / "runs", 50, steps=(step,), total_steps=1)
    found = run_push(hub, base, "--dry-run", "lint=off", token=None)
    assert found.returncode == 2 and "an e-mail" in found.stderr


@pytest.mark.parametrize(
    ("token", "overrides", "words"),
    [
        (None, (), "no token for the Hub; set HF_TOKEN"),
        ("hf_wrong", (), "does not accept the token"),
        ("hf_loopback_write", ("push.repo_id=other/name",), "may not write to other/name"),
        ("hf_loopback_write", ("push.repo_id=nameless",), "expected user/name"),
        ("hf_loopback_write", ("push.tag=has space",), "push.tag=has space"),
        ("hf_loopback_write", ("push.raters=initials",), "salted, names"),
        ("hf_loopback_write", ("push.token=hf_secret",), "push.token"),
    ],
)
def test_what_a_user_gets_wrong_is_one_line_and_exit_2(
    hub: LoopbackHub, base: Path, token: str | None, overrides: tuple[str, ...], words: str
) -> None:
    done = run_push(hub, base, *overrides, token=token)
    assert done.returncode == 2
    [line] = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert words in line and "Traceback" not in done.stderr
    assert "hf_wrong" not in done.stderr
    assert not hub.store.repositories


def test_a_game_of_others_needs_rights_which_stand_on_the_card(hub: LoopbackHub, base: Path) -> None:
    rated_session(base / "runs", 40, game="foreign_game", synthetic=False)
    refused = run_push(hub, base)
    assert refused.returncode == 2 and "push.rights=" in refused.stderr and "foreign_game" in refused.stderr
    assert hub.traffic.writes == 0
    done = run_push(hub, base, "push.rights='own homebrew, CC BY 4.0'")
    assert done.returncode == 0, done.stderr
    assert "own homebrew, CC BY 4.0" in remote_contents(hub)["README.md"].decode()


def test_people_are_named_and_quoted_only_when_asked_for(hub: LoopbackHub, base: Path) -> None:
    directory = next((base / "runs").glob("session_*_s1"))
    session_id = directory.name.removeprefix("session_")
    words = {"rater": "Ada Lovelace", "source": "human", "feedback": "Well walked.", "justification": "It got there."}
    append_annotation(directory / "annotations.jsonl", a_rating(session_id, 8, **words))
    names = []
    for _ in range(2):
        assert run_push(hub, base).returncode == 0
        [row] = pq.read_table(base / "dataset" / "scores" / "human-00000-of-00001.parquet").to_pylist()
        assert (row["score"], row["feedback"], row["justification"]) == (8, "", "")
        names.append(row["rater"])
    everything = b"".join(remote_contents(hub).values())
    salt = (base / "dataset" / "rater_salt.txt").read_bytes().strip()
    assert names[0] == names[1] and names[0].startswith("rater-")
    assert not any(text in everything for text in (b"Lovelace", b"Well walked", b"It got there", salt))
    assert not any("salt" in path for path in remote_contents(hub))

    done = run_push(hub, base, "push.feedback=true", "push.raters=names")
    assert done.returncode == 0, done.stderr
    [row] = pq.read_table(base / "dataset" / "scores" / "human-00000-of-00001.parquet").to_pylist()
    assert (row["rater"], row["feedback"]) == ("Ada Lovelace", "Well walked.")


def test_private_texts_stop_the_push_before_anything_is_sent(hub: LoopbackHub, base: Path) -> None:
    step = a_step(session_id="20260102_030450_s50", reasoning="Write to ada@example.org.", world_seed=50)
    rated_session(base / "runs", 50, total_steps=1, steps=(step,))
    gated = run_push(hub, base)
    assert (gated.returncode, hub.traffic.writes) == (1, 0), gated.stderr
    assert "column steps.reasoning: an e-mail address: ada@example.org" in run_push(hub, base, "export=[steps]").stderr
    done = run_push(hub, base, "lint=off")
    assert done.returncode == 2, done.stderr
    assert "column reasoning: an e-mail address: ada@example.org" in done.stderr
    assert hub.traffic.writes == 0
    allowed = run_push(hub, base, "push.allow=[ada@example.org]")
    assert allowed.returncode == 0, allowed.stderr


def test_a_repository_of_others_a_public_one_and_a_taken_tag_are_refused(hub: LoopbackHub, base: Path) -> None:
    repository = hub.store.create(REPO_ID, private=False)
    public = run_push(hub, base)
    assert public.returncode == 2 and "it is public" in public.stderr
    repository.add_commit("main", "weights", {"model.bin": repository.store_blob(b"1")})
    foreign = run_push(hub, base, "push.private=false")
    assert foreign.returncode == 2 and "it holds model.bin" in foreign.stderr
    del hub.store.repositories[REPO_ID]

    assert run_push(hub, base, "push.tag=v1").returncode == 0
    hub.traffic.clear()
    taken = run_push(hub, base, "push.tag=v1", "min_score=7")
    assert taken.returncode == 2 and "push.tag=v1: it already names other content" in taken.stderr
    assert hub.traffic.writes == 0


def test_files_of_others_beside_ours_stay(hub: LoopbackHub, base: Path) -> None:
    assert run_push(hub, base).returncode == 0
    repository = repository_of(hub)
    head = repository.history()[0]
    notes = {**head.files, "notes/thanks.txt": repository.store_blob(b"thank you")}
    repository.add_commit("main", "thanks", notes)
    assert run_push(hub, base, "export=[sft]").returncode == 0
    contents = remote_contents(hub)
    assert contents.pop("notes/thanks.txt") == b"thank you"
    assert contents == local_contents(base / "dataset")


@pytest.mark.parametrize("kind", ["lfs_put", "resolve"])
def test_content_that_the_hub_spoils_is_caught_and_not_tagged(hub: LoopbackHub, base: Path, kind: str) -> None:
    hub.traffic.plant(Fault(kind=kind, first=3, harm=Harm.CORRUPT))
    done = run_push(hub, base)
    assert done.returncode == 1
    assert "reads back with sha256" in done.stderr and "is not tagged" in done.stderr
    assert not repository_of(hub).tags
