"""A chat model behind the house's `Chat`: retries, time bounds, budget and errors, the same over every provider.

A task of its own reads the provider's stream and the caller takes what has come, so a caller that is slow, stops
half-way or closes from another task neither loses text nor leaves a connection open.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING

from deskhand.errors import BudgetSpent
from deskhand.llm.endpoint import Endpoint
from deskhand.llm.faults import Fault, blocked, chat_fault, nonsense, too_slow
from deskhand.llm.patience import Patience
from deskhand.llm.per_loop import PerLoop
from deskhand.llm.pipe import Pipe
from deskhand.llm.protocol import Budget, Completion, Message
from deskhand.llm.providers import Opened, make_room_for_streams, open_model
from deskhand.nouns import Usage

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage, ModelResponse
    from pydantic_ai.settings import ModelSettings

IMAGE_TOKENS = 1_600
"""What one image is taken to cost, for the estimate before sending."""


def estimated_tokens(text: str) -> int:
    """About how many tokens a text is: a quarter of its UTF-8 bytes, and a few for its frame."""
    return len(text.encode()) // 4 + 4


class ProviderChat:
    """A chat model of a provider. Nothing is imported and no connection made before the first request.

    In seconds, `first_text` bounds the wait for the first text of a try and `endpoint.timeout` the whole call with its
    retries; the first text is handed on at once, later ones no more often than every `gather`.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        temperature: float | None = 0.0,
        max_tokens: int = 1024,
        first_text: float = 60.0,
        patience: Patience = Patience(),
        gather: float = 0.04,
    ) -> None:
        self.name = endpoint.name
        self.max_tokens = max_tokens
        self._endpoint = endpoint
        self._temperature = temperature
        self._first_text = first_text
        self._patience = patience
        self._gather = gather
        self._opened = PerLoop(lambda: open_model(endpoint))

    async def warm(self) -> None:
        """Import the provider's library now rather than at the first question (0.6 to 1.6 s)."""
        await self._model()

    async def close(self) -> None:
        """Let go of this event loop's connections."""
        opened = await self._opened.take()
        if opened is not None:
            await opened.close()

    async def stream(self, messages: Sequence[Message], *, budget: Budget) -> AsyncIterator[str | Usage]:
        estimate = sum(estimated_tokens(message.text) for message in messages)
        settings, seconds = self._terms(estimate, budget)
        pipe = Pipe(self._gather)

        async def fill() -> Usage:
            opened = await self._model()
            theirs = _theirs(messages)
            end = asyncio.get_running_loop().time() + seconds
            return await self._patience(lambda: self._stream_once(opened, theirs, settings, pipe, end), seconds)

        task = asyncio.create_task(fill(), name=f"stream {self.name}")
        task.add_done_callback(pipe.end)
        try:
            async for text in pipe:
                yield text
            yield _usage_or_estimate(await task, estimate, pipe.length)
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def complete(self, messages: Sequence[Message], *, budget: Budget) -> Completion:
        estimate = sum(estimated_tokens(message.text) for message in messages)
        return await self.complete_theirs(lambda: _theirs(messages), estimate, budget)

    async def complete_theirs(
        self, messages: Callable[[], list[ModelMessage]], estimate: int, budget: Budget
    ) -> Completion:
        """As `complete`, for messages of pydantic-ai (made once it is imported), `estimate` tokens in all."""
        settings, seconds = self._terms(estimate, budget)
        opened = await self._model()
        end = asyncio.get_running_loop().time() + seconds

        async def ask() -> Completion | Fault:
            from pydantic_ai.direct import model_request

            try:
                async with asyncio.timeout_at(end):
                    response = await model_request(opened.model, messages(), model_settings=settings, instrument=False)
            except TimeoutError:
                return too_slow(self.name, seconds, "the whole answer")
            except Exception as error:
                return chat_fault(self.name, self._endpoint.where, error)
            return self._completion(response, estimate)

        return await self._patience(ask, seconds)

    def _completion(self, response: ModelResponse, estimate: int) -> Completion | Fault:
        text = response.text or ""
        if refusal := self._refusal(len(text), response.finish_reason):
            return refusal
        usage = Usage(response.usage.input_tokens, response.usage.output_tokens)
        return Completion(text, _usage_or_estimate(usage, estimate, len(text)))

    async def _stream_once(
        self, opened: Opened, messages: list[ModelMessage], settings: ModelSettings, pipe: Pipe, end: float
    ) -> Usage | Fault:
        from pydantic_ai.direct import model_request_stream
        from pydantic_ai.messages import PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta

        began = asyncio.get_running_loop().time()
        try:
            async with (
                asyncio.timeout_at(min(end, began + self._first_text)) as bound,
                model_request_stream(opened.model, messages, model_settings=settings, instrument=False) as response,
            ):
                async for event in response:
                    if isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
                        text = event.delta.content_delta
                    elif isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
                        text = event.part.content
                    else:
                        continue
                    if text:
                        if not pipe.length:
                            bound.reschedule(end)
                        pipe.put(text)
                finished, usage = response.finish_reason, response.usage
        except TimeoutError:
            if pipe.length:
                return too_slow(self.name, end - began, "the whole answer")
            return too_slow(self.name, min(end - began, self._first_text), "the first text")
        except Exception as error:
            fault = chat_fault(self.name, self._endpoint.where, error)
            # Once text is out, another try would give its beginning twice.
            return Fault(fault.error) if pipe.length else fault
        refusal = self._refusal(pipe.length, finished)
        return refusal or Usage(usage.input_tokens, usage.output_tokens)

    def _refusal(self, characters: int, finish_reason: str | None) -> Fault | None:
        if finish_reason == "content_filter":
            return blocked(self.name)
        if finish_reason is None:
            return nonsense(self.name, "with a stream that breaks off before its end")
        return None if characters else nonsense(self.name, f"without any text (finish reason {finish_reason!r})")

    def _terms(self, estimate: int, budget: Budget) -> tuple[ModelSettings, float]:
        """The request's settings, with `max_tokens` inside the budget, and the seconds that it may take."""
        left = budget.tokens - estimate
        if left <= 0:
            raise BudgetSpent(
                f"the run has {max(0, budget.tokens)} tokens left and this prompt is about {estimate}: "
                f"{self.name} was not asked. Raise the token budget, or use fewer passages."
            )
        settings: ModelSettings = {"max_tokens": min(self.max_tokens, left)}
        if self._temperature is not None:
            settings["temperature"] = self._temperature
        return settings, min(self._endpoint.timeout, budget.seconds)

    async def _model(self) -> Opened:
        opened = await self._opened.get()
        if self._endpoint.provider == "bedrock":
            make_room_for_streams()
        return opened


def _usage_or_estimate(usage: Usage, estimate: int, characters: int) -> Usage:
    """The provider's counts; where it gives none, ours, so that a budget holds in any case."""
    return Usage(usage.input_tokens or estimate, usage.output_tokens or characters // 4 + 1)


def _theirs(messages: Sequence[Message]) -> list[ModelMessage]:
    from pydantic_ai.messages import ModelRequest, ModelResponse, SystemPromptPart, TextPart, UserPromptPart

    theirs: list[ModelMessage] = []
    for message in messages:
        if message.role == "assistant":
            theirs.append(ModelResponse([TextPart(message.text)]))
            continue
        part = SystemPromptPart(message.text) if message.role == "system" else UserPromptPart(message.text)
        if theirs and isinstance(theirs[-1], ModelRequest):
            theirs[-1] = ModelRequest([*theirs[-1].parts, part])
        else:
            theirs.append(ModelRequest([part]))
    return theirs
