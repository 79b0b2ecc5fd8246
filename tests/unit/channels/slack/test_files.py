"""Attached files are read within limits, the others named; the token goes nowhere but to Slack."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from deskhand.channels.slack import wording
from deskhand.channels.slack.calls import Calls
from deskhand.channels.slack.files import SCOPE, Files, Found
from deskhand.channels.slack.options import Options
from deskhand.errors import ModelError, SlackUnavailable, Unreadable
from deskhand.ingestion import FileText
from deskhand.ingestion.filetext import FileTexts
from deskhand.ingestion.parsing import Ceilings
from deskhand.redaction import Redactor

if TYPE_CHECKING:
    from slack_server import SlackServer


class Reader:
    """An ingestion that reads for real, in a child process; it notes what it was given, and says what a test wants."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.raises: Exception | None = None
        self._texts = FileTexts(Redactor(), Ceilings(seconds=20, memory_mb=400))

    async def text_of(self, file: Path, name: str, *, limit: int) -> FileText:
        self.names.append(name)
        if self.raises is not None:
            raise self.raises
        return await self._texts.of(file, name, limit=limit)

    async def close(self) -> None:
        await self._texts.close()


class Drawer:
    """The files of a local Slack, and what reads them."""

    def __init__(self, slack: SlackServer, **options: Any) -> None:
        self.slack, self.reader = slack, Reader()
        self.options = Options(slack.bot_token, api_url=slack.api_url, **options)
        self.calls = Calls(self.options, sleep=self._at_once)
        self.files = Files(self.calls, self.reader, self.options, sleep=self._at_once)  # type: ignore[arg-type]
        self.ana = slack.user("ana")
        self.room = slack.channel("help", [self.ana])

    async def _at_once(self, seconds: float) -> None:
        """Time passes without waiting for it."""

    def file(self, name: str, data: bytes, mimetype: str = "text/plain", **more: Any) -> dict[str, Any]:
        """The file as Slack shows it in a message."""
        kept = self.slack.file(name, data, mimetype, **more)
        with self.slack._lock:
            return self.slack._world.files[kept].as_slack(self.slack.url)

    async def read(self, *files: dict[str, Any], before: list[dict[str, Any]] | None = None) -> Found:
        return await self.files.read({"files": list(files)}, before or [], await self.calls.me(), expected=bool(files))

    def said(self, *files: dict[str, Any]) -> dict[str, Any]:
        return {"type": "message", "user": self.ana, "files": list(files)}

    def answered(self) -> dict[str, Any]:
        told = {"event_type": "deskhand", "event_payload": {"key": "slack-Ev0:1", "final": True}}
        return {"type": "message", "user": self.slack.bot_user, "metadata": told}

    async def close(self) -> None:
        await self.reader.close()
        await self.calls.close()


@pytest.fixture
async def open_drawer(slack_server: SlackServer) -> AsyncIterator[Callable[..., Drawer]]:
    opened: list[Drawer] = []

    def opening(**options: Any) -> Drawer:
        opened.append(Drawer(slack_server, **options))
        return opened[-1]

    yield opening
    for each in opened:
        await each.close()


@pytest.fixture
def drawer(open_drawer: Callable[..., Drawer]) -> Drawer:
    return open_drawer()


