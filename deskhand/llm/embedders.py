"""Embedders over the network: any server with OpenAI's API, Ollama, and Amazon Bedrock (Titan, Cohere).

Whatever length a provider's vectors have, ours have length 1; how many dimensions is learnt from the first answer, or
checked against what was set.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

import numpy as np

from deskhand.errors import ModelError
from deskhand.llm.endpoint import Endpoint
from deskhand.llm.json_api import BedrockApi, JsonApi
from deskhand.llm.patience import Patience
from deskhand.llm.protocol import Vectors
from deskhand.nouns import Json

Kind = Literal["passage", "query"]


KNOWN_DIMENSIONS = {
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "text-embedding-ada-002": 1536,
    "nomic-embed-text": 768,
    "mxbai-embed-large": 1024,
    "all-minilm": 384,
    "bge-m3": 1024,
    "amazon.titan-embed-text-v1": 1536,
    "amazon.titan-embed-text-v2": 1024,
    "cohere.embed-english-v3": 1024,
    "cohere.embed-multilingual-v3": 1024,
    "cohere.embed-v4": 1536,
}
"""By the model's name without its tag; with these, a desk starts while its embedder is not to be reached."""


class Batch(Protocol):
    """One request of a provider: at most `size` texts in, as many lists of numbers out."""

    size: int

    async def __call__(self, texts: Sequence[str], kind: Kind) -> Json: ...

    async def close(self) -> None: ...


class RemoteEmbedder:
    """Vectors from a provider, in batches, `at_once` requests at a time."""

    def __init__(self, endpoint: Endpoint, batch: Batch, dimensions: int | None = None, at_once: int = 4) -> None:
        self._endpoint = endpoint
        self._batch = batch
        self._dimensions = dimensions or KNOWN_DIMENSIONS.get(endpoint.model.partition(":")[0])
        self._requests = at_once
        self._shortened = f":{dimensions}" if dimensions else ""

    @property
    def name(self) -> str:
        return self._endpoint.name + self._shortened

    @property
    def dimensions(self) -> int:
        """Raises `ModelError` for a model that is not well known, while nothing was embedded and no number was set:
        call `discover` first."""
        if self._dimensions is None:
            raise ModelError(f"{self.name}: how long its vectors are is not known yet. Set dimensions, or embed once.")
        return self._dimensions

    async def discover(self) -> int:
        """Ask the provider once, when the dimensions are not known yet; returns them."""
        if self._dimensions is None:
            await self.embed(["dimensions"], kind="query")
        return self.dimensions

    async def embed(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        """Shape (texts, dimensions), each row of length 1. Raises `ModelThrottled`, `ModelTimeout`, `ModelError`."""
        if not texts:
            return np.empty((0, self._dimensions or 0), np.float32)
        gate = asyncio.Semaphore(self._requests)

        async def one(begin: int) -> Vectors:
            # Providers refuse an empty text; a space means as little.
            part = [text or " " for text in texts[begin : begin + self._batch.size]]
            async with gate:
                return self._checked(await self._batch(part, kind), len(part))

        tasks = [asyncio.create_task(one(begin)) for begin in range(0, len(texts), self._batch.size)]
        try:
            return np.concatenate(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()

    async def close(self) -> None:
        await self._batch.close()

    def _checked(self, rows: Json, count: int) -> Vectors:
        vectors = np.asarray(rows, np.float32)
        if vectors.ndim != 2 or len(vectors) != count or not np.isfinite(vectors).all():
            raise ModelError(f"{self.name} was sent {count} texts and answered vectors of shape {vectors.shape}.")
        if self._dimensions is None:
            self._dimensions = vectors.shape[1]
        if vectors.shape[1] != self._dimensions:
            raise ModelError(
                f"{self.name} answered vectors of {vectors.shape[1]} dimensions, not {self._dimensions} as expected. "
                "Set dimensions to what the model gives, or leave it out."
            )
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)


class OpenAIBatch:
    """POST /v1/embeddings."""

    size = 64

    def __init__(self, endpoint: Endpoint, dimensions: int | None, patience: Patience) -> None:
        self._api = JsonApi(endpoint, patience)
        self._url = f"{endpoint.openai_url or 'https://api.openai.com/v1'}/embeddings"
        self._fixed: dict[str, Json] = {"model": endpoint.model, "encoding_format": "float"}
        if dimensions:
            self._fixed["dimensions"] = dimensions

    async def __call__(self, texts: Sequence[str], kind: Kind) -> Json:
        return await self._api.post(self._url, {**self._fixed, "input": list(texts)}, _in_order)

    async def close(self) -> None:
        await self._api.close()


class OllamaBatch:
    """POST /api/embed. A text beyond the model's length is cut there."""

    size = 64

    def __init__(self, endpoint: Endpoint, patience: Patience) -> None:
        self._api = JsonApi(endpoint, patience)
        self._url = f"{endpoint.root}/api/embed"
        self._model = endpoint.model

    async def __call__(self, texts: Sequence[str], kind: Kind) -> Json:
        body = {"model": self._model, "input": list(texts), "truncate": True}
        return await self._api.post(self._url, body, lambda answer: answer["embeddings"])

    async def close(self) -> None:
        await self._api.close()


class TitanBatch:
    """Amazon Titan text embeddings by InvokeModel: one text a request."""

    size = 1

    def __init__(self, endpoint: Endpoint, dimensions: int | None, patience: Patience) -> None:
        self._api = BedrockApi(endpoint, "bedrock-runtime", patience)
        self._model = endpoint.model
        self._fixed: dict[str, Json] = {"dimensions": dimensions, "normalize": True} if dimensions else {}

    async def __call__(self, texts: Sequence[str], kind: Kind) -> Json:
        body = {**self._fixed, "inputText": texts[0]}
        return await self._api.call(_invoke(self._model, body), lambda answer: [answer["embedding"]])

    async def close(self) -> None:
        await self._api.close()


class CohereBatch:
    """Cohere's embedding models on Bedrock by InvokeModel: up to 96 texts, told apart as passages and queries."""

    size = 96

    def __init__(self, endpoint: Endpoint, dimensions: int | None, patience: Patience) -> None:
        self._api = BedrockApi(endpoint, "bedrock-runtime", patience)
        self._model = endpoint.model
        self._fixed: dict[str, Json] = {"output_dimension": dimensions} if dimensions else {}

    async def __call__(self, texts: Sequence[str], kind: Kind) -> Json:
        role = "search_query" if kind == "query" else "search_document"
        body = {**self._fixed, "texts": list(texts), "input_type": role, "truncate": "END"}
        return await self._api.call(_invoke(self._model, {**body, "embedding_types": ["float"]}), _cohere_vectors)

    async def close(self) -> None:
        await self._api.close()


def _in_order(answer: Json) -> Json:
    return [item["embedding"] for item in sorted(answer["data"], key=lambda item: item["index"])]


def _cohere_vectors(answer: Json) -> Json:
    vectors = answer["embeddings"]
    return vectors["float"] if isinstance(vectors, dict) else vectors


def _invoke(model: str, body: Json) -> Callable[[Any], Json]:
    def use(client: Any) -> Json:
        answer = client.invoke_model(
            modelId=model, body=json.dumps(body), contentType="application/json", accept="application/json"
        )
        return json.loads(answer["body"].read())

    return use
