"""What every client of a provider keeps to: inherit, name the kind, and pass."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pytest

from collector.agents.catalogue import key_variables
from collector.agents.keys import read_key
from collector.agents.model_client import CallFailure, Completion, ModelCallError, ModelClient, ModelRequest
from collector.agents.settings import AgentSettings
from collector.errors import ConfigError
from collector.pictures import decode_picture
from collector.prompts import reply_schema
from collector.records import ACTIONS, Png
from tests.fakes import model_server as fakes
from tests.fakes.providers import provider, settings_for
from tests.records import a_png

LIMIT_S = 0.6
SCREENS: tuple[Png, ...] = (a_png(1), a_png(2))


def a_request(**changes: Any) -> ModelRequest:
    def text(words: str) -> dict[str, str]:
        return {"type": "text", "text": words}

    picture = {"type": "image", "text": None}
    request: dict[str, Any] = {
        "model": "loopback-1",
        "messages": (
            {"role": "system", "content": [text("Play — “carefully”.")]},
            {"role": "user", "content": [picture, picture, text("Which button?\nStep 1.")]},
        ),
        "images": SCREENS,
        "schema": reply_schema(1, remember=False),
        "temperature": 0.25,
        "max_output_tokens": 77,
        "seed": 5,
        "timeout_s": 5.0,
    }
    return ModelRequest(**request | changes)


class ModelClientSuite:
    """The suite; a subclass says which kind of agent uses the client."""

    kind: ClassVar[str]
    requests: ClassVar[Mapping[int, int]] = {}
    """Statuses after which the library itself asks again whatever it is told: how often in all."""

    def make(self, settings: AgentSettings) -> ModelClient:
        raise NotImplementedError

    @pytest.fixture
    def server(self) -> Iterator[fakes.ModelServer]:
        with provider(self.kind) as server:
            yield server

    @pytest.fixture
    def client(self, server: fakes.ModelServer) -> Iterator[ModelClient]:
        client = self.make(settings_for(self.kind, server))
        yield client
        client.close()

    def failure(self, server: fakes.ModelServer, client: ModelClient, fault: fakes.Fault, **changes: Any) -> Any:
        """What a call to a server with this fault raises."""
        server.fault_for = lambda number: fault
        with pytest.raises(ModelCallError) as caught:
            client.complete(a_request(**changes))
        assert fakes.KEY not in str(caught.value)
        return caught.value

    def test_what_is_asked_arrives(self, server: fakes.ModelServer, client: ModelClient) -> None:
        completion = client.complete(a_request())
        (asked,) = server.received
        assert asked.system == "Play — “carefully”."
        assert asked.texts == ("Which button?\nStep 1.",)
        assert asked.pictures == SCREENS
        assert completion == Completion(
            text=fakes.reply_text("press_start"),
            finish_reason=completion.finish_reason,
            input_tokens=300,
            output_tokens=len(fakes.reply_text("press_start")) // 4,
        )
        assert completion.finish_reason.lower() == "stop"

    def test_earlier_answers_are_the_models_own(self, server: fakes.ModelServer, client: ModelClient) -> None:
        request = a_request()
        turns = [{"role": role, "content": [{"type": "text", "text": role}]} for role in ("assistant", "user")]
        client.complete(a_request(messages=(*request.messages, *turns)))
        assert server.received[0].texts == ("Which button?\nStep 1.", "assistant", "user")
        assert self.roles(server.received[0].body)[-2:] == [self.own_role, "user"]

    own_role: ClassVar[str]

    def roles(self, body: Any) -> list[str]:
        raise NotImplementedError

    def test_the_reply_s_shape_is_told(self, server: fakes.ModelServer, client: ModelClient) -> None:
        client.complete(a_request())
        assert self.actions_told(server.received[0].body) == list(ACTIONS)

    def actions_told(self, body: Any) -> list[str]:
        raise NotImplementedError

    @pytest.mark.parametrize("structured", ["json_object", "none"])
    def test_it_is_told_only_as_far_as_wanted(self, server: fakes.ModelServer, structured: str) -> None:
        client = self.make(settings_for(self.kind, server, structured=structured))
        client.complete(a_request())
        client.close()
        body = str(server.received[0].body)
        assert "enum" not in body
        assert ("json" in body) == (structured == "json_object")

    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            (400, CallFailure.BAD_REQUEST),
            (401, CallFailure.REFUSED),
            (403, CallFailure.REFUSED),
            (404, CallFailure.BAD_REQUEST),
            (408, CallFailure.TIMEOUT),
            (429, CallFailure.RATE_LIMITED),
            (500, CallFailure.UNAVAILABLE),
            (502, CallFailure.UNAVAILABLE),
            (503, CallFailure.UNAVAILABLE),
        ],
    )
    def test_a_status_becomes_a_failure_after_one_request(
        self, server: fakes.ModelServer, client: ModelClient, code: int, kind: CallFailure
    ) -> None:
        failure = self.failure(server, client, fakes.status(code, "the server's words"))
        assert failure.kind is kind
        assert "the server's words" in str(failure)
        assert failure.retry_after_s is None
        assert len(server.received) == self.requests.get(code, 1)

    @pytest.mark.parametrize(("asked", "seconds"), [("7", 7.0), ("0.5", 0.5)])
    def test_the_wait_that_is_asked_for_is_told(
        self, server: fakes.ModelServer, client: ModelClient, asked: str, seconds: float
    ) -> None:
        failure = self.failure(server, client, fakes.status(429, Retry_After=asked))
        assert failure.retry_after_s == seconds

    def test_a_quota_that_is_spent_will_not_come_back(self, server: fakes.ModelServer, client: ModelClient) -> None:
        assert self.failure(server, client, fakes.status(429, "insufficient_quota")).kind is CallFailure.REFUSED

    @pytest.mark.parametrize("body", [b"<html>busy</html>", b"", b"[]", b'{"a": 1', b"\xff\xfe", b"3"])
    def test_what_is_not_the_protocol_is_nonsense(
        self, server: fakes.ModelServer, client: ModelClient, body: bytes
    ) -> None:
        kinds = (CallFailure.NONSENSE, CallFailure.EMPTY)
        assert self.failure(server, client, fakes.instead(body)).kind in kinds

    def test_an_answer_without_text_is_empty(self, server: fakes.ModelServer, client: ModelClient) -> None:
        assert self.failure(server, client, server.empty()).kind is CallFailure.EMPTY

    def test_a_safety_block_is_told_as_one(self, server: fakes.ModelServer, client: ModelClient) -> None:
        assert self.failure(server, client, server.blocked()).kind is CallFailure.BLOCKED

    @pytest.mark.parametrize("fault", [fakes.dropped, fakes.half_a_body])
    def test_a_connection_that_ends_early_is_dropped(
        self, server: fakes.ModelServer, client: ModelClient, fault: fakes.Fault
    ) -> None:
        assert self.failure(server, client, fault).kind is CallFailure.DROPPED

    def test_an_answer_of_twenty_megabytes_is_not_taken(self, server: fakes.ModelServer, client: ModelClient) -> None:
        huge = fakes.reply_text(analysis="x" * 20_000_000)
        assert self.failure(server, client, fakes.written(huge), timeout_s=30).kind is CallFailure.NONSENSE

    @pytest.mark.parametrize("fault", [fakes.silence, fakes.slow_drip])
    def test_no_call_takes_longer_than_its_time(
        self, server: fakes.ModelServer, client: ModelClient, fault: fakes.Fault
    ) -> None:
        began = time.monotonic()
        assert self.failure(server, client, fault, timeout_s=LIMIT_S).kind is CallFailure.TIMEOUT
        assert LIMIT_S * 0.9 < time.monotonic() - began < LIMIT_S + 1
        server.fault_for = lambda number: None
        assert client.complete(a_request()).text

    def test_a_server_that_is_not_there_is_told(self) -> None:
        with provider(self.kind) as server:
            client = self.make(settings_for(self.kind, server))
        with pytest.raises(ModelCallError) as caught:
            client.complete(a_request())
        client.close()
        assert caught.value.kind is CallFailure.DROPPED

    @pytest.mark.parametrize(
        "address", ["http://ada:secret12@127.0.0.1/v1", "http://127.0.0.1/v1?key=secret12", "secret12", "ftp://a/b"]
    )
    def test_an_address_with_a_secret_is_refused_without_repeating_it(
        self, server: fakes.ModelServer, address: str
    ) -> None:
        with pytest.raises(ConfigError, match=r"agent\.base_url") as caught:
            self.make(settings_for(self.kind, server, base_url=address))
        assert "secret12" not in str(caught.value)

    def test_an_unknown_way_to_tell_the_shape_is_refused(self, server: fakes.ModelServer) -> None:
        with pytest.raises(ConfigError, match="json_schema, json_object, none"):
            self.make(settings_for(self.kind, server, structured="xml"))

    def test_pictures_keep_their_pixels(self, server: fakes.ModelServer, client: ModelClient) -> None:
        client.complete(a_request())
        received = [decode_picture(picture) for picture in server.received[0].pictures]
        assert received == [decode_picture(picture) for picture in SCREENS]


def key_of(settings: AgentSettings) -> str | None:
    """The key as the catalogue reads it."""
    return read_key(key_variables(settings))
