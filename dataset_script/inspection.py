"""A row in TRL's own collator with a model's own processor: nothing is guessed about what training will see."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from collector.errors import InputError

IGNORED: Final = -100
"""The label of a token that the loss passes over."""

SHOWN_SIDE: Final = 320
"""Pixels that small pictures are enlarged to for the eye."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """What came of one row."""

    pictures: tuple[Image.Image, ...]
    """As the row holds them."""
    processed: tuple[Image.Image, ...]
    """As the model gets them; empty where the processor makes loose patches of them."""
    pixel_shape: tuple[int, ...]
    """Of the pixel values; empty without pictures."""
    length: int
    """Tokens of the whole sequence."""
    image_tokens: int
    """How many of them stand for pictures."""
    target_tokens: int
    """How many of them the loss falls on."""
    sequence: str
    """The whole text, a run of image tokens as one word with their number."""
    target: str
    """The text that the loss falls on."""


def read_row(folder: Path, config: str, split: str | None, number: int) -> tuple[str, dict[str, Any]]:
    """The split's name and the row; InputError says which configs, splits and rows there are."""
    import pyarrow.parquet as pq

    files = sorted((folder / config).glob(f"{split or '*'}-*.parquet"))
    if not files:
        there = sorted({f"{path.parent.name}/{path.name.split('-')[0]}" for path in folder.glob("*/*.parquet")})
        raise InputError(f"{folder}: no {config}/{split or ''} there; there are {', '.join(there) or 'no configs'}")
    names = list(dict.fromkeys(path.name.split("-")[0] for path in files))
    chosen = split or ("train" if "train" in names else names[0])
    left = number
    for path in (path for path in files if path.name.startswith(f"{chosen}-")):
        file = pq.ParquetFile(path)
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if 0 <= left < rows:
                row: dict[str, Any] = file.read_row_group(group).slice(left, 1).to_pylist()[0]
                _require_messages(row, config)
                return chosen, row
            left -= rows
    raise InputError(f"--row {number}: {config}/{chosen} has rows 0 to {number - left - 1}")


def _require_messages(row: Mapping[str, Any], config: str) -> None:
    if not {"prompt", "completion", "images"} <= row.keys() and not {"messages", "images"} <= row.keys():
        raise InputError(f"--config {config}: its rows are no examples of supervised training; take sft or chat")


def inspect_row(row: Mapping[str, Any], model: str) -> Inspected:
    """Run the row through the collator; InputError without the extra, or for a model that has no processor."""
    try:
        from transformers import AutoProcessor
        from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling
    except ImportError as error:
        raise InputError(f"inspect needs {error.name}; install the extra: pip install -e '.[train]'") from None
    try:
        processor = AutoProcessor.from_pretrained(model)
    except (OSError, ValueError) as error:
        raise InputError(f"--model {model}: no processor can be loaded from there ({error})") from error
    if not hasattr(processor, "image_processor"):
        raise InputError(f"--model {model}: its processor takes no pictures; name a vision-language model")
    pictures = tuple(Image.open(io.BytesIO(cell["bytes"])).convert("RGB") for cell in row["images"])
    example = {name: row[name] for name in ("prompt", "completion", "messages") if name in row}
    only_completion = "completion" in row  # as SFTTrainer decides it
    collate = DataCollatorForVisionLanguageModeling(processor, completion_only_loss=only_completion)
    batch = collate([{**example, "images": list(pictures)}])
    ids, labels = batch["input_ids"][0].tolist(), batch["labels"][0].tolist()
    pictured = frozenset(processor.image_token_ids)  # what marks a picture's place in the template may be another
    wanted = [token for token, label in zip(ids, labels, strict=True) if label != IGNORED]
    pixels = batch.get("pixel_values")
    values = np.empty(0, dtype=np.float32) if pixels is None else pixels.float().numpy()
    return Inspected(
        pictures=pictures,
        processed=tuple(_seen_pictures(values, processor.image_processor)),
        pixel_shape=() if pixels is None else tuple(values.shape),
        length=len(ids),
        image_tokens=sum(token in pictured for token in ids),
        target_tokens=len(wanted),
        sequence=_text(ids, processor, pictured),
        target=_text(wanted, processor, pictured),
    )


def _text(ids: Sequence[int], processor: Any, pictured: Set[int]) -> str:
    """The tokens as text, with one word for each run of image tokens."""
    parts, run, count = list[str](), list[int](), 0
    for token in [*ids, None]:
        if token in pictured:
            count += 1
            continue
        if count:
            parts += [processor.tokenizer.decode(run), f"[{count} image tokens]"]
            run, count = [], 0
        if token is not None:
            run.append(token)
    return "".join([*parts, processor.tokenizer.decode(run)])


def _seen_pictures(values: npt.NDArray[np.float32], image_processor: Any) -> list[Image.Image]:
    """The pixel values as pictures again: scaled back by the processor's mean and spread."""
    if values.ndim < 4 or values.shape[-3] != 3:
        return []  # patches in an order of the model's own
    mean, spread = (np.array(getattr(image_processor, name)) for name in ("image_mean", "image_std"))
    pictures = values.reshape(-1, *values.shape[-3:]).transpose(0, 2, 3, 1) * spread + mean
    return [Image.fromarray((picture.clip(0, 1) * 255).round().astype(np.uint8)) for picture in pictures]


def report(seen: Inspected, which: str, model: str, max_length: int) -> str:
    """What the row becomes, in words."""
    fits = "it fits" if seen.length <= max_length else "IT DOES NOT FIT: raise max_length, or set it to null"
    held = ", ".join(f"{picture.width}x{picture.height}" for picture in seen.pictures)
    shape = "x".join(map(str, seen.pixel_shape)) or "none"
    form = "" if seen.processed or not seen.pixel_shape else " (patches in an order of the model's own: not drawn)"
    return f"""\
{which}, model {model}
pictures in the row:   {held or "none"}
pixel values:          {shape}{form}
sequence:              {seen.length} tokens, max_length {max_length}: {fits}
  of it for pictures:  {seen.image_tokens}
  of it the target:    {seen.target_tokens}

--- the sequence
{seen.sequence}
--- the target, on which alone the loss falls
{seen.target}
"""


def draw(seen: Inspected, path: Path) -> None:
    """One picture: on the left those of the row, on the right what the model gets."""
    columns = [("in the row", seen.pictures), ("as the model gets it", seen.processed)]
    tiles = [(title, [_enlarged(picture) for picture in pictures]) for title, pictures in columns if pictures]
    width = sum(max(tile.width for tile in column) + 10 for _, column in tiles) + 10
    height = max((sum(tile.height + 10 for tile in column) for _, column in tiles), default=0) + 30
    sheet = Image.new("RGB", (max(width, 200), height), "white")
    pen, left = ImageDraw.Draw(sheet), 10
    for title, column in tiles:
        pen.text((left, 8), title, fill="black")
        top = 28
        for tile in column:
            sheet.paste(tile, (left, top))
            top += tile.height + 10
        left += max(tile.width for tile in column) + 10
    sheet.save(path)


def _enlarged(picture: Image.Image) -> Image.Image:
    """The picture enlarged by a whole number, so that single pixels can be seen."""
    times = max(1, SHOWN_SIDE // max(picture.size))
    return picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST)
