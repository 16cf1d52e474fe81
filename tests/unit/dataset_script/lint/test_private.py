import socket
from pathlib import Path

import pytest

from dataset_script.lint.cells import RowCells
from dataset_script.lint.private import BytesRule, PrivateRule, RowSearch


@pytest.mark.parametrize(("host", "faults"), [("town", 0), ("gpu-box7", 1)])
def test_of_this_machines_names_plain_words_pass(monkeypatch: pytest.MonkeyPatch, host: str, faults: int) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    monkeypatch.setattr(socket, "getfqdn", lambda: host)
    rule = PrivateRule(RowSearch((), ()))
    assert len(list(rule.faults(RowCells({"reasoning": f"the way to {host} is east"})))) == faults


@pytest.mark.parametrize("key", ["onlyletters", "not-like-any-pattern"])
@pytest.mark.parametrize(
    "text", ["{}", '{{"a":"x\\n{}"}}', '{{\\"a\\":\\"x\\\\n{}\\"}}'], ids=["plain", "JSON", "JSON in JSON"]
)
def test_keys_of_the_environment_are_found_however_they_are_written(
    monkeypatch: pytest.MonkeyPatch, key: str, text: str
) -> None:
    monkeypatch.setenv("HF_TOKEN", key)
    [fault] = PrivateRule(RowSearch((), ())).faults(RowCells({"raw_response": text.format(key)}))
    assert fault == ("raw_response", f"a key: {key[:4]}...")


def test_folders_of_the_build_and_keys_of_the_environment_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWN_TOKEN", "not-like-any-pattern")
    search = RowSearch((tmp_path / "runs",), ("not-like-any-pattern",))
    cells = RowCells({"error": [f"at {tmp_path / 'runs'}/x", {"deep": "not-like-any-pattern"}], "step": 3})
    kinds = {fault.what.partition(":")[0] for fault in PrivateRule(search).faults(cells)}
    assert kinds == {"a path", "a key"}
    assert list(BytesRule(search).faults(cells)) == []
