"""Asking promises the same on SQLite and on PostgreSQL: recorded once, answered from what one may read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from answering_scene import ANA, EVE, Scene, opened_scene

from deskhand.answering import Asked, Asking, records, showing
from deskhand.errors import BadInput, ModelError, NotFound, RunFailed, StillRunning
from deskhand.knowledge import Filters
from deskhand.llm.protocol import Message
from deskhand.llm.scripted import ScriptedChat
from deskhand.nouns import AccessList, Answer, Passage, Principal, StreamEvent
from deskhand.store import Database, metadata, utc_now

RESET = (
    "To reset your password, open Settings and choose Security. The link in the mail is valid for 30 minutes. "
    "You cannot reuse one of your last 5 passwords."
)
REFUND = "A refund takes 5 days after the parcel came back. Exchanges take 14 days."


@pytest.fixture
async def scene(database: Database, tmp_path: Path) -> AsyncIterator[Scene]:
    async with opened_scene(database, tmp_path) as opened:
        yield opened


async def ask(asking: Asking, text: str, asker: Principal = ANA, **more: Any) -> Answer:
    asked = await asking.ask(text, asker=asker, door="test", **more)
    return await asking.answer(asked.runs[0].id, asker)


async def events(asking: Asking, asked: Asked, reader: Principal = ANA) -> list[StreamEvent]:
    return [event async for event in asking.follow(asked.runs[0].id, reader)]


async def test_without_a_model_the_answer_is_a_quote_with_its_source(scene: Scene) -> None:
    await scene.knows("reset.md", RESET, title="Reset a password", heading="Accounts", url="https://docs.example.com/r")
    await scene.knows("refund.md", REFUND)
    asking = await scene.asking()

    answer = await ask(asking, "How long is the link in the mail valid?")

    assert answer.text == "“The link in the mail is valid for 30 minutes.” [1]"
    assert [(c.title, c.url, c.place, c.version) for c in answer.citations] == [
        ("Reset a password", "https://docs.example.com/r", "section Accounts", 1)
    ]
    assert answer.citations[0].quote in RESET
    assert not answer.refused
    assert any("words only" in notice for notice in answer.notices)


async def test_a_reader_outside_the_access_list_gets_a_refusal_that_offers_a_person(scene: Scene) -> None:
    await scene.knows("reset.md", RESET)
    asking = await scene.asking(person="the help desk")

    answer = await ask(asking, "How long is the link in the mail valid?", EVE)

    assert answer.refused
    assert "help desk" in answer.text
    assert "30" not in repr(answer)


async def test_a_refusal_is_in_the_language_of_the_question(scene: Scene) -> None:
    await scene.knows("reset.md", RESET)
    asking = await scene.asking()

    assert "enthält keine Antwort" in (await ask(asking, "Wie hoch ist der Eiffelturm und wer hat ihn gebaut?")).text


async def test_the_events_come_in_their_order_and_hold_the_answer(scene: Scene) -> None:
    await scene.knows("reset.md", RESET)
    asking = await scene.asking({"a": ScriptedChat("The link is valid for 30 minutes [1].\nIt costs 7 euros [1].")})
    asked = await asking.ask("How long is the link valid?", asker=ANA, door="test")

    found = await events(asking, asked)

    types = [event.type for event in found]
    assert list(dict.fromkeys(types)) == ["accepted", "searching", "passage", "token", "checking", "citation", "answer"]
    assert found[0].data == {"run": asked.runs[0].id, "conversation": asked.conversation, "label": "a"}
    assert set(next(e for e in found if e.type == "passage").data) == {"number", "title", "place", "url", "score"}
    assert found[-1].data["text"] == "The link is valid for 30 minutes [1]."
    assert not any("_found" in event.data for event in found)


async def test_the_same_event_happens_once(scene: Scene) -> None:
    await scene.knows("reset.md", RESET)
    model = ScriptedChat("The link is valid for 30 minutes [1].")
    asking = await scene.asking({"a": model})

    first = await asking.ask("How long is the link valid?", asker=ANA, door="slack", event_id="Ev1")
    await asking.answer(first.runs[0].id, ANA)
    again = await asking.ask("How long is the link valid?", asker=ANA, door="slack", event_id="Ev1")
    other_door = await asking.ask("How long is the link valid?", asker=ANA, door="api", event_id="Ev1", fresh=True)
    other_asker = await asking.ask("How long is the link valid?", asker=EVE, door="slack", event_id="Ev1")

    assert again == first
    assert len({first.runs[0].id, other_door.runs[0].id, other_asker.runs[0].id}) == 3
    await asking.answer(other_door.runs[0].id, ANA)
    assert len(model.asked) == 2


async def test_an_event_whose_run_was_never_started_is_started_when_it_comes_again(scene: Scene) -> None:
    await scene.knows("reset.md", RESET)
    asking = await scene.asking()
    await scene.engine.close()
    with pytest.raises(Exception, match="not launched"):
        await asking.ask("How long is the link valid?", asker=ANA, door="slack", event_id="Ev1")
    await scene.engine.launch()

    asked = await asking.ask("How long is the link valid?", asker=ANA, door="slack", event_id="Ev1")

    assert not (await asking.answer(asked.runs[0].id, ANA)).refused


async def test_the_question_is_redacted_before_anything_is_recorded(scene: Scene) -> None:
    await scene.knows("reset.md", RESET)
    model = ScriptedChat(lambda messages: "The link for bob@example.org is valid for 30 minutes [1].")
    asking = await scene.asking({"a": model})

    asked = await asking.ask("I am bob@example.org, how long is the link valid?", asker=ANA, door="test")
    found = await events(asking, asked)
    kept = await asking.conversation(asked.conversation, ANA)
    run = await scene.engine.run(asked.runs[0].id)

    said = json.dumps([repr(found), repr(kept), repr(run), repr(model.asked)])
    assert "bob@example.org" not in said
    assert "[Email]" in kept.questions[0].text


async def test_a_right_that_is_gone_hides_the_answer_everywhere(scene: Scene) -> None:
    document = await scene.knows("reset.md", RESET, title="Reset a password")
    asking = await scene.asking({"a": ScriptedChat("The link is valid for 30 minutes [1].")})
    asked = await asking.ask("How long is the link valid?", asker=ANA, door="test")
    run = asked.runs[0].id
    assert not (await asking.answer(run, ANA)).refused

    await scene.library.set_access([document], AccessList.of(["person:owner@example.com"]))

    answer = await asking.answer(run, ANA)
    trace = await asking.trace(run, ANA)
    shown = [answer, await events(asking, asked), await asking.conversation(asked.conversation, ANA), trace.as_json()]
    assert answer.refused
    assert "withheld" in answer.text
    for word in ("minutes", "Reset a password", "reset.md", "Settings"):
        assert word not in repr(shown)
    assert trace.passages[0].withheld


async def test_a_new_version_of_a_document_withholds_what_was_answered_from_the_old(scene: Scene) -> None:
    await scene.knows("reset.md", RESET)
    asking = await scene.asking()
    asked = await asking.ask("How long is the link in the mail valid?", asker=ANA, door="test")
    await asking.answer(asked.runs[0].id, ANA)

    await scene.knows("reset.md", RESET.replace("30", "60"), version=2)

    assert "withheld" in (await asking.answer(asked.runs[0].id, ANA)).text
    assert "60 minutes" in (await ask(asking, "How long is the link in the mail valid?")).text


async def test_rights_are_those_of_the_moment_of_the_run_not_of_the_question(scene: Scene) -> None:
    await scene.knows("reset.md", RESET)
    asking = await scene.asking()
    await scene.directory.put_person(ANA.id, [])

    assert (await ask(asking, "How long is the link in the mail valid?", ANA)).refused


async def test_somebody_elses_run_and_conversation_are_not_there(scene: Scene) -> None:
    await scene.knows("reset.md", RESET)
    asking = await scene.asking()
    asked = await asking.ask("How long is the link in the mail valid?", asker=ANA, door="test")
    run = asked.runs[0].id
    await asking.answer(run, ANA)

    for look in (
        asking.answer(run, EVE),
        asking.trace(run, EVE),
        asking.conversation(asked.conversation, EVE),
        asking.delete_conversation(asked.conversation, EVE),
        asking.ask("And then?", asker=EVE, door="test", conversation=asked.conversation),
        events(asking, asked, EVE),
        asking.answer("a-none", ANA),
    ):
        with pytest.raises(NotFound):
            await look
    assert await asking.conversations(EVE) == []
    assert await asking.runs(EVE) == []


async def test_a_follow_up_is_understood_without_a_model(scene: Scene) -> None:
    await scene.knows("refund.md", REFUND)
    await scene.knows("reset.md", RESET)
    asking = await scene.asking()
    first = await asking.ask("How long does a refund take?", asker=ANA, door="test")
    await asking.answer(first.runs[0].id, ANA)

    answer = await ask(asking, "And how long for exchanges?", conversation=first.conversation)

    assert "14 days" in answer.text
    told = await asking.conversation(first.conversation, ANA)
    assert [q.position for q in told.questions] == [1, 2]
    assert told.title == "How long does a refund take?"


async def test_a_follow_up_is_condensed_by_the_model(scene: Scene) -> None:
    await scene.knows("refund.md", REFUND)

    def reply(messages: Sequence[Message]) -> str:
        if "rewrite" in messages[0].text:
            assert "A refund takes 5 days" in messages[1].text
            return "How long do exchanges take?"
        return (
            "Exchanges take 14 days [1]."
            if "How long do exchanges" in messages[-1].text
            else "A refund takes 5 days [1]."
        )

    asking = await scene.asking({"a": ScriptedChat(reply)})
    first = await asking.ask("How long does a refund take?", asker=ANA, door="test")
    await asking.answer(first.runs[0].id, ANA)

    second = await asking.ask("And the other one?", asker=ANA, door="test", conversation=first.conversation)
    answer = await asking.answer(second.runs[0].id, ANA)
    trace = await asking.trace(second.runs[0].id, ANA)

    assert answer.text == "Exchanges take 14 days [1]."
    assert (trace.question, trace.standalone) == ("And the other one?", "How long do exchanges take?")


async def test_questions_of_one_conversation_are_answered_in_their_order(scene: Scene) -> None:
    await scene.knows("refund.md", REFUND)
    order: list[str] = []

    def reply(messages: Sequence[Message]) -> str:
        if "rewrite" in messages[0].text:
            return messages[1].text.splitlines()[-1]
        order.append(messages[-1].text.splitlines()[-1])
        return "A refund takes 5 days [1]."

    asking = await scene.asking({"a": ScriptedChat(reply)})
    first = await asking.ask("Refund question 1?", asker=ANA, door="test")
    rest = [
        await asking.ask(f"Refund question {n}?", asker=ANA, door="test", conversation=first.conversation)
        for n in (2, 3)
    ]
    for asked in [first, *rest]:
        await asking.answer(asked.runs[0].id, ANA)

    assert order == [f"Question: Refund question {n}?" for n in (1, 2, 3)]


async def test_several_labels_answer_side_by_side_in_one_conversation(scene: Scene) -> None:
    await scene.knows("refund.md", REFUND)
    parts = {"all": Filters(), "none": Filters(sources=frozenset({"elsewhere"}))}
    asking = await scene.asking({"a": ScriptedChat("A refund takes 5 days [1].", name="A")}, libraries=parts)

    asked = await asking.ask(
        "How long does a refund take?", asker=ANA, door="test", models=["a", "quotes"], libraries=["all", "none"]
    )
    answers = {run.label: await asking.answer(run.id, ANA) for run in asked.runs}

    assert [run.label for run in asked.runs] == ["a@all", "a@none", "quotes@all", "quotes@none"]
    assert [answer.refused for answer in answers.values()] == [False, True, False, True]
    assert answers["a@all"].model == "A"
    assert {q.position for q in (await asking.conversation(asked.conversation, ANA)).questions} == {1}


async def test_an_unknown_label_is_refused_before_anything_is_recorded(scene: Scene) -> None:
    asking = await scene.asking()

    with pytest.raises(BadInput, match="there is no model with the label 'nobody'"):
        await asking.ask("How long?", asker=ANA, door="test", models=["nobody"])

    assert await asking.conversations(ANA) == []


async def test_a_model_that_fails_ends_the_run_as_failed_and_says_why(scene: Scene) -> None:
    await scene.knows("refund.md", REFUND)
    asking = await scene.asking({"a": ScriptedChat("x", fails=[ModelError("the model is away; try again later.")])})
    asked = await asking.ask("How long does a refund take?", asker=ANA, door="test")

    found = await events(asking, asked)

    assert (found[-1].type, found[-1].data) == (
        "failed",
        {"code": "model", "message": "the model is away; try again later."},
    )
    with pytest.raises(RunFailed):
        await asking.answer(asked.runs[0].id, ANA)
    row = (await asking.runs(ANA))[0]
    assert (row.state, row.error) == ("failed", "model: the model is away; try again later.")


async def test_an_error_that_is_not_ours_keeps_its_message_to_itself(scene: Scene) -> None:
    await scene.knows("refund.md", REFUND)
    asking = await scene.asking({"a": ScriptedChat("x", fails=[RuntimeError("secret of the house")])})
    asked = await asking.ask("How long does a refund take?", asker=ANA, door="test")

    found = await events(asking, asked)

    assert found[-1].data["code"] == "internal"
    assert asked.runs[0].id in found[-1].data["message"]
    assert "secret" not in repr(found) + repr(await asking.trace(asked.runs[0].id, ANA))


async def test_waiting_for_an_answer_ends_with_the_time_given(scene: Scene) -> None:
    asking = await scene.asking()
    await scene.engine.close()
    await scene.engine.launch()
    asked = await asking.ask("How long does a refund take?", asker=ANA, door="test")

    with pytest.raises(StillRunning):
        await asking.answer(asked.runs[0].id, ANA, timeout=0)


async def test_an_english_question_finds_german_passages_by_one_translation(scene: Scene) -> None:
    await scene.knows("erstattung.md", "Die Erstattung dauert fünf Tage, nachdem das Paket zurückgekommen ist.")

    def reply(messages: Sequence[Message]) -> str:
        if "Translate" in messages[0].text:
            return "Wie lange dauert die Erstattung?"
        return 'A refund takes five days [1: "Die Erstattung dauert fünf Tage"].'

    model = ScriptedChat(reply)
    asking = await scene.asking({"a": model})

    answer = await ask(asking, "How long does it take until I get my money back?")
    again = await ask(asking, "How long does it take until I get my money back?")

    assert answer.text == again.text == "A refund takes five days [1]."
    assert answer.citations[0].quote == "Die Erstattung dauert fünf Tage"
    assert sum("Translate" in messages[0].text for messages in model.asked) == 1


async def test_the_trace_tells_how_the_answer_was_made(scene: Scene) -> None:
    await scene.knows("reset.md", RESET, title="Reset a password", page=4)
    asking = await scene.asking({"a": ScriptedChat("The link is valid for 30 minutes [1]. It costs 7 euros [1].")})
    asked = await asking.ask("How long is the link valid?", asker=ANA, door="test")
    await asking.answer(asked.runs[0].id, ANA)

    trace = await asking.trace(asked.runs[0].id, ANA)

    assert [step.name for step in trace.steps] == ["condense", "retrieve", "draft", "cite"]
    assert all(step.seconds is not None for step in trace.steps)
    assert (trace.passages[0].title, trace.passages[0].place, trace.passages[0].text) == (
        "Reset a password",
        "page 4",
        RESET,
    )
    assert [role for role, _ in trace.prompt] == ["system", "user"]
    assert RESET.split(".")[0] in trace.prompt[1][1]
    assert trace.usage.output_tokens == 13
    assert trace.draft == "The link is valid for 30 minutes [1]. It costs 7 euros [1]."
    assert [citation.number for citation in trace.kept] == [1]
    assert [dropped.reason for dropped in trace.dropped] == ["its number is not in the passage"]
    assert json.loads(json.dumps(trace.as_json()))["steps"][0]["name"] == "condense"


async def test_the_prompt_in_the_trace_is_the_prompt_that_was_sent(scene: Scene) -> None:
    await scene.knows("reset.md", RESET)
    model = ScriptedChat("The link is valid for 30 minutes [1].")
    asking = await scene.asking({"a": model})
    asked = await asking.ask("How long is the link valid?", asker=ANA, door="test")
    await asking.answer(asked.runs[0].id, ANA)

    sent = tuple((message.role, message.text) for message in model.asked[-1])

    assert (await asking.trace(asked.runs[0].id, ANA)).prompt == sent


async def test_the_journal_holds_no_text_of_a_passage(scene: Scene) -> None:
    await scene.knows("reset.md", RESET)
    asking = await scene.asking({"a": ScriptedChat("NO_ANSWER")})
    asked = await asking.ask("How long is the link valid?", asker=ANA, door="test")
    await asking.answer(asked.runs[0].id, ANA)

    assert "Settings" not in repr(await scene.engine.run(asked.runs[0].id))


async def test_a_model_that_finds_no_answer_makes_a_refusal_and_streams_nothing(scene: Scene) -> None:
    await scene.knows("reset.md", RESET)
    asking = await scene.asking({"a": ScriptedChat("NO_ANSWER")})
    asked = await asking.ask("How long is the link valid?", asker=ANA, door="test")

    found = await events(asking, asked)

    assert [event.type for event in found if event.type != "passage"] == ["accepted", "searching", "refused"]


async def test_conversations_are_listed_a_page_at_a_time_and_can_be_deleted(scene: Scene) -> None:
    asking = await scene.asking()
    asked = [await asking.ask(f"Question {n}?", asker=ANA, door="test") for n in range(3)]
    for each in asked:
        await asking.answer(each.runs[0].id, ANA)

    first = await asking.conversations(ANA, limit=2)
    second = await asking.conversations(ANA, limit=2, after=first[-1].id)
    runs = await asking.runs(ANA, limit=2)
    rest = await asking.runs(ANA, limit=2, after=runs[-1].run)
    await asking.delete_conversation(first[0].id, ANA)

    assert [each.title for each in [*first, *second]] == ["Question 2?", "Question 1?", "Question 0?"]
    assert [each.text for each in [*runs, *rest]] == ["Question 2?", "Question 1?", "Question 0?"]
    assert len(await asking.conversations(ANA)) == 2
    # A page after what is there no more is the end, and not the beginning again.
    assert await asking.conversations(ANA, after=first[0].id) == await asking.runs(ANA, after=runs[0].run) == []
    with pytest.raises(NotFound):
        await asking.answer(asked[2].runs[0].id, ANA)


async def test_a_run_that_a_dead_process_left_is_carried_on_without_asking_the_model_again(scene: Scene) -> None:
    await scene.knows("reset.md", RESET)
    model = ScriptedChat("The link is valid for 30 minutes [1].")
    asking = await scene.asking({"a": model})
    drafted = asyncio.Event()
    read = scene.library.read

    async def read_and_stop(ids: Sequence[int], reader: Principal) -> list[Passage]:
        if model.asked and not drafted.is_set():
            drafted.set()
            await asyncio.Event().wait()
        return await read(ids, reader)

    scene.library.read = read_and_stop  # type: ignore[method-assign]
    asked = await asking.ask("How long is the link valid?", asker=ANA, door="test")
    await drafted.wait()
    await scene.engine.close(grace=0)
    await scene.engine.launch()

    answer = await asking.answer(asked.runs[0].id, ANA)

    assert answer.text == "The link is valid for 30 minutes [1]."
    assert len(model.asked) == 1
    assert (await asking.trace(asked.runs[0].id, ANA)).attempts == 2
    assert [event.type for event in await events(asking, asked)].count("answer") == 1


async def test_a_trace_outlives_the_engines_journal(scene: Scene) -> None:
    await scene.knows("reset.md", RESET)
    asking = await scene.asking()
    asked = await asking.ask("How long is the link in the mail valid?", asker=ANA, door="test")
    answer = await asking.answer(asked.runs[0].id, ANA)
    await scene.engine.prune(timedelta(0))

    assert await asking.answer(asked.runs[0].id, ANA) == answer
    assert (await asking.trace(asked.runs[0].id, ANA)).kept == answer.citations


async def test_a_group_that_is_left_while_the_answer_streams_ends_what_is_shown(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream was opened with the groups of before."""
    monkeypatch.setattr(showing, "CHECK_SECONDS", 0.0)
    await scene.knows("reset.md", RESET)
    asking = await scene.asking({"a": ScriptedChat("Open Settings [1].\nThe link is valid for 30 minutes [1].\n")})
    asked = await asking.ask("How long is the link valid?", asker=ANA, door="test")
    await asking.answer(asked.runs[0].id, ANA)

    seen = []
    async for event in asking.follow(asked.runs[0].id, ANA):
        seen.append(event)
        if event.type == "passage":
            await scene.directory.put_person(ANA.id, [])

    assert "passage" in [event.type for event in seen]
    assert not {"token", "citation", "answer"} & {event.type for event in seen}
    assert "30 minutes" not in repr(seen[seen.index(next(e for e in seen if e.type == "passage")) :])
    assert "withheld" in (await asking.answer(asked.runs[0].id, ANA)).text


