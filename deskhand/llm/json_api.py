"""Plain JSON over HTTP for what is no chat: embeddings and re-ranking, with the house's retries and errors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from deskhand.errors import ModelError
from deskhand.llm.endpoint import Endpoint
from deskhand.llm.faults import Fault, http_fault, library_fault, nonsense, too_slow, unreachable, wait_asked
from deskhand.llm.patience import Patience
from deskhand.llm.per_loop import PerLoop
from deskhand.llm.providers import bedrock_client
from deskhand.nouns import Json

if TYPE_CHECKING:
    from httpx2 import AsyncClient

T = TypeVar("T")


class JsonApi:
    """Requests to `endpoint`, each a POST of JSON under its root address, with the key as a bearer token."""

    def __init__(self, endpoint: Endpoint, patience: Patience = Patience()) -> None:
        self._endpoint = endpoint
        self._patience = patience
        self._clients = PerLoop(lambda: _new_client(endpoint.timeout))

    async def post(self, url: str, body: Json, read: Callable[[Json], T]) -> T:
        """What `read` makes of the answer; an answer that it cannot read (KeyError and the like) is a `ModelError`."""
        client = await self._clients.get()
        headers = {"Authorization": f"Bearer {self._endpoint.key}"} if self._endpoint.key else {}

        async def ask() -> T | Fault:
            import httpx2

            name = self._endpoint.name
            try:
                answer = await client.post(url, json=body, headers=headers)
            except httpx2.TimeoutException:
                return too_slow(name, self._endpoint.timeout, "an answer")
            except httpx2.HTTPError:
                return unreachable(name, self._endpoint.where)
            if answer.status_code >= 400:
                return http_fault(name, answer.status_code, retry_after=wait_asked(answer.headers))
            return read_or_fault(name, answer.json, read)

        return await self._patience(ask, self._endpoint.timeout)

    async def close(self) -> None:
        client = await self._clients.take()
        if client is not None:
            await client.aclose()


class BedrockApi:
    """Calls of one Bedrock service through boto3, in threads of its own (boto3 blocks)."""

    def __init__(self, endpoint: Endpoint, service: str, patience: Patience = Patience(), threads: int = 8) -> None:
        self._endpoint = endpoint
        self._service = service
        self._patience = patience
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="bedrock")
        self._made: Any = None

    async def call(self, use: Callable[[Any], Json], read: Callable[[Json], T]) -> T:
        """What `read` makes of what `use(client)` returns; both run in a thread."""
        loop = asyncio.get_running_loop()

        def once() -> T | Fault:
            from botocore.exceptions import ClientError  # type: ignore[import-untyped]

            try:
                answer = use(self._client())
            except ClientError as error:
                return self._refused(error.response)
            except ModelError as error:
                return Fault(error)
            except Exception as error:
                return library_fault(self._endpoint.name, error)
            return read_or_fault(self._endpoint.name, lambda: answer, read)

        async def ask() -> T | Fault:
            return await loop.run_in_executor(self._threads, once)

        return await self._patience(ask, self._endpoint.timeout)

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _client(self) -> Any:
        if self._made is None:
            self._made = bedrock_client(self._endpoint, self._service)
        return self._made

    def _refused(self, response: Json) -> Fault:
        said = response.get("ResponseMetadata", {})
        wait = wait_asked(said.get("HTTPHeaders", {}))
        code = response.get("Error", {}).get("Code")
        return http_fault(self._endpoint.name, said.get("HTTPStatusCode", 500), retry_after=wait, code=code)


def read_or_fault(name: str, answer: Callable[[], Json], read: Callable[[Json], T]) -> T | Fault:
    """`read(answer())`, or the fault of an answer that is not as the protocol has it."""
    try:
        return read(answer())
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return nonsense(name, "what its protocol does not have")


def _new_client(timeout: float) -> AsyncClient:
    import httpx2

    return httpx2.AsyncClient(timeout=httpx2.Timeout(timeout, connect=10.0))
