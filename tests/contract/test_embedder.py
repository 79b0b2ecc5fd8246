"""Every embedder and re-ranker: vectors of length 1, results in the order asked, the house's retries and errors.

The embedded one is real; the others talk real HTTP to a scripted server.
"""

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from pydantic import SecretStr

from deskhand.errors import ModelError, ModelThrottled, ModelTimeout
from deskhand.llm import Embedder, Patience, Reranker, open_embedder, open_reranker

if TYPE_CHECKING:
    from model_server import ModelServer

KEY = "sk-not-to-be-seen"
SECRET_TEXT = "the merger with Acme is on the ninth"
TEXTS = ["how to reset a password", "reset the password of a customer", "invoices are sent monthly by post"]

MODELS = {
    "openai": ("openai", "some-embedder"),
    "ollama": ("ollama", "some-embedder"),
    "titan": ("bedrock", "amazon.titan-of-the-future"),
    "cohere": ("bedrock", "cohere.embed-of-the-future"),
}
OVER_THE_NETWORK = list(MODELS)
SCORES = {"rerank": ("rerank", "rerank-v3.5"), "bedrock": ("bedrock", "amazon.rerank-v1:0")}


class Desk(NamedTuple):
    """How a test opens models on the scripted server, and what they waited between tries."""

    embedder: Callable[..., Any]
    reranker: Callable[..., Any]
    pauses: list[float]


