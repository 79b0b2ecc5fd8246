"""Every chat provider, over real HTTP to a scripted server: the same words, counts, retries, bounds and errors."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import AsyncIterator, Callable
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from deskhand.errors import BudgetSpent, ModelBlocked, ModelError, ModelThrottled, ModelTimeout
from deskhand.llm import Budget, Message, Patience, ProviderChat, open_chat
from deskhand.nouns import Usage

if TYPE_CHECKING:
    from model_server import ModelServer

KEY = "sk-not-to-be-seen"
PROMPT = "how long does a refund to my card take"
QUESTION = [Message("user", PROMPT)]
PLENTY = Budget()

Open = Callable[..., ProviderChat]


@pytest.fixture
def pauses() -> list[float]:
    """How long the chat waited before each retry; no time passes."""
    return []


@pytest.fixture(params=["openai", "anthropic", "bedrock", "ollama"])
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def open_on_server(
    provider: str, model_server: ModelServer, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Open]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    patience = Patience(sleep=sleep, chance=lambda: 0.0)
    chats: list[ProviderChat] = []

    def opened(**more: Any) -> ProviderChat:
        # A Bedrock key goes over https only; over plain HTTP the requests are signed.
        reach = {"region": "eu-west-1"} if provider == "bedrock" else {"api_key": SecretStr(KEY)}
        settings = {"base_url": model_server.url, "patience": patience, **reach}
        chats.append(open_chat(provider, "some-model", **{**settings, **more}))  # type: ignore[arg-type]
        return chats[-1]

    yield opened
    for chat in chats:
        await chat.close()


async def streamed(chat: ProviderChat, budget: Budget = PLENTY) -> tuple[list[str], Usage]:
    pieces = [piece async for piece in chat.stream(QUESTION, budget=budget)]
    assert isinstance(pieces[-1], Usage)
    return [piece for piece in pieces if isinstance(piece, str)], pieces[-1]


async def test_an_answer_comes_in_pieces_and_its_usage_last(open_on_server: Open, model_server: ModelServer) -> None:
    model_server.script.says = "Five working days, as a rule."
    model_server.script.rate = 20

    pieces, usage = await streamed(open_on_server())

    assert "".join(pieces) == "Five working days, as a rule."
    assert len(pieces) > 1
    assert usage == Usage(input_tokens=9, output_tokens=6)


async def test_an_answer_comes_whole(open_on_server: Open, model_server: ModelServer) -> None:
    model_server.script.says = "Five working days."

    completion = await open_on_server().complete(QUESTION, budget=PLENTY)

    assert completion.text == "Five working days."
    assert completion.usage == Usage(input_tokens=9, output_tokens=3)


async def test_the_model_reads_the_conversation_in_its_order(open_on_server: Open, model_server: ModelServer) -> None:
    conversation = [
        Message("system", "alpha"),
        Message("user", "bravo"),
        Message("assistant", "charlie"),
        Message("user", "delta"),
    ]

    await open_on_server().complete(conversation, budget=PLENTY)

    assert model_server.script.requests[0].prompt.split() == ["alpha", "bravo", "charlie", "delta"]


@pytest.mark.parametrize("status", [429, 503, 529])
@pytest.mark.parametrize("how", ["stream", "complete"])
async def test_a_throttled_request_waits_as_long_as_the_server_says(
    open_on_server: Open, model_server: ModelServer, pauses: list[float], status: int, how: str
) -> None:
    model_server.script.fails(status, times=2, Retry_After="7")
    chat = open_on_server()

    if how == "stream":
        pieces, _ = await streamed(chat)
        text = "".join(pieces)
    else:
        text = (await chat.complete(QUESTION, budget=PLENTY)).text

    assert text == "It is in the handbook."
    assert pauses == [7.0, 7.0]
    assert len(model_server.script.requests) == 3


async def test_the_server_may_name_the_hour_instead(
    open_on_server: Open, model_server: ModelServer, pauses: list[float]
) -> None:
    model_server.script.fails(429, Retry_After=formatdate(time.time() + 50, usegmt=True))

    await streamed(open_on_server())

    assert len(pauses) == 1
    assert 30 < pauses[0] <= 50


async def test_without_a_word_from_the_server_the_waits_double_and_end(
    open_on_server: Open, model_server: ModelServer, pauses: list[float]
) -> None:
    """Five tries and no more: the provider's own library does not add its retries to ours."""
    model_server.script.fails(429, times=9)

    with pytest.raises(ModelThrottled, match="429"):
        await streamed(open_on_server())

    assert pauses == [0.5, 1.0, 2.0, 4.0]
    assert len(model_server.script.requests) == 5


