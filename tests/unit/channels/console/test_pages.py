"""What the console's pages are served as, and that nothing else is."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from deskhand.channels.console import add_console, sign_in_address

INDEX = '<meta name="csp-nonce" content="{{nonce}}"><script type="module" src="/console/assets/app-1a2b.js"></script>'
SCRIPT = "console.log('hello');\n" * 200
SECRET = "the database's password"


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """A build, beside something that is nobody's business."""
    folder = tmp_path / "web"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / ".stamp").write_text(SECRET)
    script = folder / "assets" / "app-1a2b.js"
    script.write_text(SCRIPT)
    (folder / "assets" / "app-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (folder / "assets" / "app-1a2b.js.br").write_bytes(b"in brotli")
    (tmp_path / "secret.txt").write_text(SECRET)
    (folder / "assets" / "link.txt").symlink_to(tmp_path / "secret.txt")
    return folder


@pytest.fixture
async def client(web: Path) -> AsyncIterator[httpx2.AsyncClient]:
    async with opened(web) as client:
        yield client


def opened(folder: Path) -> httpx2.AsyncClient:
    app = Starlette()
    add_console(app, folder)
    # The client's own encodings would be undone before a test sees them.
    headers = {"Accept-Encoding": "identity"}
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://desk", headers=headers)


def directives(reply: httpx2.Response) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in reply.headers["content-security-policy"].split(";"))
    return {name: value for name, _, value in parts}


@pytest.mark.parametrize(
    "path", ["/console/", "/console/index.html", "/console/tickets/42", "/console/library/a.b/c%20d"]
)
async def test_every_page_of_the_application_is_the_one_page(client: httpx2.AsyncClient, path: str) -> None:
    reply = await client.get(path, headers={"Sec-Fetch-Dest": "document"})

    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "/console/assets/app-1a2b.js" in reply.text


async def test_a_page_has_a_nonce_that_its_policy_names_and_no_other_page_has(client: httpx2.AsyncClient) -> None:
    first, second = await client.get("/console/"), await client.get("/console/")

    nonces = [re.findall(r'content="([A-Za-z0-9_-]{24})"', reply.text) for reply in (first, second)]
    assert nonces[0] != nonces[1]
    assert directives(first)["style-src"] == f"'self' 'nonce-{nonces[0][0]}'"
    assert first.headers["cache-control"] == "no-store"
    assert "etag" not in first.headers


