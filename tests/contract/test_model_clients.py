"""The three clients, each through its real library, against stand-ins on loopback."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest

from collector.agents.catalogue import key_variables, make_agent
from collector.agents.gemini import GeminiClient
from collector.agents.google_genai import GoogleGenAIClient
from collector.agents.keys import key_names, read_key
from collector.agents.model_client import CallFailure, ModelClient
from collector.agents.openai_chat import OpenAIChatClient
from collector.agents.settings import AgentSettings
from collector.errors import ConfigError
from tests.contract.model_client_suite import ModelClientSuite, a_request, key_of
from tests.fakes import model_server as fakes
from tests.fakes.gemini_server import either, schema_type
from tests.fakes.providers import settings_for


class TestOpenAI(ModelClientSuite):
    kind = "openai"
    own_role = "assistant"

    def make(self, settings: AgentSettings) -> ModelClient:
        return OpenAIChatClient(settings, key_of(settings))

    def roles(self, body: Any) -> list[str]:
        return [message["role"] for message in body["messages"]]

    def actions_told(self, body: Any) -> list[str]:
        told = body["response_format"]
        assert told["type"] == "json_schema" and told["json_schema"]["strict"] is True
        schema = told["json_schema"]["schema"]
        assert list(schema["properties"]) == schema["required"]
        actions: list[str] = schema["properties"]["action"]["enum"]
        return actions

    def test_the_key_goes_in_the_header_alone(self, server: fakes.ModelServer, client: ModelClient) -> None:
        client.complete(a_request())
        asked = server.received[0]
        assert asked.headers["authorization"] == f"Bearer {fakes.KEY}"
        assert fakes.KEY not in str(asked.body) + asked.path

    def test_names_that_differ_between_servers_can_be_set(self, server: fakes.ModelServer) -> None:
        settings = settings_for("openai", server, output_tokens_name="max_completion_tokens", seed_name="random_seed")
        client = self.make(settings)
        client.complete(a_request(temperature=None))
        client.close()
        body = server.received[0].body
        assert (body["max_completion_tokens"], body["random_seed"]) == (77, 5)
        assert not {"max_tokens", "seed", "temperature"} & body.keys()

    def test_content_in_parts_is_read(self, server: fakes.ModelServer, client: ModelClient) -> None:
        def parts(handler: fakes.ModelHandler, answer: fakes.Answer) -> None:
            body = handler.answer("", server.received[-1])
            body["choices"][0]["message"]["content"] = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
            del body["usage"]
            handler.send_json(body)

        server.fault_for = lambda number: parts
        completion = client.complete(a_request())
        assert (completion.text, completion.input_tokens, completion.output_tokens) == ("ab", None, None)

    def test_a_redirect_is_not_followed(self, server: fakes.ModelServer, client: ModelClient) -> None:
        fault = fakes.status(307, Location="http://127.0.0.1:9/elsewhere")
        assert self.failure(server, client, fault).kind is CallFailure.BAD_REQUEST

    def test_an_address_is_needed(self) -> None:
        with pytest.raises(ConfigError, match=r"agent\.base_url"):
            self.make(AgentSettings(kind="openai", model="m"))


class GeminiSuite(ModelClientSuite):
    own_role = "model"

    def roles(self, body: Any) -> list[str]:
        return [turn["role"] for turn in body["contents"]]

    def actions_told(self, body: Any) -> list[str]:
        config = either(body, "generation_config")
        assert either(config, "response_mime_type") == "application/json"
        schema = either(config, "response_schema")
        assert schema_type(schema) == "OBJECT"
        assert schema_type(schema["properties"]["done"]) == "BOOLEAN"
        assert schema["properties"]["report"]["nullable"] is True
        actions: list[str] = schema["properties"]["action"]["enum"]
        return actions

    def test_the_key_goes_in_the_header_alone(self, server: fakes.ModelServer, client: ModelClient) -> None:
        client.complete(a_request())
        asked = server.received[0]
        assert asked.headers["x-goog-api-key"] == fakes.KEY
        assert fakes.KEY not in str(asked.body) + asked.path

    def test_the_wait_in_a_retry_info_is_told(self, server: fakes.ModelServer, client: ModelClient) -> None:
        info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "12s"}

        def exhausted(handler: fakes.ModelHandler, answer: fakes.Answer) -> None:
            body = handler.refusal(429, "quota")
            body["error"]["details"] = [info]
            handler.send(fakes.Answer(status=429, body=fakes.json.dumps(body).encode()))

        failure = self.failure(server, client, exhausted)
        assert (failure.kind, failure.retry_after_s) == (CallFailure.RATE_LIMITED, 12.0)


class TestGemini(GeminiSuite):
    kind = "gemini"
    requests: ClassVar[Mapping[int, int]] = {401: 3}

    def make(self, settings: AgentSettings) -> ModelClient:
        return GeminiClient(settings, key_of(settings))

    def test_enums_travel_as_numbers(self, server: fakes.ModelServer, client: ModelClient) -> None:
        client.complete(a_request())
        assert server.received[0].path.startswith("/v1beta/models/loopback-1:generateContent?")
        assert "enum-encoding" in server.received[0].path


class TestGoogleGenAI(GeminiSuite):
    kind = "google_genai"

    def make(self, settings: AgentSettings) -> ModelClient:
        return GoogleGenAIClient(settings, key_of(settings))

    def test_the_order_of_keys_is_told(self, server: fakes.ModelServer, client: ModelClient) -> None:
        client.complete(a_request())
        config = either(server.received[0].body, "generation_config")
        order = either(either(config, "response_schema"), "property_ordering")
        assert order[:4] == ["analysis", "reasoning", "expected_outcome", "action"]


# -- what is not there


@pytest.mark.parametrize(
    ("make", "module"), [(GeminiClient, "google.generativeai"), (GoogleGenAIClient, "google.genai")]
)
def test_a_missing_library_names_the_extra(
    make: Callable[[AgentSettings, str], ModelClient], module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delattr(f"{module}", raising=False)
    with pytest.raises(ConfigError, match=r"install the extra: pip install -e '\.\[gemini\]'"):
        make(AgentSettings(kind="gemini", model="m"), "k")


# -- keys


@pytest.mark.parametrize("name", ["sk-0123456789", "openai_api_key", "A B", ""])
def test_a_key_in_place_of_its_variable_is_refused_without_repeating_it(name: str) -> None:
    with pytest.raises(ConfigError, match="never the key itself") as caught:
        key_names(name)
    assert not name or name not in str(caught.value)


def test_a_missing_key_names_the_variables_that_may_hold_it() -> None:
    with pytest.raises(ConfigError, match="set GEMINI_API_KEY or GOOGLE_API_KEY"):
        make_agent(AgentSettings(kind="gemini", model="m"))
    assert read_key(key_variables(AgentSettings(kind="gemini")), {"GOOGLE_API_KEY": " k "}) == "k"
    assert key_variables(AgentSettings(kind="openai", key_variable="OPENAI_API_KEY")) == ("OPENAI_API_KEY",)
    assert key_variables(AgentSettings(kind="openai")) == ()


def test_a_key_with_a_line_break_in_it_is_refused() -> None:
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        read_key(("OPENAI_API_KEY",), {"OPENAI_API_KEY": "a\nb"})
