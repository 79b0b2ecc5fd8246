"""Tries a queue and its dead letters, and says what is missing and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from deskhand.channels.queues.options import Queue
from deskhand.channels.queues.sqs import Sqs, is_fifo, name_of
from deskhand.channels.trying import Tried
from deskhand.errors import BadSettings, QueueUnavailable

__all__ = ["Tried", "check_queue"]

SECONDS: Final = 5.0
"""What one try may take."""
LEAST_VISIBILITY: Final = 30
"""Seconds for which a message that is in hand must be hidden from others: longer than a call that waits for it."""


async def check_queue(queue: Queue) -> list[Tried]:
    """A queue and the one for its dead letters. Nothing is sent, and no message is received."""
    sqs = Sqs(queue, connect_seconds=SECONDS, read_seconds=SECONDS)
    try:
        found = await sqs.attributes()
    except (BadSettings, QueueUnavailable) as error:
        return [Tried("queue", False, str(error))]
    name = name_of(queue.url)
    faults = [*_hidden(found), *_redriven(found, queue)]
    kind = "a FIFO queue" if is_fifo(queue.url) else "a standard queue: what comes twice is put on record once"
    tried = [Tried("queue", not faults, "; ".join(faults) or f"{name}, {kind}")]
    if queue.dead_letter_url is not None:
        try:
            await sqs.attributes(queue.dead_letter_url)
        except (BadSettings, QueueUnavailable) as error:
            tried.append(Tried("dead letters", False, str(error)))
        else:
            detail = f"to {name_of(queue.dead_letter_url)} with the reason, after {queue.tries} tries at most"
            tried.append(Tried("dead letters", True, detail))
    return tried


def _hidden(found: Mapping[str, str]) -> list[str]:
    seconds = int(found.get("VisibilityTimeout", LEAST_VISIBILITY))
    if seconds >= LEAST_VISIBILITY:
        return []
    return [
        f"its visibility timeout is {seconds} s: messages come again while they are in hand; make it "
        f"{LEAST_VISIBILITY} s or more"
    ]


def _redriven(found: Mapping[str, str], queue: Queue) -> list[str]:
    """What the queue's own policy for dead letters leaves to be desired."""
    policy = found.get("RedrivePolicy")
    if policy is None and queue.dead_letter_url is None:
        return [
            f"what cannot be taken stays in it until it is too old: set {queue.setting}.dead_letter_url, or give "
            "the queue a redrive policy"
        ]
    most = int(json.loads(policy).get("maxReceiveCount", 0)) if policy else None
    if most is not None and queue.dead_letter_url is not None and most <= queue.tries:
        return [
            f"its redrive policy moves a message after {most} receives, before it was tried {queue.tries} times here, "
            f"and without a reason: set maxReceiveCount higher than {queue.setting}.tries"
        ]
    return []