async def test_a_page_may_load_what_is_ours_and_nothing_else(client: httpx2.AsyncClient) -> None:
    for path in ("/console/", "/console/favicon.svg", "/console/assets/gone.js"):
        reply = await client.get(path)
        policy = directives(reply)

        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["connect-src"] == policy["font-src"] == policy["form-action"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
        assert not re.search(r"unsafe|http:|https:|\*", reply.headers["content-security-policy"])
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["x-frame-options"] == "DENY"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert reply.headers["cross-origin-opener-policy"] == "same-origin"
        assert reply.headers["cross-origin-resource-policy"] == "same-origin"
        assert "microphone=()" in reply.headers["permissions-policy"]


async def test_a_file_with_its_hash_in_its_name_is_kept_for_ever(client: httpx2.AsyncClient) -> None:
    reply = await client.get("/console/assets/app-1a2b.js")

    assert reply.text == SCRIPT
    assert reply.headers["content-type"] == "text/javascript; charset=utf-8"
    assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_a_file_without_is_asked_for_again_and_sent_when_it_changed(
    client: httpx2.AsyncClient, web: Path
) -> None:
    first = await client.get("/console/favicon.svg")
    assert first.headers["cache-control"] == "no-cache"

    same = await client.get("/console/favicon.svg", headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    (web / "favicon.svg").write_text("<svg>new</svg>")
    (web / "index.html").write_text(INDEX)
    os.utime(web / "index.html", ns=(1, 1))
    changed = await client.get("/console/favicon.svg", headers={"If-None-Match": first.headers["etag"]})

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (changed.status_code, changed.text) == (200, "<svg>new</svg>")


@pytest.mark.parametrize(
    ("accepted", "sent"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("*", "br"),
        ("br;q=nonsense", None),
        ("identity", None),
        ("", None),
    ],
)
async def test_a_file_is_sent_as_it_was_compressed_at_the_build(
    client: httpx2.AsyncClient, accepted: str, sent: str | None
) -> None:
    request = client.build_request("GET", "/console/assets/app-1a2b.js", headers={"Accept-Encoding": accepted})
    reply = await client.send(request, stream=True)
    body = b"".join([part async for part in reply.aiter_raw()])

    assert reply.headers.get("content-encoding") == sent
    assert reply.headers["vary"] == "Accept-Encoding"
    assert {"br": b"in brotli", "gzip": gzip.compress(SCRIPT.encode()), None: SCRIPT.encode()}[sent][10:] == body[10:]


async def test_each_encoding_has_an_etag_of_its_own(client: httpx2.AsyncClient) -> None:
    tags = set()
    for encoding in ("br", "gzip", "identity"):
        headers = {"Accept-Encoding": encoding}
        async with client.stream("HEAD", "/console/assets/app-1a2b.js", headers=headers) as reply:
            tags.add(reply.headers["etag"])

    assert len(tags) == 3


@pytest.mark.parametrize(
    "path",
    [
        "/console/assets/../../secret.txt",
        "/console/assets/%2e%2e/%2e%2e/secret.txt",
        "/console/..%2fsecret.txt",
        "/console/..%5csecret.txt",
        "/console/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/console//etc/passwd",
        "/console/assets//etc/passwd",
        "/console/assets/link.txt",
        "/console/.stamp",
        "/console/assets/app-1a2b.js%00.txt",
        "/console/assets/app-1a2b.js.gz",
        "/console/assets/",
        "/console/assets",
        "/console/%ff%fe",
    ],
)
async def test_nothing_but_the_build_can_be_asked_for(client: httpx2.AsyncClient, path: str) -> None:
    request = client.build_request("GET", "/console/")
    raw = path.encode()
    for way in ("document", "script"):
        request = client.build_request("GET", "/console/", headers={"Sec-Fetch-Dest": way})
        request.url = request.url.copy_with(raw_path=raw)
        reply = await client.send(request)

        assert SECRET not in reply.text
        assert "root:" not in reply.text
        assert reply.status_code in (200, 404)
        if reply.status_code == 200:
            assert "csp-nonce" in reply.text


async def test_a_part_of_a_page_that_is_not_there_is_no_page(client: httpx2.AsyncClient) -> None:
    gone = await client.get("/console/assets/app-0000.js", headers={"Sec-Fetch-Dest": "script"})
    picture = await client.get("/console/logo.png", headers={"Sec-Fetch-Dest": "image"})

    assert (gone.status_code, picture.status_code) == (404, 404)
    assert gone.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/console"])
async def test_the_address_without_a_path_leads_to_the_console(client: httpx2.AsyncClient, path: str) -> None:
    reply = await client.get(path, headers={"Host": "evil.example.com"})

    assert (reply.status_code, reply.headers["location"]) == (307, "/console/")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_pages_are_for_looking_at(client: httpx2.AsyncClient, method: str) -> None:
    reply = await client.request(method, "/console/")

    assert (reply.status_code, reply.headers["allow"]) == (405, "GET, HEAD")


async def test_only_asking_for_the_head_brings_no_body(client: httpx2.AsyncClient) -> None:
    reply = await client.head("/console/")

    assert (reply.status_code, reply.content) == (200, b"")
    assert "nonce-" in reply.headers["content-security-policy"]


async def test_without_a_build_it_says_how_to_make_one_and_finds_it_when_it_is_there(tmp_path: Path) -> None:
    async with opened(tmp_path / "web") as client:
        before = await client.get("/console/")
        (tmp_path / "web").mkdir()
        (tmp_path / "web" / "index.html").write_text(INDEX)
        after = await client.get("/console/")

    assert (before.status_code, after.status_code) == (503, 200)
    assert "make console" in before.text
    assert "csp-nonce" in after.text


async def test_a_newer_build_is_served_without_a_restart(client: httpx2.AsyncClient, web: Path) -> None:
    await client.get("/console/")

    (web / "assets" / "late-9f9f.js").write_text("late")

    assert (await client.get("/console/assets/late-9f9f.js")).text == "late"


def test_the_code_of_a_link_stands_where_no_server_sees_it() -> None:
    assert sign_in_address("https://desk.example.com/", "abc") == "https://desk.example.com/console/sign-in#code=abc"
