"""The models: those that answer, the one that finds by meaning, the one that looks a second time, the one that sees."""

from __future__ import annotations

import struct
import uuid
import zlib
from typing import TYPE_CHECKING

from deskhand.channels.connected import Connected
from deskhand.channels.trying import Tried
from deskhand.settings.showing import public_address

if TYPE_CHECKING:
    from deskhand.assembly.desk import Desk
    from deskhand.llm import Embedder, Reranker, Seer
    from deskhand.settings import EmbedderSettings, ModelSettings, RerankerSettings, Settings

MODEL_SECONDS = 25.0
_SEE = "see docs/how-to/connect-a-model.md"


def models(desk: Desk) -> list[Connected]:
    """Every label, then the embedders, the reranker and the seer."""
    settings = desk.settings
    found = [_chat(label, model, settings) for label, model in settings.models.items()]
    if not found:
        what = "None is set: answers quote their sources"
        found.append(Connected("models", "models", "Chat models", what, on=False, next=f"Set `models`; {_SEE}."))
    opened = desk.models
    embedder, former = opened.embedders if opened is not None else (None, None)
    found.append(_embedder("embedder", "Embedder", settings.embedder, embedder))
    if settings.former_embedder is not None:
        found.append(_embedder("former-embedder", "Embedder before", settings.former_embedder, former))
    found.append(_reranker(settings.reranker, opened.reranker if opened else None))
    if opened is not None and opened.seer is not None:
        found.append(_seer(str(settings.seer), opened.seer))
    return found


def _chat(label: str, model: ModelSettings, settings: Settings) -> Connected:
    roles = {
        "answers when none is named": label == settings.default_model,
        "reads images": label == settings.seer,
        "proposes what is done for tickets": label == settings.tickets.model,
    }
    chosen = ", ".join(role for role, has in roles.items() if has)
    facts = _place(model) | ({"Task": chosen} if chosen else {})
    return Connected(
        f"model:{label}",
        "models",
        label,
        f"{model.model}, by {model.provider}",
        facts,
        check=lambda: _asked(model),
        seconds=MODEL_SECONDS,
    )


def _place(model: ModelSettings | EmbedderSettings | RerankerSettings) -> dict[str, str]:
    """Where it is, and whether a key for it is set."""
    facts = {"Server": public_address(model.base_url) if model.base_url else "the provider's own"}
    if model.region:
        facts["Region"] = model.region
    facts["Key"] = "set" if model.api_key else "from the environment, if any"
    return facts


async def _asked(model: ModelSettings) -> list[Tried]:
    return [Tried("answer", True, await try_model(model))]


async def try_model(model: ModelSettings) -> str:
    """Its name and the tokens of a one-word answer. Raises `ModelError`."""
    from deskhand.llm import Budget, Message, open_chat

    chat = open_chat(
        model.provider,
        model.model,
        base_url=model.base_url,
        api_key=model.api_key,
        region=model.region,
        temperature=model.temperature,
        timeout=min(model.timeout, 20.0),
        max_tokens=16,
    )
    try:
        said = await chat.complete([Message("user", "Say yes.")], budget=Budget(tokens=1_000, seconds=20.0))
    finally:
        await chat.close()
    return f"{chat.name}: {said.usage.input_tokens} tokens in, {said.usage.output_tokens} out"


def _embedder(name: str, title: str, chosen: EmbedderSettings, embedder: Embedder | None) -> Connected:
    if embedder is None:
        return Connected(
            name,
            "models",
            title,
            "None works here: search goes by words alone",
            on=False,
            next=f"Run `deskhand models install`, or set embedder.provider; {_SEE}.",
        )
    embedded = chosen.provider == "embedded"
    what = (
        f"all-MiniLM-L6-v2, in this process ({chosen.runtime})" if embedded else f"{chosen.model}, by {chosen.provider}"
    )
    facts = {"Dimensions": str(embedder.dimensions)} | ({} if embedded else _place(chosen))
    return Connected(
        name, "models", title, what, facts, check=lambda: _embedded(embedder), seconds=MODEL_SECONDS, free=embedded
    )


async def _embedded(embedder: Embedder) -> list[Tried]:
    # A text that it has never seen: vectors of questions are remembered.
    vectors = await embedder.embed([f"Is anything there? {uuid.uuid4().hex}"], kind="passage")
    return [Tried("vector", True, f"{embedder.name}: {vectors.shape[1]} dimensions")]


def _reranker(chosen: RerankerSettings | None, reranker: Reranker | None) -> Connected:
    title = "Reranker"
    if chosen is None or reranker is None:
        what = "None is set: what search finds is given in its own order"
        return Connected("reranker", "models", title, what, on=False, next=f"Set `reranker`; {_SEE}.")
    what = f"{chosen.model}, by {chosen.provider}"
    return Connected(
        "reranker",
        "models",
        title,
        what,
        _place(chosen),
        check=lambda: _reranked(reranker),
        seconds=MODEL_SECONDS,
    )


async def _reranked(reranker: Reranker) -> list[Tried]:
    texts = ["The printer blinks red when it has no paper.", "To reset a password, choose Forgotten password."]
    scores = await reranker.rerank("How do I reset my password?", texts)
    detail = f"{reranker.name} put two passages in order"
    if scores[1] <= scores[0]:
        return [Tried("order", False, f"{detail}, the one that answers the question last: is it a reranker?")]
    return [Tried("order", True, detail)]


def _seer(label: str, seer: Seer) -> Connected:
    what = f"The model {label} reads images in documents"
    return Connected("seer", "models", "Image reader", what, check=lambda: _seen(seer), seconds=MODEL_SECONDS)


async def _seen(seer: Seer) -> list[Tried]:
    from deskhand.llm import Budget

    said = await seer.describe(_square(), "image/png", budget=Budget(tokens=4_000, seconds=20.0))
    return [Tried("image", True, f"{seer.name}: {said.usage.output_tokens} tokens about a white square")]


def _square(side: int = 64) -> bytes:
    """A white square as a PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\x00" + b"\xff" * side) * side)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
