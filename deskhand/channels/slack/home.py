"""What stands in the app's home tab, and the questions that its assistant pane suggests. Nothing is kept of either."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from deskhand.channels.slack import phrases, wording
from deskhand.channels.slack.manifest import COMMAND
from deskhand.errors import DeskhandError, SlackError
from deskhand.nouns import Json

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from deskhand.channels.slack.door import SlackDoor

log = logging.getLogger("deskhand.slack")


def register(app: AsyncApp, door: SlackDoor) -> None:
    """Listen to whoever opens the home tab or the assistant pane."""

    async def opened(event: dict[str, Any]) -> None:
        if event.get("tab", "home") == "home":
            await show_home(door, str(event.get("user")))

    async def started(event: dict[str, Any]) -> None:
        await suggest(door, event.get("assistant_thread") or {})

    app.event("app_home_opened")(opened)
    app.event("assistant_thread_started")(started)


async def show_home(door: SlackDoor, user: str) -> None:
    """Publish somebody's home tab: what this is, how to ask, and how much of the library it reads for them."""
    try:
        person = await door.people.person(user)
        language = person.language or "en"
        sources = None
        if person.address is not None:
            sources = await door.library.sources(await door.directory.principal(person.address))
        view = {"type": "home", "blocks": _blocks(sources, language, door.me.name)}
        await door.calls.may("views.publish", user_id=user, view=view)
    except DeskhandError as error:
        # It is shown when the tab is opened again.
        log.info("the home tab could not be shown (%s)", error.code)


def _blocks(sources: int | None, language: str, name: str) -> list[dict[str, Json]]:
    """`sources` is how many the person may read, None for somebody who could not be identified."""
    if sources is None:
        reads = wording.stranger(language)
    elif sources == 0:
        reads = phrases.said(phrases.YOU_MAY_READ_NOTHING, language)
    else:
        reads = phrases.said(phrases.YOU_MAY_READ, language, sources=phrases.sources(sources, language))
    texts = (wording.home_text(language), reads, wording.help_text(language, name=name, command=COMMAND))
    return [{"type": "section", "text": {"type": "mrkdwn", "text": text}} for text in texts]


async def suggest(door: SlackDoor, thread: dict[str, Any]) -> None:
    """Suggest questions in an assistant thread that somebody began."""
    channel, ts = thread.get("channel_id"), thread.get("thread_ts")
    if not (channel and ts):
        return
    try:
        language = (await door.people.person(str(thread.get("user_id")))).language or "en"
        prompts = phrases.SUGGESTIONS.get(language, phrases.SUGGESTIONS["en"])
        await door.calls.may(
            "assistant.threads.setSuggestedPrompts",
            channel_id=channel,
            thread_ts=ts,
            title=phrases.said(phrases.SUGGESTIONS_TITLE, language),
            prompts=[{"title": prompt, "message": prompt} for prompt in prompts],
        )
    except SlackError as error:
        log.info("no questions could be suggested (%s)", error.slack)
