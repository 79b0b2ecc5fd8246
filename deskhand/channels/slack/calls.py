"""The way to Slack's Web API: paced, bounded in time, and never repeated blindly where a repetition would be seen.

Bolt and the SDK have retries of their own; they are off here, because only the caller knows what may be done twice.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from deskhand.channels.slack.options import Options
from deskhand.channels.slack.pacing import Pacing
from deskhand.errors import SlackError, SlackUnavailable, SlackUnsure

if TYPE_CHECKING:
    import aiohttp
    from slack_sdk.web.async_client import AsyncWebClient

READS = frozenset({"info", "list", "history", "replies", "members", "test", "getPermalink", "lookupByEmail"})
"""Last parts of the names of methods that change nothing; they take their arguments as a form, not as JSON."""

REPEATABLE = frozenset(
    {
        "assistant.threads.setStatus",
        "assistant.threads.setSuggestedPrompts",
        "assistant.threads.setTitle",
        "chat.delete",
        "chat.update",
        "conversations.join",
        "conversations.open",
        "reactions.add",
        "reactions.remove",
        "views.publish",
    }
)
"""Methods that change something and may be called twice: the second time changes no more."""

SECONDS = 10.0
CONNECT_SECONDS = 5.0
TRIES = 6
FIRST_PAUSE = 0.5
AT_ONCE = 32
"""Calls of one method on their way at once: those behind them hear of a limit before they set out."""

PATIENCE = 600.0
"""Seconds that `must` waits for slots in all."""

LONGEST = 3_600.0
"""Seconds that a `Retry-After` is believed."""

LIMITED = frozenset({"ratelimited", "rate_limited"})
NOT_DONE = frozenset({"service_unavailable", "request_timeout", "team_added_to_org"})
"""Slack's words for "not now": nothing was carried out."""

UNSURE = frozenset({"internal_error", "fatal_error"})
"""Slack's words for a failure on its side, after which some of it may have been carried out."""

ADVICE: Final[Mapping[str, str]] = {
    "account_inactive": "the token's app or user was removed; install the app again and set its new token",
    "channel_not_found": "the app cannot see it; invite it there",
    "invalid_auth": "the token is wrong; copy the bot token (xoxb-…) again",
    "is_archived": "the channel is archived",
    "missing_scope": "add the scope to the app and install it again",
    "not_authed": "there is no token; set the bot token (xoxb-…)",
    "not_in_channel": "invite the app to the channel",
    "token_expired": "the token has expired; install the app again",
    "token_revoked": "the token was revoked; install the app again and set its new token",
}


@dataclass(frozen=True, slots=True)
class Me:
    """Who the bot token is: ids of its user, its bot, its workspace, its app (None when Slack does not tell) and its
    enterprise, its user's name, and the scopes it was granted (empty when Slack does not tell)."""

    user: str
    bot: str
    team: str
    app: str | None
    name: str
    enterprise: str | None = None
    scopes: frozenset[str] = frozenset()


