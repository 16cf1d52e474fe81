"""The log keeps every rating, says what it can't read, and one rule decides which ratings count."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import InputError, WorkError
from collector.records import Step
from collector.run_directory import SessionDirectory
from collector.shards import ShardWriter
from scoring.annotations import (
    annotate,
    append_annotation,
    current,
    ratings_of,
    read_annotations,
    resolve,
    score_in_force,
    source_in_force,
)
from scoring.records import Annotation, Source, annotation_to_json, retraction_of
from tests.records import SESSION_ID, a_session, write_session
from tests.unit.scoring.strategies import annotations
from tests.unit.scoring.test_records import an_annotation


def rating(rater: str, score: int | None, source: str = "human", **changes: object) -> Annotation:
    reason = {"justification": "taken back"} if score is None else {}
    return an_annotation(
        **({"session_id": SESSION_ID, "rater": rater, "score": score, "source": source} | reason | changes)
    )


def an_empty_directory(path: Path) -> SessionDirectory:
    directory = SessionDirectory(path / f"session_{SESSION_ID}")
    directory.path.mkdir(exist_ok=True)
    return directory


@given(st.lists(annotations, max_size=5))
def test_what_is_appended_is_read_back_in_order(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Annotation]
) -> None:
    directory = an_empty_directory(tmp_path_factory.mktemp("log"))
    for row in rows:
        append_annotation(directory.annotations, row)
    log = read_annotations(directory)
    assert log.annotations == tuple(rows)
    assert log.problems == ()


@given(cut=st.integers(1, 10_000))
def test_a_torn_last_line_is_reported_and_loses_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    directory = an_empty_directory(tmp_path_factory.mktemp("torn"))
    before, torn, after = rating("a", 5, feedback="é"), rating("b", 6, feedback="日本"), rating("c", 7)
    append_annotation(directory.annotations, before)
    line = annotation_to_json(torn).encode()
    with directory.annotations.open("ab") as out:
        out.write(line[: 1 + cut % (len(line) - 1)])
    log = read_annotations(directory)
    assert log.annotations == (before,)
    assert len(log.problems) == 1
    assert ":2: torn after" in log.problems[0]
    append_annotation(directory.annotations, after)
    log = read_annotations(directory)
    assert log.annotations == (before, after)
    assert len(log.problems) == 1


def test_a_line_that_was_spoilt_by_hand_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    directory = an_empty_directory(tmp_path)
    append_annotation(directory.annotations, rating("a", 5))
    with directory.annotations.open("a") as out:
        out.write("oops\n\n")
    append_annotation(directory.annotations, rating("b", 6))
    log = read_annotations(directory)
    assert [row.rater for row in log.annotations] == ["a", "b"]
    assert len(log.problems) == 1
    assert log.problems[0].startswith(f"{directory.annotations}:2: not JSON")


WRITER = """
import sys
from pathlib import Path
from scoring.annotations import append_annotation
from scoring.records import Annotation
path, rater = Path(sys.argv[1]), sys.argv[2]
for number in range(int(sys.argv[3])):
    append_annotation(path, Annotation(
        session_id="s", rater=rater, source="human", score=1 + number % 10, rubric_version="1",
        feedback=f"{number} " + "x" * (number * 97 % 9000),
    ))
