"""Webhooks: signed as the specification says, the same on every try; what a receiver's answers mean."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from deskhand.channels.notices import Webhook
from deskhand.channels.notices.webhook import WebhookSender, key_of, signature
from deskhand.errors import BadSettings, NoticeNotSent, NoticeRefused
from deskhand.ticketing.notices import Notice

if TYPE_CHECKING:
    from post_server import Receiver

PAGE = Path(__file__).parents[4] / "docs" / "how-to" / "ticket-notices.md"
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
FORMER = "whsec_" + base64.b64encode(b"f" * 24).decode()


def sender(url: str, *secrets: str, now: float = 1_700_000_000.9) -> WebhookSender:
    return WebhookSender("erp", Webhook(url, secrets or (SECRET,), seconds=5), clock=lambda: now)


def verified(key: bytes, headers: dict[str, str], body: bytes) -> bool:
    """As a receiver checks it, without our code."""
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return right in headers["webhook-signature"].split(" ")


def test_the_signature_is_the_one_of_the_specifications_example() -> None:
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "erp")

    signed = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_receiver_knows_who_sent_it_and_that_it_came_before(
    receiver: Receiver, notice: Callable[..., Notice]
) -> None:
    first, second = sender(receiver.url), sender(receiver.url, now=1_700_000_900)
    await first.send(notice())
    await second.send(notice(tries=2))
    await first.close()
    await second.close()

    (one, body), (two, again) = receiver.got
    assert verified(b"k" * 32, one, body)
    assert verified(b"k" * 32, two, again)
    assert not verified(b"k" * 32, one, body + b" ")
    assert (one["webhook-id"], one["webhook-timestamp"]) == ("n-t1-2-1", "1700000000")
    assert (two["webhook-id"], two["webhook-timestamp"]) == ("n-t1-2-1", "1700000900")
    assert body == again
    told = json.loads(body)
    assert (told["type"], told["data"]["status"]) == ("ticket.assigned", "assigned to @susi")
    assert told["data"]["text"] == "**Title:** Zugriff für mich\nEnvironmentId: 4"
    assert told["data"]["concerned"] == ["111", "@susi"]
    assert "ana@example.com" not in body.decode()


async def test_a_receiver_that_checks_as_the_documentation_says_takes_it(
    receiver: Receiver, notice: Callable[..., Notice]
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    given: dict[str, Any] = {}
    exec(example, given)
    hook = sender(receiver.url, FORMER, SECRET, now=time.time())
    await hook.send(notice())
    await hook.close()

    ((headers, body),) = receiver.got
    assert given["is_genuine"](SECRET, headers, body)
    assert not given["is_genuine"](SECRET, headers, body + b" ")
    assert not given["is_genuine"](SECRET, {**headers, "webhook-timestamp": "1700000000"}, body)


async def test_while_one_secret_replaces_another_both_fit(receiver: Receiver, notice: Callable[..., Notice]) -> None:
    hook = sender(receiver.url, SECRET, FORMER)
    await hook.send(notice())
    await hook.close()

    ((headers, body),) = receiver.got
    assert verified(b"k" * 32, headers, body)
    assert verified(b"f" * 24, headers, body)


@pytest.mark.parametrize(
    ("status", "headers", "kind", "later"),
    [
        (500, {}, NoticeNotSent, None),
        (404, {}, NoticeNotSent, None),
        (302, {"Location": "/elsewhere"}, NoticeNotSent, None),
        (429, {"Retry-After": "120"}, NoticeNotSent, 120.0),
        (503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, NoticeNotSent, None),
        (410, {}, NoticeRefused, None),
    ],
)
async def test_what_is_no_receipt_is_tried_again_but_for_gone(
    receiver: Receiver,
    notice: Callable[..., Notice],
    status: int,
    headers: dict[str, str],
    kind: type[NoticeNotSent],
    later: float | None,
) -> None:
    receiver.answers = lambda count: (status, headers)
    hook = sender(receiver.url)

    with pytest.raises(NoticeNotSent) as caught:
        await hook.send(notice())
    await hook.close()

    assert type(caught.value) is kind
    assert caught.value.retry_after == later
    assert f"HTTP {status}" in str(caught.value)
    assert len(receiver.got) == 1


async def test_an_address_with_a_token_in_it_is_in_no_log(
    receiver: Receiver, notice: Callable[..., Notice], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    hook = sender(f"{receiver.url}?token=hidden")
    await hook.send(notice())
    await hook.close()

    assert len(receiver.got) == 1
    assert "hidden" not in caplog.text


async def test_nobody_there_is_said_without_the_address_of_anybody(notice: Callable[..., Notice]) -> None:
    hook = sender("http://127.0.0.1:9/hook?token=hidden")

    with pytest.raises(NoticeNotSent, match="the webhook 'erp' cannot be reached") as caught:
        await hook.send(notice())
    await hook.close()

    assert "hidden" not in str(caught.value)


async def test_an_id_that_cannot_stand_in_a_header_is_replaced_by_one_that_can(
    receiver: Receiver, notice: Callable[..., Notice]
) -> None:
    hook = sender(receiver.url)
    await hook.send(notice(id="n-tïcket\r\nX-Evil: 1-2-1"))
    await hook.close()

    ((headers, body),) = receiver.got
    assert headers["webhook-id"] == json.loads(body)["data"]["id"]
    assert headers["webhook-id"].startswith("n-")
    assert "x-evil" not in headers


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", SECRET.removeprefix("whsec_"), "whsec_***"])
def test_what_is_no_secret_is_said_without_it(secret: str) -> None:
    with pytest.raises(BadSettings, match=r"tickets\.notices\.webhooks\.erp\.secret") as caught:
        key_of(secret, "erp")

    assert not secret or secret not in str(caught.value).replace("'whsec_'", "")


async def test_a_check_finds_the_server_and_sends_no_notice(receiver: Receiver) -> None:
    """It takes nothing but POST, and says so."""
    checked = sender(receiver.url)

    told = await checked.check()
    await checked.close()

    assert "its server is there" in told
    assert receiver.url not in told
    assert receiver.got == []


async def test_a_check_says_that_nobody_is_there_without_the_address() -> None:
    checked = sender("http://127.0.0.1:9/hook-with-a-token")

    with pytest.raises(NoticeNotSent, match="the webhook 'erp' cannot be reached") as told:
        await checked.check()
    await checked.close()

    assert "token" not in str(told.value)