async def test_a_question_that_was_made_from_a_closed_answer_is_withheld(scene: Scene) -> None:
    """The model put what the first answer said into the second question."""
    bonus = await scene.knows("bonus.md", "The yearly bonus is 4000 crowns.")
    await scene.knows("refund.md", REFUND)

    def reply(messages: Sequence[Message]) -> str:
        if "rewrite" in messages[0].text:
            return "How long does a refund of the bonus of 4000 crowns take?"
        says, holds = ("A refund takes 5 days", "refund takes"), ("The yearly bonus is 4000 crowns", "yearly bonus")
        passages, asked = messages[-1].text.rsplit("Question: ", 1)
        said, words = says if "refund" in asked else holds
        place = next(number for number, part in enumerate(passages.split(" number=")) if words in part)
        return f"{said} [{place}]."

    asking = await scene.asking({"a": ScriptedChat(reply)})
    first = await asking.ask("What is the yearly bonus?", asker=ANA, door="test")
    assert not (await asking.answer(first.runs[0].id, ANA)).refused
    second = await asking.ask("And a refund of it?", asker=ANA, door="test", conversation=first.conversation)
    await asking.answer(second.runs[0].id, ANA)
    assert "4000" in (await asking.trace(second.runs[0].id, ANA)).standalone

    await scene.library.set_access([bonus], AccessList.of(["person:owner@example.com"]))

    trace = await asking.trace(second.runs[0].id, ANA)
    shown = [await asking.conversation(first.conversation, ANA), await events(asking, second), trace.as_json()]
    assert "4000" not in repr(shown)
    assert trace.standalone == "And a refund of it?"