@pytest.fixture
async def foreign() -> AsyncIterator[dict[str, Any]]:
    """A server of somebody else's on this machine, under the host names 127.0.0.1 and localhost; it notes who calls."""
    site: dict[str, Any] = {"tokens": []}

    async def answer(request: web.Request) -> web.Response:
        site["tokens"].append(request.headers.get("Authorization"))
        return web.Response(text="what a stranger says")

    application = web.Application()
    application.router.add_get("/{tail:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site["url"] = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield site
    await runner.cleanup()


async def test_files_are_read_and_named_and_redacted(drawer: Drawer) -> None:
    note = drawer.file("note.txt", b"Write to ana.berg@example.com.")
    table = drawer.file("plans.csv", b"plan,price\nPro,20 EUR\n", "text/csv")

    found = await drawer.read(note, table)

    assert found.unread == ()
    assert found.texts == ("File note.txt:\nWrite to [Email].", "File plans.csv:\nplan: Pro; price: 20 EUR")


@pytest.mark.parametrize(
    ("about", "end"),
    [
        ({"name": "scan.PDF", "mimetype": "application/pdf"}, ".pdf"),
        ({"name": "photo", "mimetype": "image/png", "filetype": "png"}, ".png"),
        ({"name": "photo.gif", "mimetype": "image/gif"}, ".gif"),
        ({"name": "tariff", "mimetype": "application/csv", "filetype": "binary"}, ".csv"),
        ({"name": "slides.pptx", "mimetype": "application/octet-stream"}, ".pptx"),
        ({"name": "untitled", "mimetype": "text/markdown", "filetype": "markdown"}, ".markdown"),
        ({"name": "deploy.sh", "mimetype": "text/plain", "mode": "snippet", "filetype": "shell"}, ".txt"),
        ({"name": "deploy.py", "mimetype": "text/x-python", "filetype": "python"}, ".txt"),
        ({"name": "page.html", "mimetype": "text/html"}, ".html"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_the_reader_is_found_by_name_kind_or_type(drawer: Drawer, about: dict[str, Any], end: str) -> None:
    await drawer.read(drawer.file("f", b"some words", about.get("mimetype", "")) | about)

    assert drawer.reader.names == [f"attached{end}"]


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ({"name": "film.mp4", "mimetype": "video/mp4", "filetype": "mp4"}, "kind"),
        ({"name": "old.doc", "mimetype": "application/msword", "filetype": "doc"}, "kind"),
        ({"mode": "tombstone"}, "gone"),
        ({"mode": "hidden_by_limit"}, "gone"),
        ({"mode": "quip"}, "kind"),
        ({"mode": "external", "is_external": True}, "it lies outside Slack, where I do not go"),
        ({"size": 21 * 1024 * 1024}, "size"),
        ({"file_access": "access_denied"}, "gone"),
    ],
    ids=str,
)
async def test_what_cannot_be_read_is_named_without_being_fetched(
    drawer: Drawer, about: dict[str, Any], reason: str
) -> None:
    found = await drawer.read(drawer.file("a.txt", b"some words") | about)

    assert found == Found((), ((about.get("name", "a.txt"), reason),))
    assert drawer.slack.calls("download") == []


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("broken.pdf", b"%PDF-1.7 nothing", "broken"),
        ("empty.txt", b" ", "empty"),
        ("photo.png", b"\x89PNG\r\n\x1a\n", "picture"),
    ],
)
async def test_what_no_reader_can_read_is_named_with_the_reason(
    drawer: Drawer, name: str, data: bytes, reason: str
) -> None:
    found = await drawer.read(drawer.file(name, data, "application/octet-stream"))

    assert found.unread == ((name, reason),)
    assert f": {reason}." not in wording.not_read(name, reason, "en")  # it has words of its own


async def test_a_model_that_does_not_see_just_now_is_told(drawer: Drawer) -> None:
    drawer.reader.raises = ModelError("down")

    found = await drawer.read(drawer.file("photo.png", b"\x89PNG"))

    assert found.unread == (("photo.png", "the model that sees pictures did not answer; send it again"),)


async def test_a_file_larger_than_it_says_is_not_taken_whole(open_drawer: Callable[..., Drawer]) -> None:
    drawer = open_drawer(file_mb=1)

    found = await drawer.read(drawer.file("big.txt", b"word " * 300_000, size=10))

    assert found.unread == (("big.txt", "size"),)
    assert drawer.reader.names == []


async def test_of_too_many_files_the_rest_is_named(open_drawer: Callable[..., Drawer]) -> None:
    drawer = open_drawer(files=2)

    found = await drawer.read(*(drawer.file(f"{n}.txt", b"words") for n in range(4)))

    assert [text.splitlines()[0] for text in found.texts] == ["File 0.txt:", "File 1.txt:"]
    assert found.unread == (("2.txt", "count"), ("3.txt", "count"))


async def test_the_threads_files_come_after_the_questions_own_newest_first(open_drawer: Callable[..., Drawer]) -> None:
    drawer = open_drawer(files=3)
    old, middle, new = (drawer.said(drawer.file(f"{name}.txt", b"words")) for name in ("old", "middle", "new"))

    found = await drawer.read(drawer.file("own.txt", b"words"), before=[old, middle, new])

    assert [text.splitlines()[0] for text in found.texts] == ["File own.txt:", "File new.txt:", "File middle.txt:"]
    assert found.unread == ()


async def test_a_file_that_was_named_before_our_answer_is_not_named_again(drawer: Drawer) -> None:
    before, after = (drawer.said(drawer.file(f"{name}.mp4", b"film", "video/mp4")) for name in ("before", "after"))

    found = await drawer.read(before=[before, drawer.answered(), after])

    assert found.unread == (("after.mp4", "kind"),)


async def test_texts_share_what_there_is_room_for(drawer: Drawer) -> None:
    files = [drawer.file("short.txt", b"words"), drawer.file("a.txt", b"word " * 9_000)]

    short, long = (await drawer.read(*files, drawer.file("b.txt", b"word " * 9_000))).texts[:2]

    assert short == "File short.txt:\nwords"
    assert long.startswith("File a.txt (its first ")
    assert 9_000 < len(long) < 10_000


async def test_a_conversation_about_a_file_fetches_it_once(drawer: Drawer) -> None:
    file = drawer.file("a.txt", b"words")
    first = await drawer.read(file)

    again = await drawer.read(before=[drawer.said(file)])

    assert again == first
    assert len(drawer.slack.calls("download")) == 1


