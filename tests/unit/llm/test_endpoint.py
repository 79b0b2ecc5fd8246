"""Settings of a model: checked early, and told with what to do."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from deskhand.errors import BadSettings
from deskhand.llm import open_chat, open_embedder, open_reranker
from deskhand.llm.endpoint import Endpoint


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("http://localhost:8000", "http://localhost:8000/v1"),
        ("http://localhost:8000/v1/", "http://localhost:8000/v1"),
        ("https://example.com/openai/v1", "https://example.com/openai/v1"),
        ("https://example.com/v1beta/openai/", "https://example.com/v1beta/openai"),
    ],
)
def test_v1_is_added_to_a_bare_address_only(given: str, address: str) -> None:
    assert Endpoint("openai", "m", given).openai_url == address


def test_ollama_is_where_it_always_is() -> None:
    assert Endpoint("ollama", "qwen3").openai_url == "http://127.0.0.1:11434/v1"


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_provider_that_needs_a_key_says_so_at_once(provider: str) -> None:
    with pytest.raises(BadSettings, match=f"{provider.upper()}_API_KEY"):
        open_chat(provider, "m")  # type: ignore[arg-type]


def test_a_key_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-env")

    assert Endpoint("anthropic", "m").key == "sk-env"
    assert Endpoint("anthropic", "m", "http://elsewhere.example").key is None


def test_an_endpoint_shows_no_key() -> None:
    endpoint = Endpoint("openai", "m", "http://user:pass@host:1/v1", SecretStr("sk-secret"))

    assert "sk-secret" not in repr(endpoint)
    assert endpoint.where == "host:1"


def test_unknown_providers_are_told_what_there_is() -> None:
    with pytest.raises(BadSettings, match="openai, anthropic, bedrock, ollama"):
        open_chat("llama", "m")  # type: ignore[arg-type]
    with pytest.raises(BadSettings, match="embedded, openai, ollama, bedrock"):
        open_embedder("anthropic", "m")
    with pytest.raises(BadSettings, match="rerank"):
        open_reranker("ollama", "m")
    with pytest.raises(BadSettings, match="base_url"):
        open_reranker("rerank", "m")
    with pytest.raises(BadSettings, match="http"):
        open_chat("openai", "m", base_url="localhost:8000")
    with pytest.raises(BadSettings, match="no name"):
        open_chat("ollama", "")


def test_a_bedrock_key_is_sent_as_a_bearer_token() -> None:
    """botocore itself signs; the request is caught on its way out, before any connection."""
    from botocore.awsrequest import AWSResponse

    from deskhand.llm.providers import bedrock_client

    sent: list[str] = []

    class Raw:
        def stream(self, **_: object) -> list[bytes]:
            return [b'{"embedding": [1.0]}']

    def catch(request: object, **_: object) -> AWSResponse:
        sent.append(request.headers["Authorization"].decode())  # type: ignore[attr-defined]
        return AWSResponse("https://bedrock", 200, {}, Raw())

    client = bedrock_client(Endpoint("bedrock", "m", None, SecretStr("bedrock-key"), "eu-west-1"), "bedrock-runtime")
    client.meta.events.register("before-send.bedrock-runtime.InvokeModel", catch)

    client.invoke_model(modelId="m", body=b"{}")

    assert sent == ["Bearer bedrock-key"]