async def test_what_was_dropped_shows_no_word_of_a_passage_that_is_not_cited(scene: Scene) -> None:
    """It stays with an answer that rests on other passages, or on none."""
    bonus = await scene.knows("bonus.md", "The yearly bonus for everyone in sales is 4000 crowns.")
    asking = await scene.asking({"a": ScriptedChat("Everyone in sales gets 9999 crowns as yearly bonus [1].")})
    asked = await asking.ask("What is the yearly bonus?", asker=ANA, door="test")
    answer = await asking.answer(asked.runs[0].id, ANA)
    assert answer.refused
    assert answer.dropped
    await scene.library.set_access([bonus], AccessList.of(["person:owner@example.com"]))

    shown = [await asking.answer(asked.runs[0].id, ANA), (await asking.trace(asked.runs[0].id, ANA)).as_json()]

    assert "crowns" not in repr(shown)
    assert "sales" not in repr(shown)


async def test_a_question_that_was_recorded_but_not_started_is_started_at_the_next_launch(scene: Scene) -> None:
    """The process died between the two, and nobody sends the question again."""
    await scene.knows("reset.md", RESET)
    asking = await scene.asking()
    await scene.engine.close()
    with pytest.raises(Exception, match="not launched"):
        await asking.ask("How long is the link in the mail valid?", asker=ANA, door="test")
    await scene.engine.launch()

    assert await asking.recover() == 1

    (left,) = await asking.runs(ANA)
    assert "30 minutes" in (await asking.answer(left.run, ANA)).text
    assert await asking.recover() == 0


