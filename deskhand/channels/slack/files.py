"""The files of a question and of the thread before it, read within stated limits; the others are named with a reason.

The bot's token goes to Slack's own hosts only, whatever address a file claims to have. A file's name is shown to people
in Slack and stands in no log.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from deskhand.channels.slack.trail import is_mine, key_of
from deskhand.errors import DeskhandError, ModelError, SlackError, SlackUnavailable, SlackUnsure, Unreadable
from deskhand.ingestion import FileText
from deskhand.ingestion.readers import DOCUMENTS, EXPORTS, PICTURES, ending

if TYPE_CHECKING:
    from yarl import URL

    from deskhand.channels.slack.calls import Calls, Me
    from deskhand.channels.slack.options import Options
    from deskhand.ingestion import Ingestion

MB = 1 << 20
CHARACTERS = 20_000
"""Of the files' texts in all: each has an equal share, and what one leaves the next ones may use."""

CHUNK = 256 * 1024
SECONDS = 60.0
SILENT_SECONDS = 10.0
REDIRECTS = 3
TRIES = 3
KEPT = 32
"""Files whose text is remembered: a conversation about a file asks for it again and again."""

KIND, SIZE, COUNT, BROKEN, GONE, PICTURE, EMPTY = "kind", "size", "count", "broken", "gone", "picture", "empty"
"""Why a file was not read; each has its words in `wording.not_read`."""

SCOPE = "the app may not read files; it lacks the scope files:read"
BLIND = "the model that sees pictures did not answer; send it again"
UNCLEARED = "sensitive data in it could not be taken out"
ELSEWHERE = "it lies outside Slack, where I do not go"
TYPES = {
    "application/csv": ".csv",
    "application/json": ".json",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/markdown": ".md",
}
"""Media types, and the end of name under which their reader is known."""

READ = frozenset({*DOCUMENTS, *EXPORTS, *PICTURES})
LEFT_ALONE = frozenset({"canvas", "email", "hidden_by_limit", "list", "post", "quip", "space", "tombstone"})
"""Slack's modes of files that are no files, or no longer there."""

log = logging.getLogger("deskhand.slack")


