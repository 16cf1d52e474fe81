"""Every fact of a prompt comes from a frame no later than its step.

A picture is a screen of this step or an earlier one, by its pixels and by the hash that was recorded with them, and the
one that the step before left behind; no such step has a later frame; the last actions are those that were pressed
before; instruction, goal, context and notes are those of the session.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from collector.prompt_options import PromptOptions
from collector.prompt_pictures import Layout, screens_on, shown_screen
from collector.records import Png
from dataset_script.exports.protocol import ExportRow
from dataset_script.lint.pictures import digest_of
from dataset_script.lint.rule import Example, Fault
from dataset_script.lint.session_facts import FactsOfSession
from dataset_script.picture_bytes import NOT_DECODED
from dataset_script.replies import RecordedReply, Row


class SourceRule:
    """Facts were seen before they were told."""

    name = "sources"
    advice = "the recording or the export is off by a step or changed: see what python -m collector.verify RUNS says"

    def __init__(self, facts_of: FactsOfSession) -> None:
        self._facts_of = facts_of

    def faults(self, row: ExportRow, example: Example) -> Iterator[Fault]:
        yield from _picture_faults(row.get("images") or (), example)
        *_, text = (column for column in example.export.prompt_columns if column != "images")
        yield from (Fault(text, what) for what in _fact_faults(example.reply))
        yield from self._odd_faults(example, text)

    def _odd_faults(self, example: Example, text: str) -> Iterator[Fault]:
        """What of the prompt does not fit into the session, of earlier steps their screens."""
        reply = example.reply
        for step in reply.shown(example.options.history):
            for fact, what in self._facts_of.odd(example.placed, step["step"]):
                if fact == "screenshot":
                    yield Fault("images", what)
                elif step is reply.first:
                    yield Fault(fact if fact in example.export.prompt_columns else text, what)


def _picture_faults(images: Any, example: Example) -> Iterator[Fault]:
    reply, options = example.reply, example.options
    newest_first = (reply.first, *reversed(reply.earlier))
    for image in images:
        for shown in _screens_on(image["bytes"], options.layout):
            source = next((step for step in newest_first if _shown_digest(step, options) == shown), None)
            if source is None:
                yield Fault("images", "a picture is no screen of this step or an earlier one")
            elif (seen := digest_of(source["screenshot"]["bytes"])) != source["frame_hash"]:
                yield Fault("images", f"the screen of step {source['step']} has hash {seen}, not the recorded one")


def _fact_faults(reply: RecordedReply) -> Iterator[str]:
    first = reply.first
    told, pressed = tuple(first["previous_actions"]), [s["action"] for s in reply.earlier if s["action"] is not None]
    known = min(len(told), len(pressed))
    if known and told[-known:] != tuple(pressed[-known:]):
        yield f"last actions {', '.join(told[-3:])}: before the step came {', '.join(pressed[-3:])}"
    elif len(told) > len(pressed) and first["parent_session_id"] is None:
        yield f"last actions {', '.join(told[-3:])}: {len(told)} of them, though {len(pressed)} came before the step"
    if any(step["frame"] > first["frame"] for step in reply.earlier):
        yield "an earlier step has a later frame"


def _screens_on(picture: Png, layout: Layout) -> list[str]:
    """Digests of the screens a picture shows; none for bytes that are no picture, which is another rule's."""
    if (digest := digest_of(picture)) is None:
        return []
    return [digest] if layout is Layout.FRAMES else screens_on(picture, layout)


def _shown_digest(step: Row, options: PromptOptions) -> str | None:
    """Digest of a screen's pixels as a prompt shows it."""
    try:
        return digest_of(shown_screen(step["screenshot"]["bytes"], options.image_scale, options.grid))
    except NOT_DECODED:  # an earlier screen that is not shown: its own rows name it
        return None
