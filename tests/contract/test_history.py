"""What was asked is found again by who asked it, on SQLite and on PostgreSQL, and by nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from answering_scene import ANA, EVE, Scene, opened_scene

from deskhand.answering import Asking
from deskhand.errors import ModelError, NotFound
from deskhand.llm.scripted import ScriptedChat
from deskhand.nouns import Principal
from deskhand.store import Database

REFUND = "A refund takes 5 days after the parcel came back. Exchanges take 14 days."


@pytest.fixture
async def scene(database: Database, tmp_path: Path) -> AsyncIterator[Scene]:
    async with opened_scene(database, tmp_path) as opened:
        yield opened


async def talk(asking: Asking, *texts: str, asker: Principal = ANA, models: Sequence[str] = ()) -> str:
    """The conversation in which these were asked, one after another."""
    conversation = None
    for text in texts:
        asked = await asking.ask(text, asker=asker, door="test", conversation=conversation, models=models)
        conversation = asked.conversation
        for run in asked.runs:
            await asking.answer(run.id, asker)
    assert conversation
    return conversation


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("refund", ["refund"]),
        ("REFUND long", ["refund"]),
        ("fund", ["refund"]),
        ("refund address", []),
        ("100%", ["percent"]),
        ("0%1", []),
        ("a_b", []),
        ("schlüssel", ["key"]),
        ("SCHLÜSSEL", ["key"]),
        ("überall", ["key"]),
        ("nothing of the kind", []),
        ("", ["key", "percent", "refund"]),
    ],
)
async def test_a_search_finds_conversations_by_the_words_of_one_question(
    scene: Scene, search: str, found: list[str]
) -> None:
    asking = await scene.asking()
    named = {
        await talk(asking, "How long does a Refund take?", "And to another address?"): "refund",
        await talk(asking, "Is axb 100% of it?"): "percent",
        await talk(asking, "Überall liegt der Schlüssel"): "key",
    }

    assert [named[each.id] for each in await asking.conversations(ANA, search=search)] == found


async def test_a_search_tells_the_last_question_that_it_met(scene: Scene) -> None:
    asking = await scene.asking()
    await talk(asking, "Where is the key?", "Which key opens the archive?", "And the door?")

    [met] = await asking.conversations(ANA, search="key")
    [listed] = await asking.conversations(ANA)

    assert (met.title, met.found) == ("Where is the key?", "Which key opens the archive?")
    assert listed.found is None


async def test_a_search_finds_nothing_of_somebody_else(scene: Scene) -> None:
    asking = await scene.asking()
    await talk(asking, "Where is the key?")

    assert await asking.conversations(EVE, search="key") == []


async def test_what_a_search_finds_comes_a_page_at_a_time(scene: Scene) -> None:
    asking = await scene.asking()
    for number in range(3):
        await talk(asking, f"Where is key {number}?")
        await talk(asking, "Something else?")

    first = await asking.conversations(ANA, limit=2, search="key")
    second = await asking.conversations(ANA, limit=2, after=first[-1].id, search="key")

    assert [each.title for each in [*first, *second]] == ["Where is key 2?", "Where is key 1?", "Where is key 0?"]


async def test_a_long_conversation_is_read_from_its_end(scene: Scene) -> None:
    """Labels that were asked side by side come together."""
    asking = await scene.asking({"a": ScriptedChat("NO_ANSWER")})
    found = await talk(asking, "One?", "Two?", "Three?", "Four?", models=["a", "quotes"])

    last = await asking.conversation(found, ANA, limit=2)
    before = await asking.conversation(found, ANA, limit=2, before=last.questions[0].position)
    none = await asking.conversation(found, ANA, limit=2, before=1)

    assert [(each.text, each.label) for each in last.questions] == [
        ("Three?", "a"),
        ("Three?", "quotes"),
        ("Four?", "a"),
        ("Four?", "quotes"),
    ]
    assert [each.text for each in before.questions[::2]] == ["One?", "Two?"]
    assert none.questions == ()
    assert len((await asking.conversation(found, ANA)).questions) == 8
    with pytest.raises(NotFound):
        await asking.conversation(found, EVE, limit=2)


async def test_what_one_said_of_an_answer_is_shown_with_it_and_what_others_said_is_not(scene: Scene) -> None:
    await scene.knows("refund.md", REFUND)
    asking = await scene.asking()
    found = await talk(asking, "How long does a refund take?", "And an exchange?")
    first, second = (await asking.conversation(found, ANA)).questions
    await asking.put_verdict(first.run, ANA, False, "Too old.", reader=ANA, better="Write to kim@example.org.")
    await asking.put_verdict(second.run, EVE, True, "Mine.", reader=ANA)

    shown = (await asking.conversation(found, ANA)).questions

    said = shown[0].verdict
    assert said
    assert (said.good, said.reason, said.better) == (False, "Too old.", "Write to [Email].")
    assert shown[1].verdict is None
    assert (await asking.runs(ANA))[1].verdict == said


async def test_a_run_that_failed_says_why_in_its_conversation(scene: Scene) -> None:
    await scene.knows("refund.md", REFUND)
    asking = await scene.asking({"a": ScriptedChat("x", fails=[ModelError("the model is away.")])})
    asked = await asking.ask("How long does a refund take?", asker=ANA, door="test")
    events = [event async for event in asking.follow(asked.runs[0].id, ANA)]

    [shown] = (await asking.conversation(asked.conversation, ANA)).questions

    assert events[-1].type == "failed"
    assert (shown.state, shown.error) == ("failed", "model: the model is away.")


async def test_the_models_begin_with_the_one_that_answers_when_none_is_named(scene: Scene) -> None:
    chats = {"a": ScriptedChat("x", name="A"), "b": ScriptedChat("x", name="B")}

    assert list((await scene.asking(chats)).models.items()) == [("a", "A"), ("b", "B"), ("quotes", "quotes")]
