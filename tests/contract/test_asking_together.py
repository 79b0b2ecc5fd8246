"""A question that others read along with: asked in a thread, with files, answered from what all of them may read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from answering_scene import ANA, EVE, Scene, opened_scene

from deskhand.answering import Asked, Asking
from deskhand.answering.given import ATTACHED_LONGEST, TURNS_LONGEST
from deskhand.answering.records import questions, verdicts
from deskhand.errors import BadInput, NotFound
from deskhand.knowledge import Filters
from deskhand.llm.protocol import Message
from deskhand.llm.scripted import ScriptedChat
from deskhand.nouns import AccessList, Answer, Audience, Passage, Principal, Reader, StreamEvent
from deskhand.store import Database

ROOM = "slack:T1:C1"
REFUND = "A refund takes 5 days after the parcel came back. Exchanges take 14 days."
REFUNDS = "How long does a refund take?"


@pytest.fixture
async def scene(database: Database, tmp_path: Path) -> AsyncIterator[Scene]:
    async with opened_scene(database, tmp_path) as opened:
        yield opened


@pytest.fixture
async def room(scene: Scene) -> Audience:
    """Ana and Bob, both staff, read along."""
    await scene.directory.put_person("bob@example.com", ["staff"])
    return await scene.directory.put_audience(ROOM, [ANA.id, "bob@example.com"])


async def answer(asking: Asking, text: str, reader: Reader = ANA, **more: Any) -> Answer:
    asked = await asking.ask(text, asker=ANA, door="slack", **more)
    return await asking.answer(asked.runs[0].id, reader)


async def events(asking: Asking, asked: Asked, reader: Reader) -> list[StreamEvent]:
    return [event async for event in asking.follow(asked.runs[0].id, reader)]


async def test_an_answer_uses_only_what_everybody_who_reads_along_may_read(scene: Scene, room: Audience) -> None:
    """Ana may read it, and so may the model that is willing to tell it."""
    await scene.knows("refund.md", REFUND)
    asking = await scene.asking({"a": ScriptedChat("A refund takes 5 days [1].")})
    among_staff = await answer(asking, REFUNDS, room, audience=room)
    joined = await scene.directory.put_audience(ROOM, [ANA.id, "bob@example.com", EVE.id])

    with_eve = await answer(asking, REFUNDS, joined, audience=joined)
    alone = await answer(asking, REFUNDS)

    assert (among_staff.refused, with_eve.refused, alone.refused) == (False, True, False)
    assert "5 days" not in repr(with_eve)


async def test_in_a_room_too_large_to_list_only_what_everyone_may_read_is_used(scene: Scene) -> None:
    await scene.knows("refund.md", REFUND)
    await scene.knows("hours.md", "The office opens at 9 in the morning.", to=["everyone"])
    large = await scene.directory.put_audience(ROOM, [ANA.id], open=True)
    asking = await scene.asking({"a": ScriptedChat("The office opens at 9 in the morning [1].")})

    assert (await answer(asking, REFUNDS, large, audience=large)).refused
    assert not (await answer(asking, "When does the office open?", large, audience=large)).refused


async def test_who_joins_while_the_answer_is_made_counts_at_the_next_step(scene: Scene, room: Audience) -> None:
    await scene.knows("refund.md", REFUND)
    model = ScriptedChat("A refund takes 5 days [1].")
    asking = await scene.asking({"a": model})
    read = scene.library.read

    async def read_after_eve_came(ids: Sequence[int], reader: Reader) -> list[Passage]:
        # The draft's reader is looked up before: what it reads is still open, the step after it is closed.
        await scene.directory.put_audience(ROOM, [ANA.id, EVE.id])
        return await read(ids, reader)

    scene.library.read = read_after_eve_came  # type: ignore[method-assign]

    answered = await answer(asking, REFUNDS, room, audience=room)

    assert len(model.asked) == 1
    assert answered.refused
    assert "5 days" not in repr(answered)


async def test_the_room_follows_its_own_questions_and_no_others(scene: Scene, room: Audience) -> None:
    await scene.knows("refund.md", REFUND)
    asking = await scene.asking()
    asked = await asking.ask(REFUNDS, asker=ANA, door="slack", audience=room)
    private = await asking.ask(REFUNDS, asker=ANA, door="slack")
    elsewhere = await scene.directory.put_audience("slack:T1:C2", [ANA.id])
    run = asked.runs[0].id

    types = [event.type for event in await events(asking, asked, room)]

    assert types[-1] == "answer"
    assert (await asking.trace(run, room)).question == REFUNDS
    assert not (await asking.answer(run, ANA)).refused
    for look in (
        asking.answer(run, elsewhere),
        asking.trace(run, elsewhere),
        events(asking, asked, elsewhere),
        asking.answer(run, EVE),
        asking.answer(private.runs[0].id, room),
        asking.verdicts(run, elsewhere),
    ):
        with pytest.raises(NotFound):
            await look


async def test_what_was_answered_is_withheld_from_the_room_once_somebody_joins_who_may_not_read_it(
    scene: Scene, room: Audience
) -> None:
    await scene.knows("refund.md", REFUND)
    asking = await scene.asking()
    asked = await asking.ask(REFUNDS, asker=ANA, door="slack", audience=room)
    run = asked.runs[0].id
    await asking.answer(run, room)

    await scene.directory.put_audience(ROOM, [ANA.id, EVE.id])

    told = [await asking.answer(run, room), await events(asking, asked, room), await asking.trace(run, room)]
    assert told[0] == await asking.answer(run, await scene.directory.audience(ROOM))
    assert "5 days" not in repr(told)
    assert "5 days" in (await asking.answer(run, ANA)).text


async def test_questions_of_one_thread_share_a_conversation(scene: Scene) -> None:
    asking = await scene.asking()

    async def conversation(thread: str | None, asker: Principal = ANA, door: str = "slack") -> str:
        return (await asking.ask("And then?", asker=asker, door=door, thread=thread, event_id=None)).conversation

    first, again = await conversation("C1:1"), await conversation("C1:1")
    others = {await conversation("C1:2"), await conversation("C1:1", EVE), await conversation("C1:1", door="api")}

    assert first == again
    assert len({first, *others, await conversation(None), await conversation(None)}) == 6


async def test_the_turns_given_take_the_place_of_those_on_record(scene: Scene) -> None:
    await scene.knows("refund.md", REFUND)
    seen: list[str] = []

    def reply(messages: Sequence[Message]) -> str:
        if "rewrite" in messages[0].text:
            seen.append(messages[1].text)
            return "How long do exchanges take?"
        return "Exchanges take 14 days [1]."

    asking = await scene.asking({"a": ScriptedChat(reply)})
    await answer(asking, "What does the moon weigh?", thread="t")

    told = await answer(
        asking,
        "And the other one?",
        thread="t",
        turns=[("user", "Mail bob@example.org about exchanges."), ("assistant", "Exchanges are easy.")],
    )

    assert told.text == "Exchanges take 14 days [1]."
    assert "Mail [Email] about exchanges." in seen[-1]
    assert "moon" not in seen[-1]
    assert (await answer(asking, "How long do exchanges take?", thread="t", turns=[])).text == told.text
    assert len(seen) == 1


async def test_without_a_model_the_turns_given_lend_their_words(scene: Scene) -> None:
    await scene.knows("refund.md", REFUND)
    asking = await scene.asking()

    thread = "Ana Lopez (she/her): How long does a refund take in days?\n\nBob: Good point."
    asked = await asking.ask("And for exchanges?", asker=ANA, door="slack", turns=[("user", thread)])

    assert "14 days" in (await asking.answer(asked.runs[0].id, ANA)).text
    assert (await asking.trace(asked.runs[0].id, ANA)).standalone == "And for exchanges (refund take days)?"


async def test_of_a_long_thread_the_newest_turns_are_kept(scene: Scene) -> None:
    asking = await scene.asking({"a": ScriptedChat(lambda messages: messages[1].text.splitlines()[-1])})
    turns = [("user", f"turn {number} " + "word " * 200) for number in range(100)]
    asked = await asking.ask("And then?", asker=ANA, door="slack", turns=turns)  # type: ignore[arg-type]

    run = await scene.engine.run(asked.runs[0].id)

    kept = run.input["given"]["turns"]
    assert kept[-1]["text"].startswith("turn 99 ")
    assert TURNS_LONGEST - 1000 < sum(len(turn["text"]) for turn in kept) <= TURNS_LONGEST
    assert " […] " in kept[0]["text"]


async def test_of_one_long_turn_the_beginning_and_the_end_are_kept(scene: Scene) -> None:
    asking = await scene.asking()
    turn = "Ana: It began so.\n\n" + "Bob: word.\n\n" * 3_000 + "Ana: And ended so."
    asked = await asking.ask("And then?", asker=ANA, door="slack", turns=[("user", turn)])

    (kept,) = (await scene.engine.run(asked.runs[0].id)).input["given"]["turns"]

    assert kept["text"].startswith("Ana: It began so.")
    assert kept["text"].endswith("And ended so.")
    assert len(kept["text"]) <= TURNS_LONGEST


async def test_what_was_asked_alone_is_not_told_to_a_room_later(scene: Scene, room: Audience) -> None:
    await scene.knows("refund.md", REFUND)
    model = ScriptedChat("A refund takes 5 days [1].")
    asking = await scene.asking({"a": model})
    first = await asking.ask("Why was my salary cut?", asker=ANA, door="slack")
    await asking.answer(first.runs[0].id, ANA)

    for audience in (room, None):
        asked = await asking.ask(
            "And how long?", asker=ANA, door="slack", conversation=first.conversation, audience=audience
        )
        await asking.answer(asked.runs[0].id, ANA)

    condensed = ["salary" in messages[1].text for messages in model.asked if "rewrite" in messages[0].text]
    assert condensed == [True]


async def test_an_attached_text_is_shown_to_the_model_redacted_and_as_data(scene: Scene) -> None:
    await scene.knows("e42.md", "Error E-4711X means that the disk is full. Empty the bin.")

    def reply(messages: Sequence[Message]) -> str:
        if "rewrite" in messages[0].text:
            return "What does error E-4711X mean?"
        return "Error E-4711X means that the disk is full [1]. Bob wrote the log [1]."

    model = ScriptedChat(reply)
    asking = await scene.asking({"a": model})
    asked = await asking.ask(
        "What does this mean?", asker=ANA, door="slack", attached=["Log of bob@example.org, by Bob: E-4711X"]
    )

    told = await asking.answer(asked.runs[0].id, ANA)
    trace = await asking.trace(asked.runs[0].id, ANA)

    assert told.text == "Error E-4711X means that the disk is full [1]."
    for messages in model.asked:
        assert "Log of [Email], by Bob: E-4711X" in messages[1].text
        assert "data" in messages[0].text
    assert trace.prompt == tuple((message.role, message.text) for message in model.asked[-1])
    assert "bob@example.org" not in repr(await scene.engine.run(asked.runs[0].id))


async def test_without_a_model_a_question_that_points_to_a_file_is_searched_with_its_words(scene: Scene) -> None:
    await scene.knows("e42.md", "Error E-4711X means that the disk is full. Empty the bin.")
    await scene.knows("refund.md", REFUND)
    asking = await scene.asking()
    log = "12:01 daemon started, daemon ready\n12:02 ERROR E-4711X: disk full\n12:03 daemon stopped"

    leaning = await asking.ask("What does this error mean?", asker=ANA, door="slack", attached=[log])
    other = await asking.ask(REFUNDS, asker=ANA, door="slack", attached=[log])

    assert "disk is full" in (await asking.answer(leaning.runs[0].id, ANA)).text
    assert "E-4711X" in (await asking.trace(leaning.runs[0].id, ANA)).standalone
    await asking.answer(other.runs[0].id, ANA)
    assert (await asking.trace(other.runs[0].id, ANA)).standalone == REFUNDS


async def test_what_is_attached_is_bounded_and_the_answer_says_so(scene: Scene) -> None:
    await scene.knows("refund.md", REFUND)
    asking = await scene.asking()
    asked = await asking.ask(REFUNDS, asker=ANA, door="slack", attached=["a " * 3_000, "b " * 20_000, "c"])

    told = await asking.answer(asked.runs[0].id, ANA)

    kept = (await scene.engine.run(asked.runs[0].id)).input["given"]["attached"]
    assert len(kept) == 2
    assert sum(map(len, kept)) <= ATTACHED_LONGEST
    assert kept[1].endswith("[cut off here: the rest was not read]")
    assert any("only its beginning was read" in notice for notice in told.notices)
    assert not any("beginning" in n for n in (await answer(asking, REFUNDS, attached=["short"])).notices)


async def test_a_question_that_was_never_started_is_started_with_what_came_with_it(
    scene: Scene, room: Audience
) -> None:
    await scene.knows("refund.md", REFUND)
    model = ScriptedChat(lambda messages: REFUNDS if "rewrite" in messages[0].text else "A refund takes 5 days [1].")
    asking = await scene.asking({"a": model})
    await scene.engine.close()
    with pytest.raises(Exception, match="not launched"):
        await asking.ask(
            "And this?", asker=ANA, door="slack", event_id="Ev1", attached=["A parcel."], audience=room,
            turns=[("user", "About refunds.")],
        )  # fmt: skip
    await scene.engine.launch()

    assert await asking.recover() == 1

    (row,) = await asking.runs(ANA)
    await asking.answer(row.run, room)
    assert "About refunds." in model.asked[0][1].text
    assert "A parcel." in model.asked[1][1].text
    with scene.database.reading() as connection:
        assert connection.execute(sa.select(questions.c.given, questions.c.audience)).one() == (None, ROOM)


async def test_a_refusal_says_when_there_was_nothing_to_search(scene: Scene, room: Audience) -> None:
    asking = await scene.asking(libraries={"wiki": Filters(frozenset({"wiki"}))})
    empty = await answer(asking, REFUNDS)
    document = await scene.knows("refund.md", REFUND, to=["group:hr"])
    closed = await answer(asking, "Wie lange dauert eine Erstattung?")
    await scene.library.set_access([document], AccessList.of(["group:staff"]))
    await scene.library.catch_up()
    unknown = await answer(asking, "How tall is the tower?")
    other_part = await answer(asking, "How tall is the tower?", libraries=["wiki"])
    good = await asking.ask(REFUNDS, asker=ANA, door="slack")
    await asking.answer(good.runs[0].id, ANA)
    await scene.library.set_access([document], AccessList.of(["group:hr"]))

    assert (empty.refused, empty.reason) == (True, "library-empty")
    assert any("library is empty" in notice for notice in empty.notices)
    assert (closed.refused, closed.reason) == (True, "nothing-open")
    assert any("für alle offen" in notice for notice in closed.notices)
    assert (unknown.refused, unknown.reason) == (True, "")
    assert other_part.reason == "nothing-open"
    assert (await asking.answer(good.runs[0].id, ANA)).reason == "withheld"


async def test_the_search_says_over_how_many_sources_it_goes(scene: Scene, room: Audience) -> None:
    await scene.knows("refund.md", REFUND)
    asking = await scene.asking()
    asked = [await asking.ask(REFUNDS, asker=ANA, door="slack", audience=audience) for audience in (None, room)]

    told = [[e.data["sources"] for e in await events(asking, each, ANA) if e.type == "searching"] for each in asked]

    assert told == [[1], [1]]


async def test_of_each_person_the_last_verdict_counts(scene: Scene, room: Audience) -> None:
    asking = await scene.asking()
    asked = await asking.ask(REFUNDS, asker=ANA, door="slack", audience=room)
    run = asked.runs[0].id
    bob = await scene.directory.principal("bob@example.com")

    await asking.put_verdict(run, ANA, True, reader=ANA)
    await asking.put_verdict(run, bob, False, "ask bob@example.org", reader=room)
    await asking.put_verdict(run, ANA, False, "too long", reader=room)

    said = [(verdict.by, verdict.good, verdict.reason) for verdict in await asking.verdicts(run, room)]
    assert said == [("person:bob@example.com", False, "ask [Email]"), ("person:ana@example.com", False, "too long")]
    assert len((await asking.trace(run, ANA)).verdicts) == 2
    for refused in (asking.put_verdict(run, EVE, True, reader=EVE), asking.put_verdict("a0", ANA, True, reader=ANA)):
        with pytest.raises(NotFound):
            await refused
    with pytest.raises(BadInput, match="2001"):
        await asking.put_verdict(run, ANA, True, "x" * 2001, reader=ANA)


async def test_a_verdict_is_taken_back_by_who_gave_it(scene: Scene, room: Audience) -> None:
    asking = await scene.asking()
    asked = await asking.ask(REFUNDS, asker=ANA, door="slack", audience=room)
    run = asked.runs[0].id
    bob = await scene.directory.principal("bob@example.com")
    await asking.put_verdict(run, ANA, True, reader=ANA)
    await asking.put_verdict(run, bob, False, reader=room)

    assert await asking.take_back_verdict(run, bob, reader=room)
    assert not await asking.take_back_verdict(run, bob, reader=room)

    assert [verdict.by for verdict in await asking.verdicts(run, room)] == ["person:ana@example.com"]
    for refused in (asking.take_back_verdict(run, EVE, reader=EVE), asking.take_back_verdict("a0", ANA, reader=ANA)):
        with pytest.raises(NotFound):
            await refused


async def test_a_verdict_says_what_would_have_been_better(scene: Scene) -> None:
    asking = await scene.asking()
    run = (await asking.ask(REFUNDS, asker=ANA, door="slack")).runs[0].id

    await asking.put_verdict(run, ANA, False, "wrong", reader=ANA, better=" Ask bob@example.org. ")

    assert [verdict.better for verdict in await asking.verdicts(run, ANA)] == ["Ask [Email]."]
    with pytest.raises(BadInput, match="20001"):
        await asking.put_verdict(run, ANA, False, reader=ANA, better="x" * 20_001)


async def test_verdicts_go_with_their_conversation(scene: Scene) -> None:
    asking = await scene.asking()
    asked = await asking.ask(REFUNDS, asker=ANA, door="slack")
    await asking.answer(asked.runs[0].id, ANA)
    await asking.put_verdict(asked.runs[0].id, ANA, True, reader=ANA)

    await asking.delete_conversation(asked.conversation, ANA)

    with scene.database.reading() as connection:
        assert connection.execute(sa.select(verdicts)).all() == []