@pytest.fixture
async def desk(model_server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
    pauses: list[float] = []
    opened: list[Any] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    def terms(provider: str) -> dict[str, Any]:
        reach = {"region": "eu-west-1"} if provider == "bedrock" else {"api_key": SecretStr(KEY)}
        return {"base_url": model_server.url, "patience": Patience(sleep=sleep, chance=lambda: 0.0), **reach}

    def embedder(kind: str, **more: Any) -> Embedder:
        provider, model = ("embedded", "") if kind == "embedded" else MODELS[kind]
        opened.append(open_embedder(provider, model, **{**terms(provider), **more}))
        assert opened[-1] is not None, "the weights are not installed: run `deskhand models install`"
        return opened[-1]

    def reranker(kind: str, **more: Any) -> Reranker:
        provider, model = SCORES[kind]
        opened.append(open_reranker(provider, model, **{**terms(provider), **more}))
        return opened[-1]

    yield Desk(embedder, reranker, pauses)
    for model in opened:
        await model.close()


def nearest(vectors: np.ndarray, row: int) -> int:
    likeness = vectors @ vectors[row]
    likeness[row] = -1
    return int(likeness.argmax())


@pytest.mark.parametrize("kind", ["embedded", *OVER_THE_NETWORK])
async def test_vectors_have_length_one_and_the_order_of_their_texts(desk: Desk, kind: str) -> None:
    embedder = desk.embedder(kind)

    vectors = await embedder.embed(TEXTS, kind="passage")

    assert vectors.shape == (3, embedder.dimensions)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert nearest(vectors, 0) == 1
    alone = await embedder.embed(TEXTS[2:], kind="passage")
    assert alone[0] == pytest.approx(vectors[2], abs=1e-5)


@pytest.mark.parametrize("kind", ["embedded", *OVER_THE_NETWORK])
async def test_no_text_makes_no_vector_and_an_empty_one_does(desk: Desk, kind: str) -> None:
    embedder = desk.embedder(kind)

    empty = await embedder.embed([""], kind="query")
    none = await embedder.embed([], kind="passage")

    assert np.isfinite(empty).all()
    assert none.shape == (0, embedder.dimensions)


@pytest.mark.parametrize("kind", OVER_THE_NETWORK)
async def test_many_texts_go_in_batches_and_come_back_in_order(
    desk: Desk, kind: str, model_server: ModelServer
) -> None:
    texts = [f"word{number}" for number in range(200)]

    vectors = await desk.embedder(kind).embed(texts, kind="passage")

    requests = len(model_server.script.requests)
    assert requests == {"openai": 4, "ollama": 4, "cohere": 3, "titan": 200}[kind]
    alone = await desk.embedder(kind).embed(texts[137:138], kind="passage")
    assert vectors[137] == pytest.approx(alone[0])


@pytest.mark.parametrize("kind", OVER_THE_NETWORK)
async def test_the_dimensions_are_learnt_and_then_held_to(desk: Desk, kind: str, model_server: ModelServer) -> None:
    embedder = desk.embedder(kind)
    with pytest.raises(ModelError, match="not known yet"):
        _ = embedder.dimensions

    assert await embedder.discover() == 64

    model_server.script.dimensions = 32
    with pytest.raises(ModelError, match="32 dimensions, not 64"):
        await embedder.embed(TEXTS, kind="passage")


def test_well_known_models_need_not_be_asked() -> None:
    """So a desk starts while its embedder cannot be reached."""
    embedder = open_embedder("ollama", "nomic-embed-text:latest", base_url="http://127.0.0.1:1")

    assert embedder is not None
    assert embedder.dimensions == 768


@pytest.mark.parametrize("kind", ["openai", "titan"])
async def test_shorter_vectors_may_be_asked_for_and_have_another_name(desk: Desk, kind: str) -> None:
    embedder = desk.embedder(kind, dimensions=24)

    vectors = await embedder.embed(TEXTS, kind="passage")

    assert vectors.shape == (3, 24)
    assert embedder.name != desk.embedder(kind).name


async def test_cohere_is_told_passages_from_queries(desk: Desk, model_server: ModelServer) -> None:
    embedder = desk.embedder("cohere")

    await embedder.embed(TEXTS, kind="passage")
    await embedder.embed(TEXTS, kind="query")

    told = [request.body["input_type"] for request in model_server.script.requests]
    assert told == ["search_document", "search_query"]


def ask(desk: Desk, role: str, kind: str, **more: Any) -> Callable[[], Any]:
    if role == "embed":
        embedder = desk.embedder(kind, **more)
        return lambda: embedder.embed([SECRET_TEXT], kind="passage")
    reranker = desk.reranker(kind, **more)
    return lambda: reranker.rerank(SECRET_TEXT, TEXTS)


BOTH_ROLES = [*(("embed", kind) for kind in OVER_THE_NETWORK), *(("rerank", kind) for kind in SCORES)]


@pytest.mark.parametrize(("role", "kind"), BOTH_ROLES)
async def test_a_throttled_request_waits_as_long_as_the_server_says(
    desk: Desk, role: str, kind: str, model_server: ModelServer
) -> None:
    model_server.script.fails(429, times=2, Retry_After="3")

    assert len(await ask(desk, role, kind)())

    assert desk.pauses == [3.0, 3.0]


@pytest.mark.parametrize(("role", "kind"), BOTH_ROLES)
async def test_throttling_without_end_is_told(desk: Desk, role: str, kind: str, model_server: ModelServer) -> None:
    model_server.script.fails(429, times=9)

    with pytest.raises(ModelThrottled):
        await ask(desk, role, kind)()

    assert len(model_server.script.requests) == 5


@pytest.mark.parametrize(("role", "kind"), BOTH_ROLES)
@pytest.mark.parametrize("body", [b"<html>", b'{"unheard": "of"}', b"[]"])
async def test_an_answer_out_of_another_protocol_is_an_error(
    desk: Desk, role: str, kind: str, model_server: ModelServer, body: bytes
) -> None:
    model_server.script.garbles(body)

    with pytest.raises(ModelError):
        await ask(desk, role, kind)()


@pytest.mark.parametrize(("role", "kind"), BOTH_ROLES)
async def test_silence_is_a_timeout(desk: Desk, role: str, kind: str, model_server: ModelServer) -> None:
    model_server.script.hangs()

    with pytest.raises(ModelTimeout):
        await ask(desk, role, kind, timeout=0.3)()


@pytest.mark.parametrize(("role", "kind"), BOTH_ROLES)
async def test_a_refusal_says_what_to_do_but_not_what_was_sent(
    desk: Desk, role: str, kind: str, model_server: ModelServer
) -> None:
    model_server.script.fails(403)

    with pytest.raises(ModelError, match="403") as caught:
        await ask(desk, role, kind)()

    told = "".join(traceback.format_exception(caught.value))
    assert "check the key" in str(caught.value)
    assert SECRET_TEXT not in told
    assert KEY not in told


@pytest.mark.parametrize(("role", "kind"), BOTH_ROLES)
async def test_a_server_that_is_not_there_is_told(desk: Desk, role: str, kind: str) -> None:
    with pytest.raises(ModelError, match="cannot be reached"):
        await ask(desk, role, kind, base_url="http://127.0.0.1:1")()


@pytest.mark.parametrize("kind", SCORES)
async def test_relevance_comes_in_the_order_of_the_texts(desk: Desk, kind: str) -> None:
    """The provider sorts its results; the caller's order is put back."""
    reranker = desk.reranker(kind)

    scores = await reranker.rerank("invoices by post", TEXTS)

    assert scores == [0.0, 0.0, 1.0]
    assert await reranker.rerank("anything", []) == []


def test_no_embedder_or_reranker_shows_its_key(desk: Desk) -> None:
    shown = [repr(vars(desk.embedder("openai"))), repr(vars(desk.reranker("rerank")))]

    assert not [text for text in shown if KEY in text]
