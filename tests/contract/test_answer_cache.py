"""An answer is kept, and given again only to who may read all that it was made from, as long as none of it changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from answering_scene import ANA, EVE, Scene, opened_scene

from deskhand.answering import Asked, Asking, CacheOptions, cache_records, keeping
from deskhand.answering.cache_records import kept_answers, kept_documents
from deskhand.answering.records import questions
from deskhand.errors import Conflict, ModelError, NotFound
from deskhand.knowledge import Filters
from deskhand.knowledge.protocol import Found
from deskhand.llm.protocol import Message
from deskhand.llm.scripted import ScriptedChat
from deskhand.nouns import AccessList, Answer, Passage, Principal, Reader, StreamEvent
from deskhand.store import Database

REFUND = "A refund takes 5 days after the parcel came back. Exchanges take 14 days."
HOURS = "The office opens at 9 in the morning."
REFUNDS = "How long does a refund take?"
BOB = Principal("bob@example.com", frozenset({"staff"}))


@pytest.fixture
async def scene(database: Database, tmp_path: Path) -> AsyncIterator[Scene]:
    async with opened_scene(database, tmp_path) as opened:
        await opened.directory.put_person(BOB.id, ["staff"])
        yield opened


@pytest.fixture
def model() -> ScriptedChat:
    return ScriptedChat("A refund takes 5 days [1].")


@pytest.fixture
async def asking(scene: Scene, model: ScriptedChat) -> Asking:
    """It knows of refunds, which staff may read."""
    await scene.knows("refund.md", REFUND)
    return await scene.asking({"a": model})


async def ask(asking: Asking, text: str = REFUNDS, asker: Principal = ANA, **more: Any) -> Answer:
    asked = await asking.ask(text, asker=asker, door="test", **more)
    return await asking.answer(asked.runs[0].id, asker, timeout=20)


async def events(asking: Asking, asked: Asked, reader: Reader = ANA, after: str | None = None) -> list[StreamEvent]:
    return [event async for event in asking.follow(asked.runs[0].id, reader, after)]


def kept(scene: Scene) -> int:
    with scene.database.reading() as connection:
        count = sa.select(sa.func.count()).select_from(kept_answers)
        return int(connection.execute(count).scalar_one())


async def test_the_same_question_is_answered_from_what_was_kept(asking: Asking, model: ScriptedChat) -> None:
    made = await ask(asking)
    again = await ask(asking, "  how long does a REFUND take ?? ", BOB)

    assert (again.text, again.citations) == (made.text, made.citations)
    assert len(model.asked) == 1
    assert made.made == ""
    assert again.made.endswith("+00:00")
    assert [notice for notice in again.notices if "answered before, on" in notice] == [again.notices[-1]]
    assert again.usage.output_tokens == 0
    assert again.notices[:-1] == made.notices


async def test_another_question_or_other_rights_have_an_answer_of_their_own(
    scene: Scene, asking: Asking, model: ScriptedChat
) -> None:
    await ask(asking)

    assert (await ask(asking, asker=EVE)).refused
    assert (await ask(asking, "How long does the refund take?")).made == ""
    assert len(model.asked) == 2


async def test_the_notice_is_in_the_language_of_the_question(scene: Scene) -> None:
    await scene.knows("rabatt.md", "Der Rabatt beträgt 12 Prozent für alle Kunden.")
    asking = await scene.asking()
    await ask(asking, "Wie hoch ist der Rabatt für Kunden?")

    again = await ask(asking, "Wie hoch ist der Rabatt für Kunden?", BOB)

    assert not again.refused
    assert "schon einmal beantwortet, am" in again.notices[-1]


async def test_entries_on_no_access_list_make_no_difference_and_those_on_one_do(
    scene: Scene, asking: Asking, model: ScriptedChat
) -> None:
    await scene.directory.put_person(BOB.id, ["staff", "choir"])
    await ask(asking)
    assert (await ask(asking, asker=BOB)).made

    await scene.knows("songs.md", "The choir sings on Mondays.", to=["group:choir"])

    assert not (await ask(asking, asker=BOB)).made
    assert (await ask(asking)).made


async def test_what_happens_to_a_document_ends_the_answers_made_of_it(scene: Scene, asking: Asking) -> None:
    other = await scene.knows("refunds-2.md", "A refund of a gift card takes longer, 9 days.")
    with_zoe = AccessList.of(["group:staff", "person:zoe@example.com"])
    await ask(asking)
    assert (await ask(asking)).made
    changes = {
        "a new version": lambda: scene.knows("refund.md", REFUND + " Ask us.", version=2),
        "who may read": lambda: scene.library.set_access([other], with_zoe),
        "deletion": lambda: scene.library.delete([other]),
    }

    for change, act in changes.items():
        await act()
        assert not (await ask(asking)).made, change
        assert (await ask(asking)).made, change


async def test_a_document_that_the_answer_does_not_rest_on_ends_nothing(scene: Scene, asking: Asking) -> None:
    await ask(asking)

    await scene.knows("moon.md", "Cheese ripens on wooden shelves.")

    assert (await ask(asking)).made


async def test_a_new_document_that_the_search_finds_is_answered_from(
    scene: Scene, asking: Asking, model: ScriptedChat
) -> None:
    await ask(asking)

    await scene.knows("refund-news.md", "A refund takes 2 days from May on.")

    assert not (await ask(asking)).made
    assert "2 days from May" in model.asked[-1][1].text


async def test_an_answer_is_given_until_it_is_too_old(scene: Scene, model: ScriptedChat) -> None:
    await scene.knows("refund.md", REFUND)
    asking = await scene.asking({"a": model}, cache=CacheOptions(seconds=3600))
    await ask(asking)
    age(scene, minutes=59)
    assert (await ask(asking)).made

    age(scene, minutes=1)

    assert not (await ask(asking)).made


def age(scene: Scene, minutes: float) -> None:
    """Let time pass for what is kept."""
    with scene.database.writing() as connection:
        for reference, made in connection.execute(sa.select(kept_answers.c.reference, kept_answers.c.made)).all():
            earlier = kept_answers.update().where(kept_answers.c.reference == reference)
            connection.execute(earlier.values(made=made - timedelta(minutes=minutes)))


async def test_refusals_are_not_kept(scene: Scene, asking: Asking) -> None:
    await ask(asking, "What does the moon weigh?")
    await ask(asking, asker=EVE)

    assert kept(scene) == 0


async def test_only_a_question_that_stands_alone_is_kept_or_given_what_was_kept(
    scene: Scene, asking: Asking, model: ScriptedChat
) -> None:
    document = await scene.knows("hours.md", HOURS)
    first = await asking.ask(HOURS, asker=ANA, door="test")
    await asking.answer(first.runs[0].id, ANA)
    leaning: list[dict[str, Any]] = [
        {"conversation": first.conversation},
        {"turns": [("user", "And exchanges?")]},
        {"attached": ["a log"]},
        {"document": document},
    ]

    for more in leaning:
        await ask(asking, **more)
    assert kept(scene) == 0

    await ask(asking)
    assert [(await ask(asking, **more)).made for more in leaning] == [""] * len(leaning)
    assert (await ask(asking, turns=[], conversation=first.conversation)).made


async def test_a_fresh_answer_is_made_anew_and_kept_in_the_place_of_the_other(
    scene: Scene, asking: Asking, model: ScriptedChat
) -> None:
    await ask(asking)
    fresh = await asking.ask(REFUNDS, asker=ANA, door="test", fresh=True)
    assert (await asking.answer(fresh.runs[0].id, ANA)).made == ""
    assert len(model.asked) == 2

    given = await asking.ask(REFUNDS, asker=BOB, door="test")

    assert kept(scene) == 1
    with scene.database.reading() as connection:
        came_from = sa.select(questions.c.kept_from).where(questions.c.run == given.runs[0].id)
        assert connection.scalar(came_from) == fresh.runs[0].id


async def test_a_switched_off_cache_keeps_and_gives_nothing(scene: Scene, model: ScriptedChat) -> None:
    await scene.knows("refund.md", REFUND)
    asking = await scene.asking({"a": model}, cache=CacheOptions(same=False))

    await ask(asking)
    await ask(asking)

    assert len(model.asked) == 2
    assert kept(scene) == 0


@pytest.mark.parametrize("judged", ["maker", "given"])
async def test_an_answer_that_is_called_bad_is_given_to_nobody_else(scene: Scene, asking: Asking, judged: str) -> None:
    made = await asking.ask(REFUNDS, asker=ANA, door="test")
    await asking.answer(made.runs[0].id, ANA)
    given = await asking.ask(REFUNDS, asker=BOB, door="test")
    run, by = (made.runs[0].id, ANA) if judged == "maker" else (given.runs[0].id, BOB)

    await asking.put_verdict(run, by, True, reader=by)
    assert (await ask(asking)).made
    await asking.put_verdict(run, by, False, reader=by)

    assert kept(scene) == 0
    assert not (await ask(asking)).made


async def test_an_answer_that_was_called_bad_before_it_ended_is_not_kept(scene: Scene, asking: Asking) -> None:
    read = scene.library.read
    asked: list[Asked] = []

    async def judged(ids: Sequence[int], reader: Reader) -> list[Passage]:
        await asking.put_verdict((await asking.runs(ANA))[0].run, ANA, False, reader=ANA)
        return await read(ids, reader)

    scene.library.read = judged  # type: ignore[method-assign]
    asked.append(await asking.ask(REFUNDS, asker=ANA, door="test"))
    await asking.answer(asked[0].runs[0].id, ANA)

    assert kept(scene) == 0


async def test_an_answer_goes_with_the_conversation_that_it_was_made_in(scene: Scene, asking: Asking) -> None:
    first = await asking.ask(REFUNDS, asker=ANA, door="test")
    await asking.answer(first.runs[0].id, ANA)
    given = await asking.ask(REFUNDS, asker=BOB, door="test")

    await asking.delete_conversation(given.conversation, BOB)
    assert kept(scene) == 1
    await asking.delete_conversation(first.conversation, ANA)

    with scene.database.reading() as connection:
        assert connection.execute(sa.select(kept_answers)).all() == []
        assert connection.execute(sa.select(kept_documents)).all() == []


async def test_nothing_is_kept_of_a_question_that_is_deleted_while_it_is_answered(scene: Scene, asking: Asking) -> None:
    from deskhand.answering import records

    first = await asking.ask(REFUNDS, asker=ANA, door="test")
    await asking.answer(first.runs[0].id, ANA)
    with scene.database.reading() as connection:
        (entry,) = cache_records.entries(connection, [connection.scalar(sa.select(kept_answers.c.reference)) or ""])
    await asking.delete_conversation(first.conversation, ANA)

    await scene.database.write(records.finish, first.runs[0].id, entry.answer, None, (entry, frozenset()))

    assert kept(scene) == 0


async def test_a_document_that_changes_between_the_search_and_the_end_is_not_kept(scene: Scene, asking: Asking) -> None:
    document = await scene.knows("refund-2.md", "A refund of a gift card takes 9 days.")
    read = scene.library.read
    changed = asyncio.Event()

    async def change(ids: Sequence[int], reader: Reader) -> list[Passage]:
        if not changed.is_set():
            changed.set()
            # It stays open to who asks, so the answer is as good as before, but what was read is of another change.
            await scene.library.set_access([document], AccessList.of(["group:staff", "everyone"]))
        return await read(ids, reader)

    scene.library.read = change  # type: ignore[method-assign]

    assert not (await ask(asking)).refused
    assert kept(scene) == 0


@pytest.mark.parametrize("loss", ["a group", "a document"])
async def test_a_right_that_is_lost_between_the_look_and_the_record_counts(
    scene: Scene, asking: Asking, model: ScriptedChat, loss: str
) -> None:
    """The passage that is closed is not even cited."""
    gift = await scene.knows("refund-2.md", "A refund of a gift card takes 9 days.", to=["group:staff", "group:shop"])
    assert {c.title for c in (await ask(asking)).citations} == {"refund.md"}
    search = scene.library.search

    async def searched(query: str, reader: Reader, **more: Any) -> Found:
        found = await search(query, reader, **more)
        if loss == "a group":
            await scene.directory.put_person(BOB.id, [])
        else:
            await scene.library.set_access([gift], AccessList.of(["group:shop"]))
        return found

    scene.library.search = searched  # type: ignore[method-assign]

    answer = await ask(asking, asker=BOB)

    assert answer.made == ""
    assert answer.refused is (loss == "a group")


async def test_a_look_for_kept_answers_that_goes_wrong_stops_no_question(
    scene: Scene, asking: Asking, model: ScriptedChat
) -> None:
    await ask(asking)
    search, failed = scene.library.search, asyncio.Event()

    async def fails_once(query: str, reader: Reader, **more: Any) -> Found:
        if not failed.is_set():
            failed.set()
            raise ModelError("the embedder did not answer.")
        return await search(query, reader, **more)

    scene.library.search = fails_once  # type: ignore[method-assign]

    answer = await ask(asking, asker=BOB)

    assert failed.is_set()
    assert not answer.refused


async def test_of_several_labels_some_are_kept_and_some_are_made(scene: Scene) -> None:
    await scene.knows("refund.md", REFUND)
    one, other = ScriptedChat("A refund takes 5 days [1]."), ScriptedChat("Refunds: it takes 5 days [1].", name="b")
    asking = await scene.asking({"a": one, "b": other}, libraries={"all": Filters(sources=frozenset({"files"}))})
    await ask(asking, models=["a"])

    asked = await asking.ask(REFUNDS, asker=BOB, door="test", models=["b", "a"])
    answers = [await asking.answer(run.id, BOB) for run in asked.runs]
    with_part = await ask(asking, models=["a"], libraries=["all"])

    assert [run.label for run in asked.runs] == ["b", "a"]
    assert [bool(answer.made) for answer in answers] == [False, True]
    assert with_part.made == ""
    assert (len(one.asked), len(other.asked)) == (2, 1)


async def test_the_same_event_has_one_run_also_where_a_kept_answer_came_meanwhile(asking: Asking, scene: Scene) -> None:
    first = await asking.ask(REFUNDS, asker=ANA, door="slack", event_id="Ev1")
    await asking.answer(first.runs[0].id, ANA)
    given = await asking.ask(REFUNDS, asker=BOB, door="slack", event_id="Ev2")

    assert await asking.ask(REFUNDS, asker=ANA, door="slack", event_id="Ev1") == first
    assert await asking.ask(REFUNDS, asker=BOB, door="slack", event_id="Ev2") == given
    assert await asyncio.gather(*(ask_again(asking, "Ev3") for _ in range(3))) == [await ask_again(asking, "Ev3")] * 3


async def ask_again(asking: Asking, event: str) -> Asked:
    return await asking.ask(REFUNDS, asker=BOB, door="slack", event_id=event)


async def test_a_translation_that_was_made_for_the_search_is_not_made_again(scene: Scene) -> None:
    await scene.knows("refund.md", REFUND)
    await scene.knows("rabatt.md", "Eine Rückzahlung dauert für Kunden immer fünf Tage.")

    def reply(messages: Sequence[Message]) -> str:
        return "Wie lange dauert eine Rückzahlung?" if "Translate" in messages[0].text else "A refund takes 5 days [1]."

    model = ScriptedChat(reply)
    await ask(await scene.asking({"a": model}))
    assert len(model.asked) == 2

    # As after a restart, nothing is remembered but what is on record.
    assert (await ask(await scene.asking({"a": model}))).made
    assert len(model.asked) == 2


async def test_a_kept_answer_is_followed_from_the_record(scene: Scene, asking: Asking) -> None:
    await ask(asking)
    asked = await asking.ask(REFUNDS, asker=BOB, door="test")

    told = await events(asking, asked, BOB)

    assert [(event.id, event.type) for event in told] == [("1-1", "accepted"), ("1-2", "citation"), ("1-3", "answer")]
    assert told[0].data == {"run": asked.runs[0].id, "conversation": asked.conversation, "label": "a"}
    assert told[1].data["title"] == "refund.md"
    assert "_found" not in told[1].data
    assert told[2].data["made"]
    assert await events(asking, asked, BOB, after="1-2") == told[2:]
    assert await events(asking, asked, BOB, after="2-1") == []
    with pytest.raises(NotFound):
        await events(asking, asked, EVE)
    await scene.directory.put_person(BOB.id, [])
    assert [event.type for event in await events(asking, asked, BOB)] == ["accepted", "refused"]


async def test_a_run_that_the_engine_has_forgotten_is_followed_from_the_record(scene: Scene, asking: Asking) -> None:
    asked = await asking.ask(REFUNDS, asker=ANA, door="test")
    answer = await asking.answer(asked.runs[0].id, ANA)
    await scene.engine.result(asked.runs[0].id)
    await scene.engine.prune(timedelta(seconds=-1))

    told = await events(asking, asked)

    assert [event.type for event in told] == ["accepted", "citation", "answer"]
    assert told[-1].data["text"] == answer.text


async def test_a_kept_answer_has_no_run_to_stop_or_to_carry_on(asking: Asking) -> None:
    await ask(asking)
    run = (await asking.ask(REFUNDS, asker=BOB, door="test")).runs[0].id

    for act in (asking.cancel, asking.resume):
        with pytest.raises(Conflict, match="kept from an earlier question"):
            await act(run, BOB)
    assert [each.state for each in await asking.runs(BOB)] == ["finished"]


async def test_the_trace_says_that_an_answer_was_kept_and_when_it_was_made(asking: Asking) -> None:
    first = await asking.ask(REFUNDS, asker=ANA, door="test")
    answer = await asking.answer(first.runs[0].id, ANA)
    given = await asking.ask(REFUNDS, asker=BOB, door="test")

    made, kept = await asking.trace(first.runs[0].id, ANA), await asking.trace(given.runs[0].id, BOB)

    assert (made.reused, made.made, kept.reused) == (False, "", True)
    assert kept.made
    assert kept.model == made.model == "scripted"
    assert kept.kept == answer.citations
    assert first.runs[0].id not in repr(kept)


async def test_the_answer_is_there_as_soon_as_it_is_on_record(
    asking: Asking, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run has more to do after that."""
    done = asyncio.Event()

    async def tidy(self: keeping.Tidy, **lent: Any) -> None:
        await done.wait()

    monkeypatch.setattr(keeping.Tidy, "since_last", tidy)

    asked = await asking.ask(REFUNDS, asker=ANA, door="test")
    answer = await asking.answer(asked.runs[0].id, ANA, timeout=20)

    assert not answer.refused
    assert (await scene.engine.run(asked.runs[0].id)).state == "running"
    done.set()


async def test_an_operator_sees_how_much_is_kept_and_clears_it(scene: Scene, asking: Asking) -> None:
    await ask(asking)
    await ask(asking, asker=BOB)
    await ask(asking, "What does the moon weigh?")

    stats = await asking.kept_stats()
    assert (stats.kept, stats.given, stats.answered) == (1, 1, 3)
    assert stats.oldest == stats.newest
    assert stats.oldest is not None
    assert await asking.clear_kept() == 1
    assert (await asking.kept_stats()).kept == 0
    assert not (await ask(asking)).made


async def test_what_is_dead_is_forgotten_at_the_next_look_or_by_the_schedule(scene: Scene, asking: Asking) -> None:
    first = await asking.ask(REFUNDS, asker=ANA, door="test")
    # A run looks for what is dead after its answer is there.
    await scene.engine.result(first.runs[0].id)
    age(scene, minutes=60 * 25)
    other = await asking.ask("How many days does a refund take?", asker=ANA, door="test")
    await asking.answer(other.runs[0].id, ANA)
    await scene.engine.result(other.runs[0].id)
    assert kept(scene) == 1

    await scene.knows("refund.md", REFUND + " Ask us.", version=2)

    assert await asking.forget_kept() == 1
    assert kept(scene) == 0