async def test_a_wait_beyond_the_time_left_is_the_callers_to_do(
    open_on_server: Open, model_server: ModelServer, pauses: list[float]
) -> None:
    model_server.script.fails(429, Retry_After="600")

    with pytest.raises(ModelThrottled) as caught:
        await streamed(open_on_server())

    assert caught.value.retry_after == 600
    assert pauses == []


async def test_a_connection_that_drops_before_the_first_text_is_tried_again(
    open_on_server: Open, model_server: ModelServer, pauses: list[float]
) -> None:
    model_server.script.drops(after_frames=0)

    pieces, _ = await streamed(open_on_server())

    assert "".join(pieces) == "It is in the handbook."
    assert len(pauses) == 1


async def test_a_connection_that_drops_after_the_first_text_is_not_tried_again(
    open_on_server: Open, model_server: ModelServer, pauses: list[float]
) -> None:
    """Another try would give the beginning twice."""
    model_server.script.drops(after_frames=4)
    stream = open_on_server().stream(QUESTION, budget=PLENTY)

    assert str(await anext(stream)).startswith("It")
    with pytest.raises(ModelError, match="broke off"):
        [piece async for piece in stream]
    assert len(model_server.script.requests) == 1
    assert pauses == []


async def test_no_first_text_in_time_is_a_timeout(open_on_server: Open, model_server: ModelServer) -> None:
    model_server.script.hangs(after_frames=0)

    with pytest.raises(ModelTimeout, match=r"first text within 0\.3 s"):
        await streamed(open_on_server(first_text=0.3))


async def test_a_stream_that_falls_silent_is_a_timeout(open_on_server: Open, model_server: ModelServer) -> None:
    model_server.script.hangs(after_frames=4)

    with pytest.raises(ModelTimeout, match=r"whole answer within 0\.4 s"):
        await streamed(open_on_server(), Budget(seconds=0.4))


async def test_the_time_bound_covers_the_tries_before(open_on_server: Open, model_server: ModelServer) -> None:
    """What the first try and the wait took, the second one does not have: under 0.7 s are left of 1 s."""
    model_server.script.fails(503, Retry_After="0").hangs()
    chat = open_on_server(patience=Patience(sleep=lambda _: asyncio.sleep(0.4)))
    await chat.warm()

    with pytest.raises(ModelTimeout) as caught:
        await streamed(chat, Budget(seconds=1.0))

    assert float(str(caught.value).split("within ")[1].split(" s")[0]) <= 0.7


async def test_a_whole_answer_that_does_not_come_is_a_timeout(open_on_server: Open, model_server: ModelServer) -> None:
    model_server.script.hangs(after_frames=0)

    with pytest.raises(ModelTimeout):
        await open_on_server().complete(QUESTION, budget=Budget(seconds=0.3))


@pytest.mark.parametrize("body", [b"<html>gateway</html>", b'{"unheard": "of"}', b""])
async def test_an_answer_out_of_another_protocol_is_an_error(
    open_on_server: Open, model_server: ModelServer, body: bytes
) -> None:
    model_server.script.garbles(body).garbles(body)

    with pytest.raises(ModelError):
        await streamed(open_on_server())
    with pytest.raises(ModelError):
        await open_on_server().complete(QUESTION, budget=PLENTY)


STOPS = {
    "openai": "content_filter",
    "anthropic": "refusal",
    "bedrock": "guardrail_intervened",
    "ollama": "content_filter",
}


@pytest.mark.parametrize("how", ["stream", "complete"])
@pytest.mark.parametrize("says", ["", "I will not go on with"])
async def test_an_answer_that_a_filter_or_guardrail_stops_is_an_error_of_its_own(
    open_on_server: Open, model_server: ModelServer, provider: str, how: str, says: str
) -> None:
    model_server.script.says, model_server.script.stops = says, STOPS[provider]
    chat = open_on_server()

    with pytest.raises(ModelBlocked, match="content filter or guardrail") as caught:
        await (streamed(chat) if how == "stream" else chat.complete(QUESTION, budget=PLENTY))

    assert caught.value.code == "model-blocked"
    assert len(model_server.script.requests) == 1


