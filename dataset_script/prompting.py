"""The question of a recorded reply, as every row and every comparison of rows has it."""

from __future__ import annotations

from typing import Any

from collector.prompt_options import PromptOptions
from collector.prompts import Message
from dataset_script.replies import RecordedReply


def prompt_of(reply: RecordedReply, options: PromptOptions) -> list[Message]:
    """The messages the reply answers, rendered with the build's wording."""
    return options.messages(reply.facts, len(reply.shown(options.history)))


def image_cells(reply: RecordedReply, options: PromptOptions) -> list[dict[str, Any]]:
    """The pictures of the prompt as an Image column takes them."""
    pictures = options.pictures(reply.screens(options.history))
    return [{"bytes": picture, "path": None} for picture in pictures]