"""


def test_processes_that_write_at_once_lose_nothing_and_tear_nothing(tmp_path: Path) -> None:
    directory, each = an_empty_directory(tmp_path), 100
    command = [sys.executable, "-c", WRITER, str(directory.annotations)]
    writers = [subprocess.Popen([*command, f"rater{number}", str(each)]) for number in range(4)]
    assert [writer.wait(60) for writer in writers] == [0] * len(writers)
    log = read_annotations(directory)
    assert log.problems == ()
    assert Counter(row.rater for row in log.annotations) == {f"rater{number}": each for number in range(4)}
    for number in range(4):
        own = [row for row in log.annotations if row.rater == f"rater{number}"]
        assert [int(row.feedback.split()[0]) for row in own] == list(range(each))


@pytest.mark.slow
def test_eight_writers_of_a_thousand_each_lose_nothing_and_of_the_killed_at_most_the_line_in_flight(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = an_empty_directory(tmp_path)
    script = WRITER + "    print(number, flush=True)\n"
    command = [sys.executable, "-c", script, str(directory.annotations)]

    def start(rater: str, count: int) -> subprocess.Popen[str]:
        return subprocess.Popen([*command, rater, str(count)], stdout=subprocess.PIPE, text=True)

    living = [start(f"living{number}", 1000) for number in range(8)]
    killed = [start(f"killed{number}", 1_000_000) for number in range(8)]
    told: dict[str, int] = {}
    for number, writer in enumerate(killed):
        assert writer.stdout is not None
        for _ in range(20 + 40 * number):
            writer.stdout.readline()
        writer.kill()
        rest = [line for line in writer.stdout if line.endswith("\n")]
        told[f"killed{number}"] = 20 + 40 * number + len(rest)
        writer.stdout.close()
        writer.wait()
    for writer in living:
        assert writer.communicate(timeout=300)[0].count("\n") == 1000
    log = read_annotations(directory)
    found = Counter(row.rater for row in log.annotations)
    with capsys.disabled():
        print(
            f"\n{len(log.annotations)} ratings, {sum(found[f'living{n}'] for n in range(8))} of 8,000 by the living, "
            f"{sum(told.values())} told by the killed and {sum(found[rater] for rater in told)} on disk, "
            f"{len(log.problems)} torn"
        )
    for number in range(8):
        own = [row for row in log.annotations if row.rater == f"living{number}"]
        assert [int(row.feedback.split()[0]) for row in own] == list(range(1000))
    for rater, count in told.items():
        own = [row for row in log.annotations if row.rater == rater]
        assert [int(row.feedback.split()[0]) for row in own] == list(range(len(own)))
        assert count <= len(own) <= count + 1
    assert log.problems == ()


def test_a_writer_that_is_killed_loses_no_rating_it_had_written(tmp_path: Path) -> None:
    directory = an_empty_directory(tmp_path)
    script = WRITER + "    print(number, flush=True)\n"
    command = [sys.executable, "-c", script, str(directory.annotations), "r", "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(50)]
        writer.kill()
        acknowledged += [int(line) for line in writer.stdout if line.endswith("\n")]
    numbers = [int(row.feedback.split()[0]) for row in read_annotations(directory).annotations]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= len(acknowledged)


def test_a_full_disk_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    directory = an_empty_directory(tmp_path)
    append_annotation(directory.annotations, rating("a", 5))
    before = directory.annotations.read_bytes()
    script = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 20}, resource.RLIM_INFINITY))\n" + WRITER
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(directory.annotations), "r", "1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "could not append a rating" in done.stderr
    assert directory.annotations.read_bytes() == before


def test_resolve_takes_each_raters_latest_and_then_the_median() -> None:
    log = [rating("a", 2), rating("b", 9), rating("a", 4), rating("auto", 10, "auto")]
    assert resolve(log, Source.HUMAN) == 6.5
    assert resolve(log, Source.AUTO) == 10
    assert resolve(log, Source.JUDGE) is None
    assert [row.score for row in current(log, Source.HUMAN)] == [9, 4]


def test_what_is_taken_back_counts_no_more_and_the_older_one_stays_replaced() -> None:
    first = rating("a", 3)
    second = rating("a", 8, supersedes=first.annotation_id)
    taken_back = retraction_of(second)
    assert taken_back.retracts
    assert resolve([first, second, taken_back], Source.HUMAN) is None


@pytest.mark.parametrize("said", [{"seconds_spent": 1.5}, {"feedback": "no picture"}, {"wrong_steps": (1,)}])
def test_who_can_not_judge_on_a_second_look_takes_nothing_back(said: dict[str, object]) -> None:
    assert not rating("a", None, supersedes="earlier", **said).retracts


def test_supersedes_reaches_another_name_of_the_same_source_only() -> None:
    old_rule = rating("rule-1", 3, "auto")
    person = rating("a", 5)
    log = [old_rule, person, rating("rule-2", 9, "auto", supersedes=old_rule.annotation_id)]
    assert resolve(log, Source.AUTO) == 9
    meddling = rating("rule-2", 1, "auto", supersedes=person.annotation_id)
    assert resolve([*log, meddling], Source.HUMAN) == 5


def test_the_score_in_force_is_the_peoples_then_the_judges_then_the_rules() -> None:
    log = [rating("auto", 10, "auto")]
    assert (score_in_force([]), source_in_force([])) == (None, None)
    assert (score_in_force(log), source_in_force(log)) == (10, Source.AUTO)
    log.append(rating("judge", 6, "judge"))
    assert (score_in_force(log), source_in_force(log)) == (6, Source.JUDGE)
    log.append(rating("a", 3))
    assert (score_in_force(log), source_in_force(log)) == (3, Source.HUMAN)
    log.append(rating("a", None))
    assert (score_in_force(log), source_in_force(log)) == (6, Source.JUDGE)


def test_the_views_show_the_score_in_force_with_its_reason_and_the_latest_words_of_a_person() -> None:
    rule = rating("auto", 10, "auto", justification="shortest way")
    found = ratings_of([rule, rating("a", None, justification="black pictures", feedback="can't see it")])
    assert (found.final_score, found.human_score) == (10.0, None)
    assert (found.score_justification, found.human_feedback) == ("shortest way", "can't see it")


def test_a_rating_reaches_the_metadata_the_trace_and_the_training_data(tmp_path: Path) -> None:
    directory = write_session(tmp_path, a_session())
    directory.training_data.touch()
    annotate(directory, rating("auto", 10, "auto", justification="shortest way"))
    annotate(directory, rating("a", 8, feedback="sound", justification="one idle press"))
    session = directory.read_session()
    assert session.final_score == 8.0
    assert session.final_result.human_feedback == "sound"
    assert session.final_result.score_justification == "one idle press"
    assert json.loads(directory.trace.read_text())["final_result"]["human_feedback"] == "sound"
    examples = [json.loads(line) for line in directory.training_data.read_text().splitlines()]
    assert [example["metadata"]["human_score"] for example in examples] == [8.0] * 3


def test_a_session_that_is_being_recorded_and_a_foreign_rating_are_refused(tmp_path: Path) -> None:
    directory = write_session(tmp_path, a_session(session_id="20260102_030405_live", status="running", end_time=None))
    directory.shard.unlink()
    with ShardWriter(directory.shard, Step), pytest.raises(InputError, match="still being recorded"):
        annotate(directory, rating("a", 8, session_id=directory.session_id))
    with pytest.raises(InputError, match="the rating is for"):
        annotate(directory, rating("a", 8))
    assert not directory.annotations.exists()


def test_a_log_that_can_not_be_opened_is_a_work_error(tmp_path: Path) -> None:
    directory = an_empty_directory(tmp_path)
    directory.annotations.mkdir()
    with pytest.raises(WorkError, match="can't be opened"):
        append_annotation(directory.annotations, rating("a", 5))
