"""Models by role: chat, embed, rerank, see; and the embedder that comes with the house.

Nothing outside this room knows a provider's library, and none of them is imported before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deskhand.llm.embedded import EmbeddedEmbedder, embedded_embedder, weights_directory
    from deskhand.llm.protocol import Budget, Chat, Completion, Embedder, Message, Reranker, Seer, Vectors

_HOME = {
    "EmbeddedEmbedder": "embedded",
    "embedded_embedder": "embedded",
    "weights_directory": "embedded",
    **dict.fromkeys(("Budget", "Chat", "Completion", "Embedder", "Message", "Reranker", "Seer", "Vectors"), "protocol"),
}

__all__ = [  # noqa: RUF022 - by role
    "Budget", "Chat", "Completion", "Message", "Embedder", "Vectors", "Reranker", "Seer",
    "EmbeddedEmbedder", "embedded_embedder", "weights_directory",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
