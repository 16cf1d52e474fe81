import io
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from collector.errors import WorkError
from collector.pictures import decode_picture, encode_png
from collector.records import Picture
from dataset_script import picture_format
from dataset_script.picture_format import webp_of
from tests.rated_runs import a_screen, built, write_runs


@given(
    width=st.integers(1, 24),
    height=st.integers(1, 24),
    colours=st.lists(st.binary(min_size=3, max_size=3), min_size=1, max_size=300),
    seed=st.randoms(use_true_random=False),
)
def test_no_pixel_changes(width: int, height: int, colours: list[bytes], seed: object) -> None:
    chosen = [seed.choice(colours) for _ in range(width * height)]  # type: ignore[attr-defined]
    picture = Picture(width=width, height=height, rgb=b"".join(chosen))
    webp = webp_of(encode_png(picture))
    assert webp[:4] == b"RIFF" and decode_picture(webp) == picture


def test_a_changed_pixel_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def lossy(self: Image.Image, out: io.BytesIO, kind: str, **_: object) -> None:
        save(self, out, kind, quality=1)

    save = Image.Image.save
    monkeypatch.setattr(picture_format.Image.Image, "save", lossy)
    with pytest.raises(WorkError, match="changed a picture's pixels"):
        webp_of(encode_png(a_screen(200, 200)))


def images_of(folder: Path, config: str) -> Iterator[bytes]:
    for path in sorted((folder / config).glob("*.parquet")):
        for row in pq.read_table(path).to_pylist():
            for cell in row.get("images") or [row["screenshot"], row["screenshot_after"]]:
                yield cell["bytes"]


def test_a_build_in_webp_shows_the_same_in_every_config(tmp_path: Path) -> None:
    write_runs(tmp_path / "runs")
    exports = "export=[sft,instruct,chat,steps,openai,llamafactory]"
    built(tmp_path / "runs", tmp_path / "png", exports)
    built(tmp_path / "runs", tmp_path / "webp", exports, "picture_format=webp")
    for config in ("sft", "instruct", "chat", "steps"):
        before, after = list(images_of(tmp_path / "png", config)), list(images_of(tmp_path / "webp", config))
        assert before and all(image[:4] == b"RIFF" for image in after)
        assert [decode_picture(image) for image in after] == [decode_picture(image) for image in before]
    lines = (tmp_path / "webp-jsonl" / "openai" / "train.jsonl").read_text().splitlines()
    part = json.loads(lines[0])["messages"][1]["content"][0]
    assert part["image_url"]["url"].startswith("data:image/webp;base64,UklGR")
    files = list((tmp_path / "webp-jsonl" / "llamafactory" / "images").iterdir())
    assert files and all(path.suffix == ".webp" and path.read_bytes()[:4] == b"RIFF" for path in files)
