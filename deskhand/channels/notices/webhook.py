"""Notices to a program: a signed HTTP request for each, as https://www.standardwebhooks.com describes them.

A notice that is sent again has the same `webhook-id` and the same body, by which its receiver knows it.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import json
import logging
import time
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from deskhand.errors import BadSettings, NoticeNotSent, NoticeRefused

if TYPE_CHECKING:
    import httpx2

    from deskhand.channels.notices.options import Webhook
    from deskhand.ticketing.notices import Notice

__all__ = ["PREFIX", "WebhookSender", "key_of", "signature"]

PREFIX: Final = "whsec_"
KEY_BYTES: Final = range(24, 65)
GONE: Final = 410
"""What a receiver says that wants no notices any more."""
LATER: Final = frozenset({429, 503})
LONGEST_ANSWER: Final = 65_536


class WebhookSender:
    """One receiver, by the name that settings give it; `clock` gives the seconds since 1970."""

    def __init__(self, name: str, options: Webhook, *, clock: Callable[[], float] = time.time) -> None:
        """Raises `BadSettings` for a secret that is none."""
        self._name, self._options, self._clock = name, options, clock
        self._keys = [key_of(secret, name) for secret in options.secrets]
        self._client: httpx2.AsyncClient | None = None

    async def send(self, notice: Notice) -> None:
        """Any answer of 2xx is a receipt; 410 refuses; all else, and redirects too, is tried again.

        Raises `NoticeNotSent`, `NoticeRefused`.
        """
        import httpx2

        content = body(notice)
        try:
            async with asyncio.timeout(self._options.seconds):
                status, retry_after = await self._posted(content, self._headers(notice, content))
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.CookieConflict, TimeoutError, OSError) as error:
            why = type(error).__name__
            raise NoticeNotSent(f"the webhook {self._name!r} cannot be reached ({why}).") from None
        if 200 <= status < 300:
            return
        if status == GONE:
            raise NoticeRefused(f"the webhook {self._name!r} wants no notices any more (HTTP {status}).")
        raise NoticeNotSent(f"the webhook {self._name!r} answers HTTP {status}.", retry_after)

    async def check(self) -> str:
        """Ask its server for the head of the address, unsigned; what was found. Raises `NoticeNotSent`."""
        import httpx2

        try:
            async with asyncio.timeout(self._options.seconds):
                status = (await self._opened().head(self._options.url)).status_code
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.CookieConflict, TimeoutError, OSError) as error:
            why = type(error).__name__
            raise NoticeNotSent(f"the webhook {self._name!r} cannot be reached ({why}).") from None
        # One that takes nothing but POST says so with 405 or 501, and is there.
        if status in (404, GONE) or (status >= 500 and status != 501):
            raise NoticeNotSent(f"the webhook {self._name!r} answers HTTP {status}; is the address right?")
        return f"its server is there (HTTP {status} to a question without a notice)"

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _posted(self, content: bytes, headers: dict[str, str]) -> tuple[int, float | None]:
        """The status, and how many seconds later another try is welcome. The answer's body is of no interest."""
        async with self._opened().stream("POST", self._options.url, content=content, headers=headers) as response:
            read = 0
            async for chunk in response.aiter_raw():
                read += len(chunk)
                if read > LONGEST_ANSWER:
                    break
            said = response.headers.get("retry-after", "") if response.status_code in LATER else ""
            return response.status_code, float(said) if said.isdecimal() else None

    def _headers(self, notice: Notice, content: bytes) -> dict[str, str]:
        now = int(self._clock())
        return {
            "content-type": "application/json",
            "user-agent": "deskhand",
            "webhook-id": notice.key,
            "webhook-timestamp": str(now),
            "webhook-signature": " ".join(signature(key, notice.key, now, content) for key in self._keys),
        }

    def _opened(self) -> httpx2.AsyncClient:
        import httpx2

        if self._client is None:
            # The client writes addresses to its log, and an address may hold a token.
            logging.getLogger("httpx2").setLevel(logging.WARNING)
            # A redirect could lead anywhere, and would be signed for there.
            self._client = httpx2.AsyncClient(follow_redirects=False, timeout=self._options.seconds)
        return self._client


def body(notice: Notice) -> bytes:
    """The same on every try."""
    told = {"type": f"ticket.{notice.kind}", "timestamp": notice.made.isoformat(), "data": notice.data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8", "replace")


def signature(key: bytes, id: str, timestamp: int, content: bytes) -> str:
    """`v1,` and the HMAC-SHA256 over "ID.TIMESTAMP.BODY" in base64.

    Source: the Standard Webhooks specification 1.0.0, section "Signature scheme".
    """
    signed = hmac.digest(key, b".".join((id.encode(), str(timestamp).encode(), content)), sha256)
    return f"v1,{base64.b64encode(signed).decode()}"


def key_of(secret: str, name: str) -> bytes:
    """The key in a secret, `whsec_` and 24 to 64 bytes in base64. Raises `BadSettings`."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(PREFIX) or len(key) not in KEY_BYTES:
        raise BadSettings(
            f"tickets.notices.webhooks.{name}.secret is no secret of a webhook: it must be {PREFIX!r} and 24 to 64 "
            "random bytes in base64. See docs/how-to/ticket-notices.md#webhooks."
        )
    return key