@dataclass(frozen=True, slots=True)
class Found:
    """The texts of files, each under its name, and the names of those that were not read, with the reason."""

    texts: tuple[str, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()


class _NotRead(Exception):
    """The reason why a file was not read; never shown as an error."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Files:
    """Reads attached files: at most `options.files` a question, the question's own first, then the thread's newest."""

    def __init__(
        self,
        calls: Calls,
        ingestion: Ingestion,
        options: Options,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._calls, self._ingestion, self._options, self._sleep = calls, ingestion, options, sleep
        self._texts: OrderedDict[tuple[str, str], FileText] = OrderedDict()

    async def read(
        self, question: Mapping[str, Any] | None, before: Sequence[Mapping[str, Any]], me: Me, *, expected: bool = False
    ) -> Found:
        """The files of the question's message, and of those `before` it that other people wrote.

        A file that could not be read is named once: not again after an answer of ours that came later than the file.
        `expected` says that the question came with files. Raises `SlackUnavailable` when Slack does not answer.
        """
        own = list(_files(question or {}))
        if expected and not own:
            return Found(unread=(("?", GONE),))
        told = max((n for n, message in enumerate(before) if _is_final(message, me)), default=-1)
        earlier = [
            (file, n > told)
            for n, message in reversed(list(enumerate(before)))
            if not is_mine(dict(message), me)
            for file in _files(message)
        ]
        wanted = [(file, True) for file in own] + earlier
        most = self._options.files
        read = await asyncio.gather(*(self._one(file) for file, _ in wanted[:most]))
        texts, unread = [], []
        left, waiting = CHARACTERS, sum(isinstance(outcome, FileText) for _, outcome in read)
        for (_, new), (name, outcome) in zip(wanted, read, strict=False):
            if isinstance(outcome, FileText):
                texts.append(_titled(name, outcome, left // waiting))
                left, waiting = left - len(texts[-1]), waiting - 1
            elif new:
                unread.append((name, outcome))
        unread += [(_name(file), COUNT) for file in own[most:]]
        return Found(tuple(texts), tuple(unread))

    async def _one(self, file: Mapping[str, Any]) -> tuple[str, FileText | str]:
        """The file's name, and its text or why it was not read."""
        try:
            if file.get("file_access") == "check_file_info":
                # A file from another company's side of a shared channel comes as its id alone.
                file = (await self._calls.must("files.info", file=file.get("id"))).get("file") or {}
            return _name(file), await self._text(file)
        except _NotRead as not_read:
            return _name(file), not_read.reason
        except (SlackUnavailable, SlackUnsure):
            raise
        except SlackError as error:
            return _name(file), SCOPE if error.slack == "missing_scope" else GONE
        except Unreadable as error:
            return _name(file), _reason(str(error))
        except DeskhandError as error:
            log.warning("an attached file was not read (%s)", error.code)
            return _name(file), BLIND if isinstance(error, ModelError) else UNCLEARED

    async def _text(self, file: Mapping[str, Any]) -> FileText:
        end = _ending(file)
        size = file.get("size")
        if isinstance(size, int) and size > self._options.file_mb * MB:
            raise _NotRead(SIZE)
        # A snippet can be edited: its size or its time then changes.
        key = (str(file.get("id") or ""), f"{file.get('timestamp')} {file.get('updated')} {size}")
        if key in self._texts:
            self._texts.move_to_end(key)
            return self._texts[key]
        with tempfile.NamedTemporaryFile(prefix="deskhand-slack-") as kept:
            await self._download(file, kept)
            text = await self._ingestion.text_of(Path(kept.name), f"attached{end}", limit=CHARACTERS)
        if key[0]:
            self._texts[key] = text
            while len(self._texts) > KEPT:
                self._texts.popitem(last=False)
        return text

    # Fetching

    async def _download(self, file: Mapping[str, Any], kept: IO[bytes]) -> None:
        """Bring the file's bytes here. Raises `_NotRead`, and `SlackUnavailable` when Slack does not answer."""
        import aiohttp

        for turn in range(TRIES):
            try:
                await self._fetched(file, kept)
                return
            except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
                if turn == TRIES - 1:
                    raise SlackUnavailable(
                        f"Slack does not send a file ({type(error).__name__}); try again later", "unreachable"
                    ) from None
                await self._sleep(0.5 * 2**turn)
                await asyncio.to_thread(_emptied, kept)

    async def _fetched(self, file: Mapping[str, Any], kept: IO[bytes]) -> None:
        import aiohttp
        from yarl import URL

        try:
            url = URL(str(file.get("url_private_download") or file.get("url_private") or ""))
        except ValueError:
            raise _NotRead(ELSEWHERE) from None
        client = self._calls.client()
        timeout = aiohttp.ClientTimeout(total=SECONDS, sock_read=SILENT_SECONDS, sock_connect=SILENT_SECONDS)
        for _ in range(REDIRECTS + 1):
            if not self._is_slack(url):
                raise _NotRead(ELSEWHERE)
            # Redirects by hand: each new place is looked at before it is shown the token.
            async with self._calls.session().get(
                url,
                headers={"Authorization": f"Bearer {self._options.bot_token}"},
                allow_redirects=False,
                timeout=timeout,
                proxy=client.proxy,
            ) as response:
                if response.status in (301, 302, 303, 307, 308):
                    url = url.join(URL(response.headers.get("Location", "")))
                    continue
                await self._taken(response, file, kept)
                return
        raise _NotRead(GONE)

    async def _taken(self, response: Any, file: Mapping[str, Any], kept: IO[bytes]) -> None:
        if response.status in (401, 403):
            raise _NotRead(SCOPE)
        if response.status == 429 or response.status >= 500:
            response.raise_for_status()
        if response.status != 200:
            raise _NotRead(GONE)
        a_page = response.content_type == "text/html"
        if a_page and DOCUMENTS.get(_ending(file)) != "html":
            # Without the scope Slack answers 200, with a page to sign in at.
            raise _NotRead(SCOPE)
        most, length = self._options.file_mb * MB, 0
        async for chunk in response.content.iter_chunked(CHUNK):
            length += len(chunk)
            if length > most:
                raise _NotRead(SIZE)
            await asyncio.to_thread(kept.write, chunk)
        await asyncio.to_thread(kept.flush)
        if a_page and length != file.get("size"):
            raise _NotRead(SCOPE)

    def _is_slack(self, url: URL) -> bool:
        """Whether the token may go there: Slack's own hosts by HTTPS, or the very host of the Web API."""
        from yarl import URL

        host = (url.raw_host or "").lower()
        if not host:
            return False
        if url.scheme == "https" and url.port == 443 and (host == "slack.com" or host.endswith(".slack.com")):
            return True
        return url.origin() == URL(self._options.api_url).origin()


def _files(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    files = message.get("files")
    return (file for file in (files if isinstance(files, list) else []) if isinstance(file, Mapping))


def _is_final(message: Mapping[str, Any], me: Me) -> bool:
    told = key_of(dict(message)) if is_mine(dict(message), me) else None
    return told is not None and told[1]


def _name(file: Mapping[str, Any]) -> str:
    return " ".join(str(file.get("name") or file.get("title") or "?").split())[:100]


def _titled(name: str, found: FileText, most: int) -> str:
    """The text under the file's name, `most` characters in all."""
    title = f"File {name}"
    text = found.text[: max(0, most - len(title) - 40)]
    if found.cut or len(text) < len(found.text):
        title += f" (its first {len(text):,} characters)"
    return f"{title}:\n{text}"


def _ending(file: Mapping[str, Any]) -> str:
    """The end of name by which a reader is found. Raises `_NotRead` when there is none, or no file."""
    mode = str(file.get("mode") or "hosted")
    if mode in LEFT_ALONE:
        raise _NotRead(KIND if mode not in ("tombstone", "hidden_by_limit") else GONE)
    if mode == "external" or file.get("is_external"):
        raise _NotRead(ELSEWHERE)
    if file.get("file_access") in ("access_denied", "file_not_found"):
        raise _NotRead(GONE)
    by_name, by_kind = ending(str(file.get("name") or "")), f".{str(file.get('filetype') or '').lower()}"
    media = str(file.get("mimetype") or "").partition(";")[0].strip().lower()
    for end in (by_name, by_kind, TYPES.get(media, "")):
        if end in READ:
            return end
    if mode == "snippet" or media.startswith("text/"):
        return ".txt"
    raise _NotRead(KIND)


def _reason(said: str) -> str:
    """One of the reasons that have words of their own, or what the reader said."""
    starts = {
        "a picture": PICTURE,
        "empty": EMPTY,
        "encrypted": BROKEN,
        "malformed": BROKEN,
        "unsupported": KIND,
    }
    return next((reason for start, reason in starts.items() if said.startswith(start)), said.partition(";")[0])


def _emptied(kept: IO[bytes]) -> None:
    kept.seek(0)
    kept.truncate()
