import hashlib
import re
import shlex
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import ConfigError
from collector.run_directory import SessionDirectory
from dataset_script.curation import BUTTON_CAP, NO_EFFECT, REPEATED, TASK_CAP, curate
from dataset_script.curation_card import balance_report, choices_text
from dataset_script.curation_config import CurationSettings, Duplicates
from dataset_script.sampling import HistoryDropout, rank
from dataset_script.splits import Split
from scoring.annotations import append_annotation
from tests.rated_runs import a_rating, a_screen, built, corpus_of, rated_session, settings_for, steps_of, write_runs
from tests.records import a_session

Name = tuple[str, int]


def rows_of(output: Path, config: str = "sft", split: str = "train") -> list[dict[str, Any]]:
    return [row for path in sorted((output / config).glob(f"{split}-*")) for row in pq.read_table(path).to_pylist()]


def names_of(output: Path, split: str = "train") -> set[Name]:
    return {(row["session_id"], row["step"]) for row in rows_of(output, split=split)}


def parquet_digests(output: Path) -> dict[str, str]:
    return {
        path.relative_to(output).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(output.rglob("*.parquet"))
    }


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sessions that no test changes."""
    runs = tmp_path_factory.mktemp("curation") / "runs"
    write_runs(runs, 14)
    return runs


def one_task(runs: Path, number: int, *, states: list[str], **changes: Any) -> None:
    """A session of check_bag whose steps stand in these states."""
    same = {"world_seed": 1, "start_id": "w0001", "task_id": "check_bag", "total_steps": len(states)}
    session = a_session(session_id=f"20260102_0304{number:02d}_s{number}", **same)
    steps = steps_of(session, action="press_a", reasoning=f"Session {number}.", **changes)
    named = (replace(step, state=state) for step, state in zip(steps, states, strict=True))
    rated_session(runs, number, steps=tuple(named), **same)


def test_off_changes_no_row_and_adds_no_column(runs: Path, tmp_path: Path) -> None:
    built(runs, tmp_path / "plain")
    built(runs, tmp_path / "seeded", "curation.seed=7")
    assert parquet_digests(tmp_path / "plain") == parquet_digests(tmp_path / "seeded")
    assert "weight" not in rows_of(tmp_path / "plain")[0]
    assert "Train was not thinned out" in (tmp_path / "plain" / "README.md").read_text()


def test_two_curated_builds_are_the_same_bytes(runs: Path, tmp_path: Path) -> None:
    overrides = ("curation.max_per_task=5", "curation.history_dropout=0.5", "curation.weights=button", "history=3")
    for output in ("one", "two"):
        built(runs, tmp_path / output, "export=[sft]", *overrides)
    assert parquet_digests(tmp_path / "one") == parquet_digests(tmp_path / "two")


@pytest.mark.parametrize(("cap", "column"), [("max_per_task", "task_id"), ("max_per_button", "action")])
def test_caps_hold_and_touch_train_alone(runs: Path, tmp_path: Path, cap: str, column: str) -> None:
    built(runs, tmp_path / "all", "export=[sft]")
    built(runs, tmp_path / "capped", "export=[sft]", f"curation.{cap}=3")
    before, after = (Counter(row[column] for row in rows_of(tmp_path / name)) for name in ("all", "capped"))
    assert max(before.values()) > 3
    assert after == {group: min(count, 3) for group, count in before.items()}
    assert names_of(tmp_path / "capped", "validation") == names_of(tmp_path / "all", "validation") != set()


def test_a_cap_keeps_what_it_kept_when_sessions_are_added(tmp_path: Path) -> None:
    """Bottom draws of names: of the old examples only some leave, and none comes in that was left out."""
    runs, output = tmp_path / "runs", tmp_path / "out"
    write_runs(runs, 14)
    built(runs, output, "export=[sft]", "curation.max_per_task=5")
    first = {split: names_of(output, split) for split in ("train", "validation")}
    old = {path.name.removeprefix("session_") for path in runs.iterdir()}
    for number in range(15, 23):
        rated_session(runs, number)
    built(runs, output, "export=[sft]", "curation.max_per_task=5")
    second = {split: names_of(output, split) for split in ("train", "validation")}
    assert {name for name in second["train"] if name[0] in old} <= first["train"]
    assert first["validation"] <= second["validation"]
    assert not second["train"] & first["validation"] and not second["validation"] & first["train"]


def test_presses_without_effect_are_taken_out_and_counted(tmp_path: Path) -> None:
    one_task(tmp_path / "runs", 1, states=['{"x": 1}', '{"x": 2}', '{"x": 3}'], action_effect=False)
    one_task(tmp_path / "runs", 2, states=['{"x": 4}'])
    curation = curate(corpus_of(settings_for(tmp_path / "runs", tmp_path / "out")), CurationSettings(no_effect=False))
    assert curation.counts == {NO_EFFECT: 3}
    assert (sum(curation.before.by_task.values()), sum(curation.after.by_task.values())) == (4, 1)


@pytest.mark.parametrize("duplicates", ["exact", "near"])
@pytest.mark.parametrize("state", ['{"x": 1}', "{}"])
@pytest.mark.parametrize(("changes", "taken_out"), [({}, 1), ({"report": "3 potions"}, 0), ({"done": True}, 0)])
def test_answers_that_differ_are_no_repetitions(
    tmp_path: Path, duplicates: str, state: str, changes: dict[str, Any], taken_out: int
) -> None:
    """In a task of reports the answer is what is said, not the button beside it; reasons, which differ, are none."""
    shown = {"frame_hash": a_screen(1, 1).digest(), "previous_actions": (), "report": "2 potions"}
    for number, more in enumerate(({}, changes), 1):
        one_task(tmp_path / "runs", number, states=[state], **shown | more)
    corpus = corpus_of(settings_for(tmp_path / "runs", tmp_path / "out"))
    assert len(curate(corpus, CurationSettings(duplicates=Duplicates(duplicates))).taken_out) == taken_out


@pytest.mark.parametrize(("duplicates", "taken_out"), [("keep", 0), ("exact", 1), ("near", 2)])
def test_repetitions_are_taken_out(tmp_path: Path, duplicates: str, taken_out: int) -> None:
    """`town` differs between the sessions and never changes within one, so it only tells worlds apart."""
    one_task(tmp_path / "runs", 1, states=['{"x": 1, "town": "a"}', '{"x": 2, "town": "a"}'])
    one_task(tmp_path / "runs", 2, states=['{"x": 1, "town": "b"}', '{"x": 3, "town": "b"}'])
    one_task(tmp_path / "runs", 3, states=['{"x": 2, "town": "a", "palette": 3}'])
    corpus = corpus_of(settings_for(tmp_path / "runs", tmp_path / "out"))
    curation = curate(corpus, CurationSettings(duplicates=Duplicates(duplicates)))
    assert curation.counts == ({REPEATED: taken_out} if taken_out else {})
    assert len(curation.taken_out) == taken_out


def test_games_without_states_are_compared_by_their_screens(tmp_path: Path) -> None:
    shown = a_screen(1, 1).digest()
    one_task(tmp_path / "runs", 1, states=["{}", "{}"], frame_hash=shown)
    corpus = corpus_of(settings_for(tmp_path / "runs", tmp_path / "out"))
    assert curate(corpus, CurationSettings(duplicates=Duplicates.NEAR)).counts == {REPEATED: 1}


def test_reasons_follow_each_other(runs: Path, tmp_path: Path) -> None:
    corpus = corpus_of(settings_for(runs, tmp_path / "out"))
    curation = curate(corpus, CurationSettings(max_per_task=6, max_per_button=2))
    before, after = (sum(balance.by_task.values()) for balance in (curation.before, curation.after))
    assert list(curation.counts) == [TASK_CAP, BUTTON_CAP]
    assert after == before - sum(curation.counts.values()) == before - len(curation.taken_out)
    assert set(curation.after.by_button.values()) == {2}


def test_history_is_left_out_of_its_share_of_train_alone(runs: Path, tmp_path: Path) -> None:
    built(
        runs, tmp_path / "out", "export=[sft,instruct]", "curation.history_dropout=0.5", "history=3", "curation.seed=4"
    )
    dropout = HistoryDropout(seed=4, share=0.5)
    seen = Counter[bool]()
    for config in ("sft", "instruct"):
        for row in rows_of(tmp_path / "out", config):
            place = row.get("metadata", row)
            forgets = dropout.takes(place["session_id"], place["step"])
            seen[forgets] += place["step"] > 1
            shown = 1 if forgets else min(place["step"], 3)
            assert len(row["images"]) == shown
            if config == "sft":
                [last] = re.findall(r"Last buttons: (.+)\.", row["prompt"][-1]["content"][-1]["text"])
                assert (last == "none") == (forgets or place["step"] == 1)
            else:
                told = row["input"]["game_state"]["previous_actions"]
                assert len(told) == (0 if forgets else place["step"] - 1)
    assert min(seen.values()) > 5
    for row in rows_of(tmp_path / "out", split="validation"):
        assert len(row["images"]) == min(row["step"], 3)


@pytest.mark.parametrize(("by", "column"), [("task", "task_id"), ("button", "action")])
def test_under_the_weights_every_group_comes_to_the_same(runs: Path, tmp_path: Path, by: str, column: str) -> None:
    built(runs, tmp_path / "out", "export=[sft,instruct,steps]", f"curation.weights={by}")
    sums, rows = Counter[str](), rows_of(tmp_path / "out")
    for row in rows:
        sums[row[column]] += row["weight"]
    assert all(total == pytest.approx(len(rows) / len(sums), abs=1e-3) for total in sums.values())
    assert all("weight" in row for row in rows_of(tmp_path / "out", "instruct"))
    assert "weight" not in rows_of(tmp_path / "out", "steps")[0]
    assert list(rows[0])[-1] == "weight"
    assert (tmp_path / "out" / "README.md").read_text().count("| `weight` | `float` | How much the row counts") == 2


CARDS_COMMAND: Final = r"^python -m dataset_script runs=RUNS output=DIR (.+)$"


@pytest.mark.parametrize(
    "overrides",
    [
        ("export=[sft,instruct]", "curation.max_per_button=7", "curation.history_dropout=0.3", "obs=image+memory"),
        (
            *("export=[sft,steps]", "picture_format=webp", "exclude_policies=['a b','c;d',random]", "max_actions=2"),
            *("min_score=5.5000001", "curation.duplicates=near", "curation.no_effect=false", "grid=true"),
        ),
    ],
)
def test_the_cards_command_builds_the_same_rows(runs: Path, tmp_path: Path, overrides: tuple[str, ...]) -> None:
    """Sessions that a setting leaves out only if its every digit and space is told are there, too."""
    runs = Path(shutil.copytree(runs, tmp_path / "runs"))
    for number, policy in ((21, "a b"), (22, "c;d"), (23, "model")):
        rated_session(runs, number, score=None if policy == "model" else 9, policy=policy)
    middling = SessionDirectory(runs / "session_20260102_030423_s23")
    for score in (5, 6):
        rating = a_rating(middling.session_id, score, rater=str(score), annotation_id=str(score))
        append_annotation(middling.annotations, rating)
    built(runs, tmp_path / "one", *overrides)
    [choices] = re.findall(CARDS_COMMAND, (tmp_path / "one" / "README.md").read_text(), re.MULTILINE)
    built(runs, tmp_path / "two", *shlex.split(choices))
    assert parquet_digests(tmp_path / "one") == parquet_digests(tmp_path / "two")


def test_the_cards_command_says_what_it_needs_of_ones_own(runs: Path, tmp_path: Path) -> None:
    """A folder's path is nobody's business, and a wording that is not ours can't be built with its name alone."""
    shipped = settings_for(runs, tmp_path / "out")
    assert "\n" not in (text := choices_text(shipped)) and "CONFIGS" not in text and "branches" not in text
    changed = ("prompt.user='What now?'", f"branches={tmp_path}", "export=[sft,kto]", "export.kto.splits=[validation]")
    own = settings_for(runs, tmp_path / "out", *changed)
    command, *comments = choices_text(own).splitlines()
    assert command.startswith("--config-dir CONFIGS branches=BRANCHES ") and str(tmp_path) not in choices_text(own)
    wording = f"prompt/default.yaml with the wording {own.prompt.template.prompt_id}"
    assert comments == [
        f"# CONFIGS: a folder with what is not part of the software: {wording}, export/kto.yaml",
        "# BRANCHES: the run tree of python -m collector.branch",
    ]