class _Limited(Exception):
    """Slack said "later"."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class _Reply:
    data: dict[str, Any]
    headers: Mapping[str, str]


class Calls:
    """One bot token's calls, with one pool of connections; `close` it. Tokens and texts are in no error and no log."""

    def __init__(
        self,
        options: Options,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._options = options
        self._pacing = Pacing(clock)
        self._sleep = sleep
        self._opened: AsyncWebClient | None = None
        self._closed = False
        self._me: Me | None = None
        self._asking = asyncio.Lock()
        self._lanes: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))

    async def __aenter__(self) -> Calls:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections; a call after it raises `SlackUnavailable`."""
        self._closed = True
        if self._opened is not None and self._opened.session is not None:
            await self._opened.session.close()

    async def must(self, method: str, /, **arguments: Any) -> dict[str, Any]:
        """Call `method` and return Slack's answer; waits out rate limits, up to 10 minutes in all.

        Where nothing was carried out it is tried again, six times in all; so are methods that may be called twice.
        Raises `SlackError` when Slack refuses, `SlackUnavailable` when it does not answer, and `SlackUnsure` when
        another method (`chat.postMessage`) broke off and may have been carried out.
        """
        return (await self._must(method, arguments)).data

    async def may(self, method: str, /, **arguments: Any) -> dict[str, Any] | None:
        """Call `method` once, now, and return Slack's answer; None when it is being rate limited.

        Raises `SlackError`, `SlackUnavailable`, `SlackUnsure` as `must` does, after one try.
        """
        key = self._pacing.key(method, arguments)
        if self._pacing.wait(key) > 0:
            return None
        self._pacing.take(key)
        try:
            return (await self._send(method, arguments)).data
        except _Limited as limited:
            self._pacing.limit(key, limited.seconds)
            return None

    async def pages(self, method: str, field: str, /, **arguments: Any) -> AsyncIterator[Any]:
        """Each item of `field` ("messages") over all pages, `limit` items (200 unless given) a page.

        Raises as `must`.
        """
        asked = {"limit": 200, **arguments}
        seen: set[str] = set()
        while True:
            answer = await self.must(method, **asked)
            for item in answer.get(field) or ():
                yield item
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return
            if cursor in seen:  # whoever takes these for all would take some for all
                raise SlackError(f"the pages of {method} go round in a circle; try again later", "invalid_cursor")
            seen.add(cursor)
            asked["cursor"] = cursor

    async def me(self) -> Me:
        """Who the token is, asked once. Raises as `must`."""
        async with self._asking:
            if self._me is None:
                self._me = await self._who()
            return self._me

    def client(self) -> AsyncWebClient:
        """The SDK's client, opened by the first who needs it, inside the event loop. Raises `SlackUnavailable` after
        `close`."""
        if self._closed:
            raise SlackUnavailable("the way to Slack was closed: the desk is stopping", "closed")
        if self._opened is None:
            self._opened = _opened(self._options)
        return self._opened

    def session(self) -> aiohttp.ClientSession:
        """The pool of connections, which carries no token by itself."""
        session = self.client().session
        assert session is not None
        return session

    async def _who(self) -> Me:
        reply = await self._must("auth.test", {})
        told = reply.data
        bot = str(told.get("bot_id") or "")
        scopes = reply.headers.get("x-oauth-scopes", "")
        return Me(
            user=str(told.get("user_id") or ""),
            bot=bot,
            team=str(told.get("team_id") or ""),
            app=await self._app(bot),
            name=str(told.get("user") or ""),
            enterprise=told.get("enterprise_id") or None,
            scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
        )

    async def _app(self, bot: str) -> str | None:
        if not bot:
            return None
        try:
            return ((await self.must("bots.info", bot=bot)).get("bot") or {}).get("app_id") or None
        except (SlackUnavailable, SlackUnsure):
            raise
        except SlackError:
            return None

    async def _must(self, method: str, arguments: Mapping[str, Any]) -> _Reply:
        key = self._pacing.key(method, arguments)
        deadline = self._pacing.now() + PATIENCE
        tries = 0
        while True:
            await self._slot(method, key, deadline)
            try:
                async with self._lanes[method]:
                    if self._pacing.shut(key):
                        continue
                    return await self._send(method, arguments)
            except _Limited as limited:
                self._pacing.limit(key, limited.seconds)
            except SlackUnavailable:
                tries += 1
                if tries >= TRIES or self._closed:
                    raise
                await self._sleep(FIRST_PAUSE * 2 ** (tries - 1) * random.uniform(1.0, 1.25))  # noqa: S311

    async def _slot(self, method: str, key: str, deadline: float) -> None:
        """Wait for a slot; another one when Slack has said "later" meanwhile."""
        while True:
            if self._pacing.now() + self._pacing.wait(key) > deadline:
                raise SlackUnavailable(
                    f"Slack limits {method} for longer than {PATIENCE:.0f} s; it was not called", "ratelimited"
                )
            slot = self._pacing.take(key)
            wait = slot - self._pacing.now()
            if wait > 0:
                await self._sleep(wait)
            if not self._pacing.shut(key):
                return

    async def _send(self, method: str, arguments: Mapping[str, Any]) -> _Reply:
        """One try. Raises `SlackUnavailable` when a further one can do no harm, `SlackUnsure` when it could."""
        import aiohttp
        from slack_sdk.errors import SlackApiError

        client = self.client()
        given = {name: value for name, value in arguments.items() if value is not None}
        reads = method.rpartition(".")[2] in READS
        try:
            if reads:
                response = await client.api_call(method, data={name: _form(value) for name, value in given.items()})
            else:
                response = await client.api_call(method, json=given)
        except SlackApiError as error:
            raise _refused(method, error.response) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
            raise SlackUnavailable(
                f"Slack cannot be reached for {method} ({type(error).__name__}); check the network, the proxy and the "
                "address of its API",
                "unreachable",
            ) from None
        except (aiohttp.ClientError, OSError) as error:
            why = "timeout" if isinstance(error, TimeoutError) else "connection"
            raise _broken(method, f"{type(error).__name__} before the answer", why) from None
        except (AttributeError, ValueError):
            # The SDK trips over an answer that is not JSON, as from a proxy between here and Slack.
            raise _broken(method, "the answer was no JSON", "malformed") from None
        assert isinstance(response.data, dict)
        return _Reply(response.data, {name.lower(): value for name, value in response.headers.items()})


def _opened(options: Options) -> AsyncWebClient:
    import aiohttp
    from slack_sdk.web.async_client import AsyncWebClient

    # The SDK writes arguments, which are people's words, and the proxy's address to its log at the level DEBUG.
    quiet = logging.getLogger("deskhand.slack.client")
    quiet.setLevel(logging.WARNING)
    timeout = aiohttp.ClientTimeout(total=SECONDS, sock_connect=CONNECT_SECONDS)
    return AsyncWebClient(
        token=options.bot_token,
        base_url=options.api_url,
        session=aiohttp.ClientSession(timeout=timeout),
        logger=quiet,
        retry_handlers=[],
    )


def _form(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refused(method: str, response: Any) -> Exception:
    """What to raise for an answer that is not "ok"."""
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0) or 0)
    told = getattr(response, "data", None)
    told = told if isinstance(told, dict) else {}
    word = str(told.get("error") or "")
    if status == 429 or word in LIMITED:
        return _Limited(_retry_after(getattr(response, "headers", None) or {}))
    if word in NOT_DONE:
        return SlackUnavailable(f'Slack answers "{word}" to {method}', word)
    if word in UNSURE or status >= 500:
        return _broken(method, f'it answered "{word or status}"', word or f"http_{status}")
    if not word and status == 200:
        return _broken(method, "the answer was not Slack's", "malformed")
    if not word:
        return SlackError(f"something between here and Slack answers {method} with HTTP {status}", f"http_{status}")
    return _error(method, word, told)


def _error(method: str, word: str, told: Mapping[str, Any]) -> SlackError:
    needed = str(told.get("needed") or "")
    message = f'Slack refuses {method}: "{word}"'
    if needed:
        message += f" ({needed})"
    messages = (told.get("response_metadata") or {}).get("messages") or []
    # Only where, never what: Slack quotes the block that it does not like.
    places = sorted({place for each in messages for place in re.findall(r"json-pointer:([\w/]{1,80})", str(each))})
    if places:
        message += f" at {', '.join(places[:5])}"
    if word in ADVICE:
        message += f"; {ADVICE[word]}"
    return SlackError(message, word, needed)


def _broken(method: str, what: str, word: str) -> SlackError:
    """An answer that never came, by whether the method may be called again."""
    if method in REPEATABLE or method.rpartition(".")[2] in READS:
        return SlackUnavailable(f"Slack does not answer {method}: {what}", word)
    return SlackUnsure(f"{method} broke off: {what}; it may have been carried out", word)


def _retry_after(headers: Mapping[str, str]) -> float:
    said = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    try:
        return min(max(0.0, float(said)) or 1.0, LONGEST)
    except ValueError:
        return 1.0