@pytest.mark.parametrize(("status", "advice"), [(400, "not accepted"), (401, "key"), (403, "access"), (404, "name")])
async def test_a_refused_request_says_where_and_what_to_do_but_not_what_was_sent(
    open_on_server: Open, model_server: ModelServer, provider: str, status: int, advice: str
) -> None:
    """The server repeats prompt and key in its error, as servers do."""
    model_server.script.fails(status)

    with pytest.raises(ModelError) as caught:
        await streamed(open_on_server())

    told = "".join(traceback.format_exception(caught.value))
    assert f"{provider}:some-model answered {status}" in str(caught.value)
    assert advice in str(caught.value)
    assert PROMPT not in told
    assert KEY not in told
    assert len(model_server.script.requests) == 1


async def test_a_server_that_is_not_there_is_named_by_host_and_port(open_on_server: Open) -> None:
    chat = open_on_server(base_url="http://user:hidden@127.0.0.1:1")

    with pytest.raises(ModelError, match=r"127\.0\.0\.1:1") as caught:
        await streamed(chat)

    assert "hidden" not in str(caught.value)


async def test_the_key_shows_nowhere(open_on_server: Open, model_server: ModelServer) -> None:
    chat = open_on_server()

    await streamed(chat)

    headers = model_server.script.requests[0].headers
    sent = headers.get("x-api-key") or headers["authorization"]
    assert sent in (KEY, f"Bearer {KEY}") or sent.startswith("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/")
    assert KEY not in repr(chat)
    assert KEY not in repr(vars(chat))


async def test_a_prompt_beyond_the_budget_is_not_sent(open_on_server: Open, model_server: ModelServer) -> None:
    with pytest.raises(BudgetSpent, match="5 tokens left"):
        await streamed(open_on_server(), Budget(tokens=5))

    assert model_server.script.requests == []


async def test_the_answer_is_bounded_by_what_is_left_of_the_budget(
    open_on_server: Open, model_server: ModelServer
) -> None:
    await streamed(open_on_server(max_tokens=500), Budget(tokens=100))

    body = model_server.script.requests[0].body
    bound = body.get("max_tokens") or body.get("max_completion_tokens") or body["inferenceConfig"]["maxTokens"]
    assert 50 < bound < 100


async def test_a_caller_that_stops_half_way_leaves_nothing_running(
    open_on_server: Open, model_server: ModelServer
) -> None:
    model_server.script.hangs(after_frames=4)
    chat = open_on_server()

    stream = chat.stream(QUESTION, budget=PLENTY)
    assert await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    await chat.close()

    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_closed_chat_opens_again(open_on_server: Open) -> None:
    chat = open_on_server()
    await streamed(chat)
    await chat.close()

    pieces, _ = await streamed(chat)

    assert "".join(pieces) == "It is in the handbook."


def test_a_chat_serves_one_event_loop_after_another(open_on_server: Open) -> None:
    chat = open_on_server()

    async def once() -> str:
        pieces, _ = await streamed(chat)
        await chat.close()
        return "".join(pieces)

    assert asyncio.run(once()) == "It is in the handbook."
    assert asyncio.run(once()) == "It is in the handbook."


async def test_more_streams_than_there_are_threads_by_default(open_on_server: Open, model_server: ModelServer) -> None:
    """Each stream from Bedrock holds a thread, of which there are 40 unless somebody makes room."""
    for _ in range(48):
        model_server.script.hangs(after_frames=4)
    chat = open_on_server()
    streams = [chat.stream(QUESTION, budget=PLENTY) for _ in range(48)]

    firsts = await asyncio.gather(*(anext(stream) for stream in streams))

    assert all(str(first).startswith("It") for first in firsts)
    await asyncio.gather(*(stream.aclose() for stream in streams))  # type: ignore[attr-defined]


@pytest.mark.parametrize("provider", ["bedrock"])
async def test_bedrock_throttling_inside_the_stream_counts_as_throttling(
    open_on_server: Open, model_server: ModelServer, pauses: list[float]
) -> None:
    model_server.script.breaks("throttlingException", after_frames=1)

    pieces, _ = await streamed(open_on_server())

    assert "".join(pieces) == "It is in the handbook."
    assert pauses == [0.5]


@pytest.mark.parametrize("provider", ["openai"])
async def test_a_key_of_the_environment_goes_to_no_other_server(
    open_on_server: Open, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")

    await streamed(open_on_server(api_key=None))

    assert "sk-of-the-environment" not in repr(model_server.script.requests[0].headers)
