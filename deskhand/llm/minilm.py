"""all-MiniLM-L6-v2 by numpy alone: a text in, a vector of length 1 out, the same to six digits as its torch original.

One text at a time: padding texts to one length costs more than a batch saves on a processor.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from deskhand.llm.safetensors import Rows, read_arrays

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Array = npt.NDArray[np.float32]

DIMENSIONS = 384
MAX_TOKENS = 256
"""What the model was trained to read, [CLS] and [SEP] included; a longer text is cut."""

LAYERS = 6
HEADS = 12
_WIDTH = DIMENSIONS // HEADS
_EPSILON = np.float32(1e-12)


def read_tokenizer(directory: Path) -> Tokenizer:
    """The model's tokenizer, cutting at `MAX_TOKENS`. Its file says 128 and pads to 128, as no caller of it wants."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def position_rows(weights: Mapping[str, Array]) -> Array:
    """What is added to the word at each position, the (one) kind of sentence included; shape (256, 384)."""
    positions = weights["embeddings.position_embeddings.weight"][:MAX_TOKENS]
    return np.asarray(positions + weights["embeddings.token_type_embeddings.weight"][0], np.float32)


class MiniLM:
    """The network with its weights mapped from `directory`; safe to call from several threads at once."""

    def __init__(self, directory: Path) -> None:
        self._tokenizer = read_tokenizer(directory)
        self._weights = read_arrays(directory / "model.safetensors")
        self._words = Rows(directory / "model.safetensors", "embeddings.word_embeddings.weight")
        self._positions = position_rows(self._weights)

    def embed(self, text: str) -> Array:
        """The text's vector, shape (384,), length 1."""
        tokens = self._tokenizer.encode(text).ids
        rows = self._words.take(tokens)
        rows += self._positions[: len(tokens)]
        rows = self._normed(rows, "embeddings.LayerNorm")
        for layer in range(LAYERS):
            rows = self._layer(rows, f"encoder.layer.{layer}.")
        pooled: Array = rows.mean(axis=0)
        pooled /= np.linalg.norm(pooled)
        return pooled

    def _layer(self, rows: Array, at: str) -> Array:
        attended = self._linear(self._attention(rows, at + "attention.self."), at + "attention.output.dense")
        attended += rows
        rows = self._normed(attended, at + "attention.output.LayerNorm")
        wide = _gelu(self._linear(rows, at + "intermediate.dense"))
        narrow = self._linear(wide, at + "output.dense")
        narrow += rows
        return self._normed(narrow, at + "output.LayerNorm")

    def _attention(self, rows: Array, at: str) -> Array:
        query = self._linear(rows, at + "query")
        query *= np.float32(_WIDTH**-0.5)
        scores = _heads(query) @ _heads(self._linear(rows, at + "key")).transpose(0, 2, 1)
        scores -= scores.max(axis=2, keepdims=True)
        np.exp(scores, out=scores)
        seen = scores @ _heads(self._linear(rows, at + "value"))
        # Dividing here rather than the scores: 32 columns instead of up to 256.
        seen /= scores.sum(axis=2, keepdims=True)
        return np.asarray(seen.transpose(1, 0, 2).reshape(len(rows), DIMENSIONS), np.float32)

    def _linear(self, rows: Array, at: str) -> Array:
        out: Array = rows @ self._weights[at + ".weight"].T
        out += self._weights[at + ".bias"]
        return out

    def _normed(self, rows: Array, at: str) -> Array:
        rows -= rows.mean(axis=1, keepdims=True)
        rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows)[:, None] / np.float32(DIMENSIONS) + _EPSILON)
        rows *= self._weights[at + ".weight"]
        rows += self._weights[at + ".bias"]
        return rows


def _heads(rows: Array) -> Array:
    return rows.reshape(len(rows), HEADS, _WIDTH).transpose(1, 0, 2)


def _gelu(rows: Array) -> Array:
    """x·Φ(x), in place; numpy has no error function.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, formula 7.1.26 (error below 1.5e-7).
    """
    step = 32  # rows at a time, so that the working arrays stay in the processor's cache
    for begin in range(0, len(rows), step):
        part = rows[begin : begin + step]
        size = np.abs(part)
        size *= np.float32(0.5**0.5)
        t = size * np.float32(0.3275911)
        t += np.float32(1)
        np.reciprocal(t, out=t)
        sum_ = t * np.float32(1.061405429)
        for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
            sum_ += np.float32(factor)
            sum_ *= t
        size *= size
        np.negative(size, out=size)
        sum_ *= np.exp(size, out=size)
        # sum_ is erfc(|x|/√2): x·Φ(x) is x - x·sum_/2 right of zero and x·sum_/2 left of it.
        sum_ *= np.float32(0.5)
        sum_ *= part
        np.maximum(part, 0, out=part)
        part -= np.copysign(sum_, 1)
    return rows