async def test_an_event_that_comes_again_after_its_run_was_forgotten_is_not_answered_again(scene: Scene) -> None:
    await scene.knows("reset.md", RESET)
    model = ScriptedChat("The link is valid for 30 minutes [1].")
    asking = await scene.asking({"a": model})
    first = await asking.ask("How long is the link valid?", asker=ANA, door="slack", event_id="Ev1")
    answer = await asking.answer(first.runs[0].id, ANA)
    await scene.engine.result(first.runs[0].id)
    await scene.engine.prune(timedelta(0))

    again = await asking.ask("How long is the link valid?", asker=ANA, door="slack", event_id="Ev1")

    assert await asking.answer(again.runs[0].id, ANA) == answer
    assert await scene.engine.runs() == []
    assert len(model.asked) == 1


async def test_an_event_of_a_conversation_that_was_deleted_is_a_new_question(scene: Scene) -> None:
    """The engine still has the run of before, which has nothing to answer any more."""
    await scene.knows("reset.md", RESET)
    asking = await scene.asking()
    first = await asking.ask("How long is the link in the mail valid?", asker=ANA, door="slack", event_id="Ev1")
    await asking.answer(first.runs[0].id, ANA)
    await asking.delete_conversation(first.conversation, ANA)

    again = await asking.ask("How long is the link in the mail valid?", asker=ANA, door="slack", event_id="Ev1")

    assert "30 minutes" in (await asking.answer(again.runs[0].id, ANA)).text


