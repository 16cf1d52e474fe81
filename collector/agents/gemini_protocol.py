"""What both Google SDKs share: how a request is said in Gemini's terms, and what its answers mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collector.agents.model_client import CallFailure, Completion, ModelCallError, ModelRequest
from collector.errors import ConfigError

STRUCTURED: Final = ("json_schema", "json_object", "none")
"""How the model can be told the reply's shape."""

_BLOCKED: Final = frozenset(
    "SAFETY RECITATION LANGUAGE BLOCKLIST PROHIBITED_CONTENT SPII IMAGE_SAFETY MODEL_ARMOR".split()
)
"""Finish reasons that keep an answer back."""


def check_structured(structured: str) -> None:
    """ConfigError if the reply's shape can't be told so."""
    if structured not in STRUCTURED:
        raise ConfigError(f"agent.structured={structured}: expected {', '.join(STRUCTURED)}")


def missing_extra(error: ImportError) -> ConfigError:
    """What to do about an SDK that is not installed."""
    return ConfigError(f"{error.name or error} is not installed; install the extra: pip install -e '.[gemini]'")


def contents_of(request: ModelRequest) -> tuple[str, list[dict[str, Any]]]:
    """The system instruction, and the turns with their pictures as PNG bytes."""
    system, turns, pictures = "", list[dict[str, Any]](), iter(request.images)
    for message in request.messages:
        if message["role"] == "system":
            system += "".join(part["text"] for part in message["content"])
            continue
        parts: list[dict[str, Any]] = [
            {"text": part["text"]}
            if part["type"] == "text"
            else {"inline_data": {"mime_type": "image/png", "data": bytes(next(pictures))}}
            for part in message["content"]
        ]
        turns.append({"role": "model" if message["role"] == "assistant" else "user", "parts": parts})
    return system, turns


def generation_config(request: ModelRequest, structured: str, *, ordered: bool) -> dict[str, Any]:
    """Sampling and the reply's shape; `ordered` also tells the order of its keys, where the SDK can."""
    config: dict[str, Any] = {"max_output_tokens": request.max_output_tokens}
    if request.temperature is not None:
        config["temperature"] = request.temperature
    if structured != "none":
        config["response_mime_type"] = "application/json"
    if structured == "json_schema" and request.schema is not None:
        config["response_schema"] = gemini_schema(request.schema, ordered=ordered)
    return config


def gemini_schema(schema: Mapping[str, Any], *, ordered: bool) -> dict[str, Any]:
    """A JSON schema in the subset that Gemini takes: types in capitals, `nullable` instead of null."""
    named = schema["type"]
    kinds = [kind for kind in (named if isinstance(named, list) else [named]) if kind != "null"]
    said: dict[str, Any] = {"type": kinds[0].upper()}
    if isinstance(named, list) and "null" in named:
        said["nullable"] = True
    if "enum" in schema:
        said |= {"format": "enum", "enum": list(schema["enum"])}
    if "items" in schema:
        said["items"] = gemini_schema(schema["items"], ordered=ordered)
        said |= {ours: schema[name] for name, ours in _LENGTHS.items() if name in schema}
    if "properties" in schema:
        said["properties"] = {
            name: gemini_schema(inner, ordered=ordered) for name, inner in schema["properties"].items()
        }
        said["required"] = list(schema["required"])
        if ordered:
            said["property_ordering"] = list(schema["properties"])
    return said


_LENGTHS: Final = {"minItems": "min_items", "maxItems": "max_items"}


def completion_of(
    *, text: str, finish: str, block: str, tokens: tuple[int | None, int | None], candidates: int
) -> Completion:
    """The completion in an answer; ModelCallError if a filter kept it back or it holds no text."""
    if block or finish in _BLOCKED:
        raise ModelCallError(CallFailure.BLOCKED, f"the provider kept its answer back: {block or finish}")
    if not text.strip():
        reason = f"finish_reason is {finish or 'not given'}" if candidates else "it has no candidate"
        more = "; thinking may have used up agent.max_output_tokens" if finish == "MAX_TOKENS" else ""
        raise ModelCallError(CallFailure.EMPTY, f"the answer holds no text; {reason}{more}")
    return Completion(text=text, finish_reason=finish, input_tokens=tokens[0], output_tokens=tokens[1])