def test_the_balance_is_told_and_stands_on_the_card(runs: Path, tmp_path: Path) -> None:
    told = "\n".join(built(runs, tmp_path / "out", "export=[sft,instruct]", "curation.max_per_task=4"))
    card = (tmp_path / "out" / "README.md").read_text()
    before = Counter(row["task_id"] for row in rows_of_plain(runs, tmp_path))
    total = sum(before.values())
    for task, count in before.items():
        assert f"| `{task}` | {count} ({count / total:.1%}) | 4 ({4 / (4 * len(before)):.1%}) |" in card
        assert re.search(rf"{task} +{count} \({count / total:.1%}\) +4 \(", told)
    assert f"| taken out: {TASK_CAP} | {total - 4 * len(before)} |" in card
    assert "WARNING" not in told


def test_a_task_that_has_nothing_left_is_warned_of(tmp_path: Path) -> None:
    """Three tasks press the same button once each, and only one of them may."""
    for number in (1, 2, 3):
        rated_session(tmp_path / "runs", number, total_steps=1)
    settings = settings_for(tmp_path / "runs", tmp_path / "out", "curation.max_per_button=1")
    corpus = corpus_of(settings)
    corpus = replace(corpus, sessions=tuple(replace(placed, split=Split.TRAIN) for placed in corpus.sessions))
    curation = curate(corpus, settings.curation)
    [kept] = curation.after.by_task
    lost = re.findall(r"WARNING: task (\w+) had 1 example and has none left", balance_report(curation, settings))
    assert lost == sorted({"check_bag", "read_sign", "talk_to_nell"} - {kept})


def rows_of_plain(runs: Path, folder: Path) -> list[dict[str, Any]]:
    built(runs, folder / "plain", "export=[sft]")
    return rows_of(folder / "plain")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("curation.max_per_task=0", r"curation\.max_per_task=0: expected a whole number from 1"),
        ("curation.history_dropout=1.5", r"curation\.history_dropout=1\.5: expected 0 to 1"),
        ("curation.duplicates=some", r"curation\.duplicates=some: expected one of keep, exact, near"),
        ("curation.weights=all", r"curation\.weights=all: expected one of none, task, button"),
    ],
)
def test_wrong_values_name_the_key(tmp_path: Path, override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        settings_for(tmp_path, tmp_path / "out", override)


@given(st.integers(0, 9), st.text(max_size=8), st.integers(1, 400), st.floats(0, 1))
def test_a_larger_share_takes_all_that_a_smaller_one_took(seed: int, session: str, step: int, share: float) -> None:
    drawn = rank(seed, "history", session, step)
    assert 0 <= drawn < 1
    assert HistoryDropout(seed=seed, share=share).takes(session, step) == (drawn < share)
