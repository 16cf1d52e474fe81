"""Chat lines as Mistral's trainers take them: as `openai`, but the data URI stands under image_url itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from dataset_script.corpus import Corpus
from dataset_script.exports import sft
from dataset_script.exports.openai import messages_feature
from dataset_script.exports.protocol import ExportRow, LinesExport, PromptExport
from dataset_script.lines import with_addresses

if TYPE_CHECKING:
    from datasets import Features

COLUMNS: Final[Mapping[str, str]] = {
    "messages": "System, user, assistant; parts of type text, and image_url with a data URI.",
}


class MistralExport(LinesExport):
    """One reply, one line."""

    source: PromptExport = sft.EXPORT

    def features(self) -> Features:
        from datasets import Features, Value

        return Features({"messages": messages_feature(Value("string"))})

    def column_docs(self) -> Mapping[str, str]:
        return COLUMNS

    def derive(self, rows: Iterator[ExportRow], corpus: Corpus) -> Iterator[ExportRow]:
        for row in rows:
            yield {"messages": with_addresses([*row["prompt"], *row["completion"]], row["images"], str)}


EXPORT: Final = MistralExport()
