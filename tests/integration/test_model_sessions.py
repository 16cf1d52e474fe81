"""Sessions that a model plays, end to end: what it was shown is what a dataset row shows, and what it said is kept."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from collector.agents.settings import AgentSettings
from collector.pictures import decode_picture
from collector.prompt_files import load_prompt
from collector.recording import record_session
from collector.records import Session
from collector.run_directory import SessionDirectory, recorded_sessions
from collector.shards import read_rows
from collector.views import Ratings, rebuild_views
from dataset_script.exports.protocol import PromptExport, load_export
from scoring.annotations import append_annotation
from tests.fakes.model_server import Asked, ModelServer, reply_text, silence
from tests.fakes.providers import PROVIDERS, provider, settings_for
from tests.playing import a_job, collector_command, environment, run_collector
from tests.rated_runs import a_rating, corpus_of
from tests.rated_runs import settings_for as build_settings

SCRIPT = (
    reply_text("press_start"),
    reply_text(["press_down", "press_up"]),
    "I am not sure.",
    reply_text("jump"),
    reply_text("press_b", reasoning="Zurück — “ß” ✓"),
    reply_text("wait"),
    reply_text("press_left"),
    reply_text("press_start"),
)
"""Several buttons at once, a failed reply in the middle, letters beyond ASCII."""


def script(number: int, asked: Asked) -> str:
    return SCRIPT[number % len(SCRIPT)]


def play(runs: Path, server: ModelServer, kind: str, **settings: Any) -> tuple[SessionDirectory, Session]:
    agent: AgentSettings = settings_for(kind, server, **settings)
    job = a_job(runs, "read_sign", agent=agent, max_steps=9, seed=3)
    return record_session(job)


def test_a_shoulder_button_on_a_game_boy_is_a_failed_reply_and_play_goes_on(tmp_path: Path) -> None:
    answers = (reply_text("press_l"), reply_text("press_r"), reply_text("press_b"))
    with provider("openai", lambda number, asked: answers[number % 3]) as server:
        directory, session = play(tmp_path / "runs", server, "openai")
    rows = list(read_rows(directory.shard))
    assert session.error is None
    assert [row["action"] for row in rows[:2]] == [None, "press_b"]
    assert rows[0]["error"] == "a Game Boy has no press_r"


STYLES = {
    "plain": {},
    "history": {"history": 3},
    "enlarged": {"history": 2, "image_scale": 3},
    "memory": {"obs": "image+memory", "history": 2},
    "sheet": {"history": 4, "history_layout": "sheet", "image_scale": 2},
    "grid": {"grid": True, "image_scale": 2},
    "all": {"history": 4, "history_layout": "sheet", "image_scale": 2, "grid": True, "obs": "image+memory"},
}


@pytest.mark.parametrize(
    ("kind", "style"), [("openai", style) for style in STYLES] + [("gemini", "all"), ("google_genai", "all")]
)
def test_a_server_receives_what_a_row_shows(tmp_path: Path, kind: str, style: str) -> None:
    with provider(kind, script) as server:
        directory, session = play(tmp_path / "runs", server, kind, max_actions=2, **STYLES[style])
    asked = [request for request in server.received if len(request.texts) == 1]
    append_annotation(directory.annotations, a_rating(session.session_id, 9))
    overrides = [f"{name}={value}" for name, value in STYLES[style].items()]
    corpus = corpus_of(
        build_settings(tmp_path / "runs", tmp_path / "out", "max_actions=2", "exclude_policies=[]", *overrides)
    )
    export = load_export("sft")
    assert isinstance(export, PromptExport)
    (placed,) = corpus.sessions
    rows = list(read_rows(directory.shard))
    asked_at = [row["step"] for row in rows if row["reply_index"] == 0]
    by_step = dict(zip(asked_at, asked, strict=True))
    replies = list(placed.session.replies())
    assert len(replies) == len(asked_at) - sum(row["action"] is None for row in rows) >= 6
    for reply in replies:
        request, row = by_step[reply.first["step"]], export.row(placed, reply, corpus.prompt)
        system, user = row["prompt"]
        assert request.system.encode() == system["content"][0]["text"].encode()
        assert request.texts[0].encode() == user["content"][-1]["text"].encode()
        received = [decode_picture(picture) for picture in request.pictures]
        assert received == [decode_picture(image["bytes"]) for image in row["images"]]
        assert len(received) == len([part for part in user["content"] if part["type"] == "image"])


def test_what_a_model_said_is_kept_in_full(tmp_path: Path) -> None:
    with provider("openai", script) as server:
        directory, session = play(tmp_path, server, "openai", max_actions=2, policy="loopback", label_terms="ours")
    rows = list(read_rows(directory.shard))
    assert [row["action"] for row in rows[:5]] == ["press_start", "press_down", "press_up", None, "press_b"]
    assert [row["raw_response"] for row in rows[:5]] == [SCRIPT[0], SCRIPT[1], SCRIPT[1], SCRIPT[3], SCRIPT[4]]
    assert rows[1]["reply_id"] == rows[2]["reply_id"]
    assert rows[3]["error"] and rows[3]["reasoning"]
    assert rows[4]["reasoning"] == "Zurück — “ß” ✓"
    assert {(row["agent"], row["policy"], row["model_used"], row["label_terms"]) for row in rows} == {
        ("openai", "loopback", "loopback-1", "ours")
    }
    assert rows[3]["input_tokens"] == 600
    first_reply_rows = [row for row in rows if row["reply_index"] == 0]
    assert session.usage.replies == len(first_reply_rows)
    assert session.usage.input_tokens == 300 * len(server.received)


@pytest.mark.parametrize("kind", PROVIDERS)
def test_the_wording_stands_in_the_session(tmp_path: Path, kind: str) -> None:
    with provider(kind) as server:
        directory, session = play(tmp_path, server, kind)
    kept = load_prompt(str(directory.prompt))
    assert kept.prompt_id == session.prompt_id == load_prompt("default").prompt_id
    assert kept == load_prompt("default")
    assert {row["prompt_id"] for row in read_rows(directory.shard)} == {session.prompt_id}
    assert not directory.prompt_variations.exists()


def test_the_outcome_under_a_variant_is_told(tmp_path: Path) -> None:
    with provider("openai") as server:
        directory, session = play(tmp_path, server, "openai", prompts=["default", "compact"])
    told = json.loads(directory.prompt_variations.read_text(encoding="utf-8"))
    assert [variant["name"] for variant in told["variants"]] == ["default", "compact"]
    assert told["chosen"] == session.prompt_id
    assert told["outcome"]["status"] == session.status
    assert told["outcome"]["total_steps"] == session.total_steps
    rebuild_views(directory, Ratings(final_score=7))
    assert json.loads(directory.prompt_variations.read_text(encoding="utf-8"))["outcome"]["final_score"] == 7


@pytest.mark.parametrize("path", sorted(Path("configs/agent").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_agent_s_settings_are_known_and_hold_no_key(path: Path) -> None:
    settings = AgentSettings(**yaml.safe_load(path.read_text(encoding="utf-8")))
    assert settings.label_terms
    if settings.base_url is not None and not settings.base_url.startswith("http://127.0.0.1"):
        assert settings.key_variable is not None and settings.label_terms != "none"


def test_the_command_plays_with_a_model_and_without_a_key_says_so(tmp_path: Path) -> None:
    with provider("openai") as server:
        arguments = ("agent=vllm", "agent.model=m", f"agent.base_url={server.base_url}", "task=open_close_menu")
        ended = run_collector(tmp_path, *arguments)
    assert ended.returncode == 0, ended.stderr
    assert "completed after 2" in ended.stdout
    for agent in ("openai", "mistral", "gemini", "google_genai"):
        refused = run_collector(tmp_path, f"agent={agent}")
        assert refused.returncode == 2
        assert "_API_KEY" in refused.stderr and len(refused.stderr.splitlines()) == 1
    assert len(list((tmp_path / "runs").glob("session_*"))) == 1


def test_ctrl_c_does_not_wait_for_an_answer(tmp_path: Path) -> None:
    with provider("openai") as server:
        server.fault_for = lambda number: silence if number == 2 else None
        arguments = ("agent=vllm", "agent.model=m", f"agent.base_url={server.base_url}", "task=save_game")
        playing = subprocess.Popen(
            collector_command(*arguments), cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True
        )
        while len(server.received) < 3:
            time.sleep(0.02)
        asked = time.monotonic()
        playing.send_signal(signal.SIGINT)
        _, errors = playing.communicate(timeout=20)
    assert time.monotonic() - asked < 5
    assert playing.returncode == 130, errors
    ((_, session),) = recorded_sessions(tmp_path / "runs")
    assert (session.status, session.total_steps) == ("interrupted", 2)
