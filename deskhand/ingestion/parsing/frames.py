"""Messages over a pipe: four bytes of length, big-endian, then JSON in UTF-8."""

from __future__ import annotations

import json
import struct
from typing import BinaryIO

from deskhand.nouns import Json

LENGTH = struct.Struct(">I")
LONGEST = 64 << 20
"""Bytes of one message; a length above it means that the other side has lost its mind."""


class Broken(Exception):
    """The other side is gone, or what it sends is no message."""


def send(pipe: BinaryIO, message: Json) -> None:
    """Write one message. Raises `OSError` when nobody reads."""
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    pipe.write(LENGTH.pack(len(body)) + body)
    pipe.flush()


def receive(pipe: BinaryIO) -> Json:
    """The next message. Raises `Broken` at the end of the pipe or when it is none."""
    head = pipe.read(LENGTH.size)
    if head is None or len(head) < LENGTH.size:
        raise Broken
    (length,) = LENGTH.unpack(head)
    if length > LONGEST:
        raise Broken
    body = pipe.read(length)
    if len(body) < length:
        raise Broken
    try:
        return json.loads(body)
    except ValueError:
        raise Broken from None