async def test_a_file_of_a_shared_channel_is_looked_up_first(drawer: Drawer) -> None:
    file = drawer.file("a.txt", b"from the other side")

    found = await drawer.read({"id": file["id"], "file_access": "check_file_info"})

    assert found.texts == ("File a.txt:\nfrom the other side",)


async def test_without_the_scope_the_scope_is_named(drawer: Drawer) -> None:
    """Slack answers 200 with a page to sign in at, for HTML files too."""
    files = [drawer.file("a.pdf", b"%PDF"), drawer.file("b.html", b"<p>words</p>", "text/html")]
    await drawer.calls.me()
    drawer.slack.scopes = drawer.slack.scopes - {"files:read"}

    found = await drawer.read(*files, {"id": "F1", "name": "c.txt", "file_access": "check_file_info"})

    assert [reason for _, reason in found.unread] == [SCOPE, SCOPE, SCOPE]
    assert drawer.reader.names == []


async def test_a_question_whose_files_slack_does_not_show_says_so(drawer: Drawer) -> None:
    found = await drawer.files.read(None, [], await drawer.calls.me(), expected=True)

    assert found.unread == (("?", "gone"),)


async def test_a_broken_download_is_begun_anew_then_slack_is_unavailable(drawer: Drawer) -> None:
    file = drawer.file("a.txt", b"words")
    drawer.slack.drop("download", times=2)
    assert (await drawer.read(file)).texts == ("File a.txt:\nwords",)

    drawer.slack.crash("download", times=None, status=503)
    with pytest.raises(SlackUnavailable):
        await drawer.read(drawer.file("b.txt", b"words"))


# The token


async def test_the_token_is_shown_to_slack(drawer: Drawer) -> None:
    await drawer.read(drawer.file("a.txt", b"words"))

    headers = drawer.slack.calls("download")[0].arguments["headers"]
    assert headers["Authorization"] == f"Bearer {drawer.slack.bot_token}"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_an_address_elsewhere_gets_neither_the_token_nor_a_call(
    drawer: Drawer, foreign: dict[str, Any], host: str
) -> None:
    url = foreign["url"].replace("127.0.0.1", host) + "/files-pri/T1-F1/a.txt"

    found = await drawer.read(drawer.file("a.txt", b"") | {"url_private_download": url})

    assert found.unread == (("a.txt", "it lies outside Slack, where I do not go"),)
    assert foreign["tokens"] == []


async def test_a_redirect_elsewhere_is_not_followed(drawer: Drawer, foreign: dict[str, Any]) -> None:
    """Slack's own host sends the bot on to a stranger."""
    asked: list[str | None] = []

    async def send_on(request: web.Request) -> web.Response:
        asked.append(request.headers.get("Authorization"))
        raise web.HTTPFound(foreign["url"])

    application = web.Application()
    application.router.add_get("/{tail:.*}", send_on)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack = f"http://127.0.0.1:{runner.addresses[0][1]}"
    options = Options("xoxb-secret", api_url=f"{slack}/api/")
    files = Files(drawer.calls, drawer.reader, options)  # type: ignore[arg-type]
    file = {"id": "F1", "name": "a.txt", "url_private_download": f"{slack}/files-pri/a.txt"}

    found = await files.read({"files": [file]}, [], await drawer.calls.me())

    await runner.cleanup()
    assert asked == ["Bearer xoxb-secret"]
    assert found.unread == (("a.txt", "it lies outside Slack, where I do not go"),)
    assert foreign["tokens"] == []


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.txt", True),
        ("https://FILES.SLACK.COM/a", True),
        ("https://acme.enterprise.slack.com/a", True),
        ("http://files.slack.com/a", False),
        ("https://files.slack.com:8443/a", False),
        ("https://files.slack.com.evil.example/a", False),
        ("https://evilslack.com/a", False),
        ("https://files.slack.com@evil.example/a", False),
        ("https://evil.example\\@files.slack.com/a", False),
        ("https://evil.example/?https://files.slack.com/", False),
        ("ftp://files.slack.com/a", False),
        ("//files.slack.com/a", False),
        ("/files-pri/a", False),
        ("", False),
    ],
)
async def test_only_slacks_own_hosts_are_trusted(drawer: Drawer, url: str, ours: bool) -> None:
    """What is trusted is not fetched here: the suite reaches nothing outside, so the call fails in its own way."""
    from yarl import URL

    try:
        trusted = drawer.files._is_slack(URL(url))
    except ValueError:
        trusted = False
    assert trusted is ours


async def test_no_name_and_no_token_is_logged(
    drawer: Drawer, foreign: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    drawer.reader.raises = Unreadable("malformed: no")
    file = drawer.file("salaries of ana berg.txt", b"words")

    await drawer.read(file, file | {"id": "F9", "url_private_download": foreign["url"]}, file | {"mode": "quip"})
    drawer.reader.raises = ModelError("down")
    await drawer.read(file)

    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("deskhand"))
    assert "salaries" not in ours
    assert drawer.slack.bot_token not in caplog.text