async def test_a_cancelled_question_stays_cancelled_and_can_be_resumed_and_deleted(
    scene: Scene, database: Database
) -> None:
    await scene.knows("reset.md", RESET)
    before = utc_now()
    asking = await scene.asking()
    begun, search = asyncio.Semaphore(0), scene.library.search

    async def begin_and_stop(*given: Any, **more: Any) -> Any:
        begun.release()
        await asyncio.Event().wait()

    scene.library.search = begin_and_stop  # type: ignore[method-assign]
    asked = [await asking.ask("How long is the link in the mail valid?", asker=ANA, door="test") for _ in range(2)]
    one, two = (each.runs[0].id for each in asked)
    for run in (one, two):
        await begun.acquire()
        await asking.cancel(run, ANA)
    await scene.engine.close(grace=0)
    scene.library.search = search  # type: ignore[method-assign]
    await scene.engine.launch()
    await asking.resume(two, ANA)
    assert "30 minutes" in (await asking.answer(two, ANA)).text

    await scene.engine.prune(timedelta(0))
    # As if it had been carried on, and had ended again before that was written down.
    await database.write(records.resume, one, before)

    assert {question.run: question.state for question in await asking.runs(ANA)} == {one: "cancelled", two: "finished"}
    assert await asking.recover() == 0
    await asking.delete_conversation(asked[0].conversation, ANA)
    assert len(await asking.conversations(ANA)) == 1


async def test_an_events_id_is_recorded_by_its_hash(scene: Scene, database: Database) -> None:
    """A client may make it of anything, of an address for one."""
    asking = await scene.asking()
    await asking.ask("How long?", asker=ANA, door="api", event_id="bob@example.org-1")

    with database.reading() as connection:
        rows = connection.execute(sa.select(metadata.tables["questions"])).all()
    assert rows
    assert "bob@example.org" not in repr(rows)
