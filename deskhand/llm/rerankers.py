"""Re-rankers over the network: the `/rerank` that Cohere, Jina and vLLM share, and Amazon Bedrock's Rerank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deskhand.llm.endpoint import Endpoint
from deskhand.llm.json_api import BedrockApi, JsonApi
from deskhand.llm.patience import Patience
from deskhand.nouns import Json


class HttpReranker:
    """POST {base_url}/rerank with query and documents."""

    def __init__(self, endpoint: Endpoint, patience: Patience = Patience()) -> None:
        self.name = endpoint.name
        self._api = JsonApi(endpoint, patience)
        self._url = f"{endpoint.openai_url}/rerank"
        self._model = endpoint.model

    async def rerank(self, query: str, texts: Sequence[str]) -> list[float]:
        """One relevance per text, in the order given; what the provider leaves out is 0."""
        if not texts:
            return []
        body = {"model": self._model, "query": query, "documents": list(texts), "top_n": len(texts)}
        return await self._api.post(self._url, body, lambda answer: _scores(answer, "relevance_score", len(texts)))

    async def close(self) -> None:
        await self._api.close()


class BedrockReranker:
    """The Rerank operation of `bedrock-agent-runtime` (amazon.rerank-v1:0, cohere.rerank-v3-5:0)."""

    def __init__(self, endpoint: Endpoint, patience: Patience = Patience()) -> None:
        self.name = endpoint.name
        self._api = BedrockApi(endpoint, "bedrock-agent-runtime", patience)
        self._model = endpoint.model

    async def rerank(self, query: str, texts: Sequence[str]) -> list[float]:
        """One relevance per text, in the order given; what the provider leaves out is 0."""
        if not texts:
            return []

        def use(client: Any) -> Json:
            return client.rerank(
                queries=[{"type": "TEXT", "textQuery": {"text": query}}],
                sources=[_source(text) for text in texts],
                rerankingConfiguration={
                    "type": "BEDROCK_RERANKING_MODEL",
                    "bedrockRerankingConfiguration": {
                        "modelConfiguration": {"modelArn": _arn(self._model, client.meta.region_name)},
                        "numberOfResults": len(texts),
                    },
                },
            )

        return await self._api.call(use, lambda answer: _scores(answer, "relevanceScore", len(texts)))

    async def close(self) -> None:
        await self._api.close()


def _source(text: str) -> Json:
    return {"type": "INLINE", "inlineDocumentSource": {"type": "TEXT", "textDocument": {"text": text}}}


def _arn(model: str, region: str) -> str:
    return model if model.startswith("arn:") else f"arn:aws:bedrock:{region}::foundation-model/{model}"


def _scores(answer: Json, name: str, count: int) -> list[float]:
    scores = [0.0] * count
    for result in answer["results"]:
        scores[result["index"]] = float(result[name])
    return scores
