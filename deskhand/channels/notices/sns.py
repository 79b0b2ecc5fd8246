"""Notices to an Amazon SNS topic: people who subscribe get text, queues and functions JSON.

A FIFO topic drops a notice that is sent again within five minutes; on another one its receivers know it by its id.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Final

from deskhand.channels.notices import wording
from deskhand.channels.queues.aws import code_of, open_client
from deskhand.engine.aside import aside
from deskhand.errors import BadSettings, NoticeNotSent, NoticeRefused
from deskhand.ticketing.notice_records import plain

if TYPE_CHECKING:
    from deskhand.channels.notices.options import Topic
    from deskhand.ticketing.notices import Notice

__all__ = ["SnsSender", "published"]

LONGEST: Final = 4_000
"""Characters of each text: a message with all its forms may have 256 KiB."""
PROGRAMS: Final = ("sqs", "lambda", "http", "https", "firehose")
"""Protocols of subscribers that are programs."""
_REFUSED = frozenset({"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid", "ValidationException"})


class SnsSender:
    """One topic. Calls are made in threads, as boto3 has no other way."""

    def __init__(self, options: Topic) -> None:
        """Raises `BadSettings` for what is no topic's ARN."""
        self._options = options
        parts = options.arn.split(":")
        if len(parts) != 6 or parts[0] != "arn" or parts[2] != "sns":
            raise BadSettings(
                f"tickets.notices.sns.topic is {options.arn!r}, which is no topic's ARN; write "
                "arn:aws:sns:REGION:ACCOUNT:NAME, as `aws sns list-topics` prints it."
            )
        self._region = options.region or parts[3]
        self._making = threading.Lock()
        self._made: Any = None

    async def send(self, notice: Notice) -> None:
        """Raises `NoticeNotSent`, `NoticeRefused`."""
        given = published(notice, self._options.arn)
        try:
            await aside(lambda: self._client().publish(**given))
        except Exception as error:
            raise _fault(error) from None

    async def check(self) -> str:
        """Ask for the topic; what was found. Raises `NoticeNotSent`."""
        try:
            await aside(lambda: self._client().get_topic_attributes(TopicArn=self._options.arn))
        except Exception as error:
            why = (code_of(error) or type(error).__name__)[:80]
            raise NoticeNotSent(f"Amazon SNS does not tell of the topic ({why}).") from None
        return f"{self._options.arn.rpartition(':')[2]} is there"

    async def close(self) -> None: ...

    def _client(self) -> Any:
        with self._making:
            if self._made is None:
                self._made = self._make()
            return self._made

    def _make(self) -> Any:
        seconds = self._options.seconds
        given = {"connect_seconds": seconds, "read_seconds": seconds}
        return open_client("sns", region=self._region, endpoint=self._options.endpoint, **given)


def published(notice: Notice, arn: str) -> dict[str, Any]:
    """The arguments of SNS's `Publish`. Attributes are for filter policies."""
    texts = {name: wording.asked(getattr(notice, name), LONGEST) for name in ("communication", "text")}
    data = json.dumps({**notice.data, **texts}, ensure_ascii=False, separators=(",", ":"))
    forms = {"default": wording.body(notice, longest=LONGEST), **dict.fromkeys(PROGRAMS, data)}
    attributes = {"id": notice.key, "ticket": notice.ticket, "change": notice.kind, "requester": notice.requester}
    if notice.assignee:
        attributes["assignee"] = notice.assignee
    fifo = {"MessageGroupId": plain(notice.ticket), "MessageDeduplicationId": notice.key}
    return {
        "TopicArn": arn,
        "Subject": _ascii(wording.subject(notice)),
        "Message": json.dumps(forms, ensure_ascii=False),
        "MessageStructure": "json",
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": wording.line(value)} for name, value in attributes.items()
        },
        **(fifo if arn.endswith(".fifo") else {}),
    }


def _ascii(text: str) -> str:
    """SNS takes no other characters in a subject."""
    return text.encode("ascii", "replace").decode()


def _fault(error: Exception) -> NoticeNotSent:
    """What an exception of boto3 means, told by its code or its class alone."""
    code = code_of(error)
    why = (code or type(error).__name__)[:80]
    if code in _REFUSED:
        return NoticeRefused(f"Amazon SNS does not take the notice ({why}).")
    return NoticeNotSent(f"Amazon SNS does not take the notice for now ({why}).")
