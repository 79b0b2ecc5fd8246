"""A whole document is read by its name, in order, by nobody who may not read it, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from answering_scene import ANA, EVE, Scene, opened_scene
from pydantic import SecretStr

from deskhand.answering import Asking
from deskhand.catalog import document_id
from deskhand.errors import BadInput, ModelError, NotFound
from deskhand.knowledge import Filters
from deskhand.knowledge.text_records import Text, text_of
from deskhand.llm import open_chat
from deskhand.llm.protocol import Budget, Completion, Message
from deskhand.llm.scripted import ScriptedChat
from deskhand.nouns import AccessList, Answer, Audience, Document, Passage, Piece, Principal, RedactedText, Usage
from deskhand.store import Database, utc_now

if TYPE_CHECKING:
    from model_server import ModelServer


@pytest.fixture
async def scene(database: Database, tmp_path: Path) -> AsyncIterator[Scene]:
    async with opened_scene(database, tmp_path) as opened:
        yield opened


async def put(
    scene: Scene,
    item: str,
    texts: Sequence[str],
    *,
    title: str = "",
    version: int = 1,
    to: Sequence[str] = ("group:staff",),
    headings: Sequence[str] = (),
    **metadata: str,
) -> str:
    """A document of one passage for each text; its id."""
    document = Document(
        document_id("files", item), "files", item, version, RedactedText(title or item), None, AccessList.of(to),
        f"{item}-{version}", metadata,
    )  # fmt: skip
    pieces = [
        Piece(place, RedactedText(text), RedactedText(headings[place] if headings else ""))
        for place, text in enumerate(texts)
    ]
    await scene.library.replace(document, pieces, {})
    return document.id


def texts_of(passages: Sequence[Passage]) -> list[str]:
    return [str(passage.text) for passage in passages]


async def test_a_document_is_found_by_its_id_its_title_its_item_and_its_file_name(scene: Scene) -> None:
    await put(scene, "guides/other.md", ["something else"], title="Other")
    key = await put(scene, "guides/vpn_setup.md", ["first", "second", "third"], title="VPN setup")

    for name in (key, "VPN setup", "guides/vpn_setup.md", "vpn_setup.md"):
        found, passages = await scene.library.document(name, ANA)
        assert (name, found, texts_of(passages)) == (name, key, ["first", "second", "third"])


async def test_of_a_long_document_as_many_passages_come_as_were_asked_for(scene: Scene) -> None:
    key = await put(scene, "long.md", [f"passage {number}" for number in range(700)])

    _, some = await scene.library.document(key, ANA, 3)
    _, every = await scene.library.document(key, ANA)

    assert texts_of(some) == ["passage 0", "passage 1", "passage 2"]
    assert [passage.position for passage in every] == list(range(700))


@pytest.mark.parametrize("name", ["", "vpn setup", "VPN", "setup.md", "vpnXsetup.md", "VPN_SETUP.MD", "a\0b", "%", "_"])
async def test_no_other_spelling_is_a_name(scene: Scene, name: str) -> None:
    await put(scene, "guides/vpn_setup.md", ["first"], title="VPN setup")

    with pytest.raises(NotFound):
        await scene.library.document(name, ANA)


async def test_one_that_is_closed_and_one_that_is_not_there_sound_the_same(scene: Scene) -> None:
    await put(scene, "bonus.md", ["the bonus is 4000"], title="Bonus")
    with pytest.raises(NotFound) as closed:
        await scene.library.document("Bonus", EVE)
    await scene.library.delete([document_id("files", "bonus.md")])
    with pytest.raises(NotFound) as gone:
        await scene.library.document("Bonus", EVE)

    assert str(closed.value) == str(gone.value)
    with pytest.raises(NotFound):
        await scene.library.document("Bonus", ANA)


async def test_of_two_with_one_name_a_reader_gets_the_one_that_is_open(scene: Scene) -> None:
    await put(scene, "a/plan.md", ["the secret plan"], title="Plan")
    open_one = await put(scene, "b/plan.md", ["the plan for all"], title="Plan", to=["everyone"])

    assert (await scene.library.document("Plan", EVE))[0] == open_one
    assert (await scene.library.document("plan.md", EVE))[0] == open_one


async def test_a_title_goes_before_an_item_and_that_before_a_file_name(scene: Scene) -> None:
    by_title = await put(scene, "a.md", ["one"], title="plan.md")
    by_item = await put(scene, "b/plan.md", ["two"], title="Another")
    await put(scene, "c/b/plan.md", ["three"], title="Another still")

    assert (await scene.library.document("b/plan.md", ANA))[0] == by_item
    await put(scene, "plan.md", ["four"], title="A fourth")
    assert (await scene.library.document("plan.md", ANA))[0] == by_title


async def test_an_audience_reads_only_what_all_of_it_may_read(scene: Scene) -> None:
    await put(scene, "bonus.md", ["the bonus is 4000"], title="Bonus")
    ben = Principal("ben@example.com", frozenset({"staff"}))

    found, _ = await scene.library.document("Bonus", Audience("slack:T1:C1", (ANA, ben), utc_now()))

    assert found == document_id("files", "bonus.md")
    for members in ((ANA, EVE), ()):
        with pytest.raises(NotFound):
            await scene.library.document("Bonus", Audience("slack:T1:C1", members, utc_now()))


async def test_a_document_outside_the_part_of_the_library_is_not_found(scene: Scene) -> None:
    key = await put(scene, "bonus.md", ["the bonus is 4000"], title="Bonus", team="hr")

    for inside in (Filters(), Filters(frozenset({"files"})), Filters(metadata={"team": frozenset({"hr", "it"})})):
        assert (await scene.library.document("Bonus", ANA, filters=inside))[0] == key
    for outside in (Filters(frozenset({"wiki"})), Filters(metadata={"team": frozenset({"it"})})):
        with pytest.raises(NotFound):
            await scene.library.document("Bonus", ANA, filters=outside)


async def test_only_the_newest_version_is_read(scene: Scene) -> None:
    key = await put(scene, "plan.md", ["old", "older"])
    await put(scene, "plan.md", ["new"], version=2)

    assert texts_of((await scene.library.document(key, ANA))[1]) == ["new"]


async def test_a_text_is_opened_at_a_passage_and_read_on_to_both_ends(scene: Scene) -> None:
    key = await put(scene, "long.md", [f"part {number}" for number in range(25)])
    other = await put(scene, "other.md", ["elsewhere"])
    [at, elsewhere] = [
        (await scene.library.document(name, ANA))[1][place].id for name, place in ((key, 12), (other, 0))
    ]

    async def text(reader: Principal = ANA, **where: int) -> Text:
        found = await scene.database.read(text_of, key, reader, -1, 10, **where)
        assert found is not None
        return found

    def shown(found: Text) -> tuple[list[int], bool, bool, int | None]:
        return [each.position for each in found.passages], found.earlier, found.more, found.place

    assert shown(await text(around=at)) == ([*range(7, 17)], True, True, 12)
    assert shown(await text(before=7)) == ([*range(7)], False, True, None)
    assert shown(await text(before=17)) == ([*range(7, 17)], True, True, None)
    assert shown(await text(around=elsewhere)) == ([*range(10)], False, True, None)
    assert await scene.database.read(text_of, key, EVE, -1, 10, around=at) is None
    await put(scene, "long.md", ["part 12"], version=2)
    assert shown(await text(around=at)) == ([0], False, False, None)


# Questions about a whole document

TOPICS = ("tariff", "router", "refund", "invoice", "warranty", "roaming", "landline", "contract", "voicemail", "fibre")


def chapters(count: int) -> tuple[list[str], list[str]]:
    """The texts and headings of a long document: five passages to a chapter, each with facts of its own."""
    texts = [
        f"The {TOPICS[n % 10]} of area {n + 1} is looked after by team {n + 101} since the year {1900 + n}. "
        + "It is reviewed every spring by those who work there, and what they write down is kept for later use. " * 10
        for n in range(count)
    ]
    return texts, [f"Chapter {n // 5 + 1}" for n in range(count)]


def first_sentences(prompt: str, every: int = 6) -> str:
    """What a model might write of a document: the first sentence of every sixth passage, with its mark."""
    shown = re.findall(r"<passage-\w+ number=(\d+) [^>]*>\n([^.]+)\.", prompt)
    return " ".join(f"{sentence} [{number}]." for number, sentence in shown[::every])


async def summary(asking: Asking, document: str, asker: Principal = ANA, **more: Any) -> Answer:
    asked = await asking.ask("Summarise this document.", asker=asker, door="test", document=document, **more)
    return await asking.answer(asked.runs[0].id, asker, timeout=60)


async def test_a_model_sums_up_a_document_of_12_500_tokens(scene: Scene, model_server: ModelServer) -> None:
    """Over HTTP, with the default budget: all of the document is in the prompt, in its order."""
    texts, headings = chapters(50)
    assert sum(map(len, texts)) > 4 * 12_500
    key = await put(scene, "handbook.md", texts, title="Handbook", headings=headings)
    await put(scene, "other.md", ["The tariff of area 99 is another thing."], title="Other")
    model_server.script.says = first_sentences
    chat = open_chat("openai", "m", base_url=model_server.url, api_key=SecretStr("k"))
    asking = await scene.asking({"m": chat})

    answer = await summary(asking, key)
    await chat.close()

    (request,) = model_server.script.requests
    places = [request.prompt.find(text[:60]) for text in texts]
    assert -1 not in places
    assert places == sorted(places)
    assert "area 99" not in request.prompt
    assert answer.text.startswith("The tariff of area 1 is looked after by team 101 since the year 1900 [1].")
    assert answer.text.endswith("The voicemail of area 49 is looked after by team 149 since the year 1948 [9].")
    assert [citation.number for citation in answer.citations] == list(range(1, 10))
    assert {citation.document for citation in answer.citations} == {key}
    assert answer.notices == ()


async def test_without_a_model_a_summary_quotes_from_all_of_the_document(scene: Scene) -> None:
    texts, headings = chapters(50)
    key = await put(scene, "handbook.md", texts, title="Handbook", headings=headings)
    asking = await scene.asking()

    answer = await summary(asking, key)

    assert len(answer.citations) == 10
    assert [citation.place for citation in answer.citations] == [f"section Chapter {n + 1}" for n in range(10)]
    assert all(citation.quote in text for citation, text in zip(answer.citations, texts[::5], strict=True))
    assert not answer.refused


async def test_of_a_document_beyond_the_budget_the_first_part_is_read_and_that_is_said(scene: Scene) -> None:
    texts, headings = chapters(50)
    key = await put(scene, "handbook.md", texts, title="Handbook", headings=headings)
    model = ScriptedChat(lambda messages: first_sentences(messages[-1].text, every=1))
    asking = await scene.asking({"m": model}, budget=Budget(tokens=8_000))

    by_model = await summary(asking, key)
    by_quotes = await summary(asking, key, models=["quotes"])

    prompt = model.asked[0][-1].text
    assert 8 <= prompt.count("<passage-") <= 20
    assert texts[0].strip() in prompt
    assert "area 40" not in prompt
    for answer in (by_model, by_quotes):
        assert answer.notices == ("The document is long; only its first part was read.",)
        assert not answer.refused


async def test_what_the_document_does_not_support_is_left_out_of_its_summary(scene: Scene) -> None:
    texts, headings = chapters(30)
    key = await put(scene, "handbook.md", texts, headings=headings)
    wrong = "The tariff of area 1 is looked after by team 999 since the year 1900 [1]. The moon is made of cheese [2]."
    right = (
        "The router of area 2 is looked after by team 102 [2]. The refund of area 3 is looked after by team 103 [30]."
    )
    asking = await scene.asking({"m": ScriptedChat(f"{wrong} {right}")})

    answer = await summary(asking, key)

    assert answer.text == (
        "The router of area 2 is looked after by team 102 [1]. The refund of area 3 is looked after by team 103 [2]."
    )
    assert len(answer.dropped) >= 2


@pytest.mark.parametrize("label", ["m", "quotes"])
async def test_a_document_without_text_is_said_to_be_empty(scene: Scene, label: str) -> None:
    key = await put(scene, "empty.md", [])
    model = ScriptedChat("Something [1].")
    asking = await scene.asking({"m": model})

    answer = await summary(asking, key, models=[label])

    assert (answer.refused, answer.reason, answer.notices) == (True, "document-empty", ("The document holds no text.",))
    assert model.asked == []


@pytest.mark.parametrize("label", ["m", "quotes"])
async def test_a_closed_document_and_none_at_all_have_the_same_outcome(scene: Scene, label: str) -> None:
    texts, _ = chapters(5)
    closed = await put(scene, "closed.md", texts, title="Closed")
    model = ScriptedChat("Something [1].")
    asking = await scene.asking({"m": model})

    answers = [await summary(asking, name, EVE, models=[label]) for name in (closed, "d" + "0" * 31)]

    assert answers[0] == answers[1]
    assert (answers[0].refused, answers[0].reason) == (True, "no-document")
    assert model.asked == []


async def test_a_document_outside_the_part_of_the_library_that_is_asked_is_not_summed_up(scene: Scene) -> None:
    key = await put(scene, "bonus.md", chapters(3)[0], team="hr")
    parts = {"it": Filters(metadata={"team": frozenset({"it"})}), "hr": Filters(metadata={"team": frozenset({"hr"})})}
    asking = await scene.asking(libraries=parts)

    assert (await summary(asking, key, libraries=["it"])).reason == "no-document"
    assert not (await summary(asking, key, libraries=["hr"])).refused


@dataclass
class Meanwhile:
    """A model that answers once something has happened."""

    happens: Callable[[], Awaitable[None]]
    name: str = "meanwhile"

    async def stream(self, messages: Sequence[Message], *, budget: Budget) -> AsyncIterator[str | Usage]:
        await self.happens()
        async for piece in ScriptedChat(first_sentences(messages[-1].text)).stream(messages, budget=budget):
            yield piece

    async def complete(self, messages: Sequence[Message], *, budget: Budget) -> Completion:
        raise ModelError("this one only streams")


@pytest.mark.parametrize("what", ["deleted", "closed", "replaced"])
async def test_a_document_that_goes_while_it_is_summed_up_leaves_no_summary(scene: Scene, what: str) -> None:
    texts, headings = chapters(12)
    key = await put(scene, "handbook.md", texts, headings=headings)

    async def happens() -> None:
        if what == "deleted":
            await scene.library.delete([key])
        elif what == "closed":
            await scene.library.set_access([key], AccessList.of(["person:owner@example.com"]))
        else:
            await put(scene, "handbook.md", ["Nothing is as it was."], version=2)

    asking = await scene.asking({"m": Meanwhile(happens)})

    answer = await summary(asking, key)

    assert (answer.refused, answer.reason) == (True, "no-document")
    assert "area" not in repr(answer)


async def test_a_document_is_read_with_the_rights_of_the_moment_of_the_run(scene: Scene) -> None:
    key = await put(scene, "handbook.md", chapters(3)[0])
    asking = await scene.asking()
    asked = await asking.ask("Summarise it.", asker=ANA, door="test", document=key)
    run = asked.runs[0].id
    assert not (await asking.answer(run, ANA, timeout=60)).refused

    await scene.directory.put_person(ANA.id, [])

    assert (await summary(asking, key)).reason == "no-document"
    assert "withheld" in (await asking.answer(run, Principal(ANA.id))).text


async def test_the_journal_holds_ids_and_the_trace_the_prompt_that_was_sent(scene: Scene) -> None:
    texts, headings = chapters(12)
    key = await put(scene, "handbook.md", texts, headings=headings)
    # The library has German too, which would have a question translated that is searched for.
    await put(scene, "de.md", ["Der Tarif wird in jedem Frühjahr von allen geprüft, die hier arbeiten."])
    model = ScriptedChat(lambda messages: first_sentences(messages[-1].text))
    asking = await scene.asking({"m": model})
    asked = await asking.ask("Summarise this document.", asker=ANA, door="test", document=key)
    await asking.answer(asked.runs[0].id, ANA, timeout=60)

    run = await scene.engine.run(asked.runs[0].id)
    trace = await asking.trace(asked.runs[0].id, ANA)

    retrieved = next(step for step in run.steps if step.name == "retrieve")
    assert "area" not in repr(retrieved.output)
    assert len(model.asked) == 1
    assert trace.prompt == tuple((message.role, message.text) for message in model.asked[0])
    assert "for a summary" in trace.prompt[0][1].lower()


async def test_what_was_said_before_does_not_change_what_a_document_is_summed_up_for(scene: Scene) -> None:
    key = await put(scene, "handbook.md", chapters(3)[0])
    model = ScriptedChat("The tariff of area 1 is looked after by team 101 [1].")
    asking = await scene.asking({"m": model})
    first = await asking.ask("Who looks after area 1?", asker=ANA, door="test", thread="call")
    await asking.answer(first.runs[0].id, ANA, timeout=60)
    before = len(model.asked)

    answer = await summary(asking, key, thread="call")

    assert not answer.refused
    assert len(model.asked) == before + 1
    assert model.asked[-1][-1].text.endswith("Question: Summarise this document.")


@pytest.mark.parametrize("document", ["d" * 33, "a title of a document", "d\0", ""])
async def test_what_cannot_be_the_id_of_a_document_is_refused_before_anything_is_on_record(
    scene: Scene, document: str
) -> None:
    asking = await scene.asking()

    with pytest.raises(BadInput, match="none by its id"):
        await asking.ask("Summarise this document.", asker=ANA, door="test", document=document)

    assert await asking.runs(ANA) == []
