"""Files sent to a real server: one that breaks off leaves nothing, one that comes slowly does not hold up others."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

ROOM = 2_000
"""Looks at a thing that is about to happen, at most."""


def begin(url: str, token: str, name: str, length: int, body: bytes) -> socket.socket:
    """A connection on which a file has begun to come."""
    host = urlsplit(url)
    opened = socket.create_connection((host.hostname or "", host.port or 0), timeout=30)
    head = (
        f"PUT /v1/sources/sent/files/{name} HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Length: {length}\r\n\r\n"
    )
    opened.sendall(head.encode() + body)
    return opened


def test_a_file_that_breaks_off_leaves_nothing_and_one_that_is_slow_holds_up_nobody(household: Any) -> None:
    server = household.serve()
    token = household.token("ben@example.com", "ask", "ingest")
    client, spool = server.client(token), household.folder / "desk" / "spool"

    broken, slow = (begin(server.url, token, name, 8_000, b"tray " * 800) for name in ("half.md", "slow.md"))
    meanwhile = client.put("/v1/sources/sent/files/guide.md", content=b"Fill the lower tray.")
    for _ in range(ROOM):
        if len([*spool.glob("*/half.md"), *spool.glob("*/slow.md")]) == 2:
            break
        client.get("/health")
    broken.close()
    slow.sendall(b"ink. " * 800)
    reply = slow.recv(4096)
    slow.close()
    for _ in range(ROOM):
        if client.get("/v1/sources/sent").json()["state"] == "idle" and not [*spool.iterdir()]:
            break

    assert meanwhile.status_code == 202
    assert b" 202 " in reply.splitlines()[0]
    assert {each["item"] for each in client.get("/v1/documents?source=sent").json()} == {"guide.md", "slow.md"}
    assert list(spool.iterdir()) == []
    assert "Traceback" not in household.log()
