"""The question of a recorded reply, as every row and every comparison of rows has it."""

from __future__ import annotations

from typing import Any

from collector.errors import InputError
from collector.prompt_options import PromptOptions
from collector.prompts import Message, reply_message
from dataset_script.replies import RecordedReply


def prompt_of(reply: RecordedReply, options: PromptOptions) -> list[Message]:
    """The messages the reply answers, rendered with the build's wording."""
    return options.messages(reply.facts, len(reply.shown(options.history)))


def answer_to(reply: RecordedReply, options: PromptOptions) -> Message:
    """The assistant's message; InputError if it names more buttons than the prompt allows, or it taught to disobey."""
    if len(reply.actions) > options.max_actions:
        raise InputError(
            f"session {reply.first['session_id']}, step {reply.first['step']}: the reply names {len(reply.actions)} "
            f"buttons, and the prompt allows {options.max_actions}; build with max_actions=N as it was collected with "
            "agent.max_actions=N"
        )
    return reply_message(reply.answer)


def image_cells(reply: RecordedReply, options: PromptOptions) -> list[dict[str, Any]]:
    """The pictures of the prompt as an Image column takes them."""
    pictures = options.pictures(reply.screens(options.history))
    return [{"bytes": picture, "path": None} for picture in pictures]
