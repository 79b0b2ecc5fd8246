"""Images to words, over every provider's protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from deskhand.errors import BadInput, BudgetSpent
from deskhand.llm import Budget, open_seer

if TYPE_CHECKING:
    from model_server import ModelServer

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf"
    "c000000301010018dd8db00000000049454e44ae426082"
)


@pytest.mark.parametrize("provider", ["openai", "anthropic", "bedrock", "ollama"])
async def test_an_image_is_sent_and_described(
    provider: str, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    model_server.script.when("<image>", "A red square.")
    key = None if provider == "bedrock" else SecretStr("k")
    seer = open_seer(provider, "m", base_url=model_server.url, api_key=key, region="eu-west-1")  # type: ignore[arg-type]

    seen = await seer.describe(PIXEL, "image/png", budget=Budget())

    assert seen.text == "A red square."
    await seer.close()


async def test_what_is_no_image_is_not_sent(model_server: ModelServer) -> None:
    seer = open_seer("ollama", "m", base_url=model_server.url)

    with pytest.raises(BadInput, match="application/pdf"):
        await seer.describe(b"%PDF", "application/pdf", budget=Budget())
    with pytest.raises(BudgetSpent):
        await seer.describe(PIXEL, "image/png", budget=Budget(tokens=500))

    assert model_server.script.requests == []
