"""The conversations of `chat`, cut into pieces that fit a trainer's sequence length."""

from __future__ import annotations

from typing import Final

from dataset_script.exports.chat import ChatExport

EXPORT: Final = ChatExport(windows=True)
