"""Answers, drafts and notices as messages that Slack takes."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_limits import check, nodes, shown, sketch

from deskhand.channels.slack.messages import (
    BAD,
    GOOD,
    PERSON,
    SHARE,
    Message,
    Reply,
    answer_messages,
    draft_message,
    notice_message,
    status_message,
    text_messages,
)
from deskhand.nouns import Answer, Citation

RUN = "slack-Ev1:1"


def source(number: int, **more: Any) -> Citation:
    made = Citation(
        number=number,
        passage=number,
        document=f"doc-{number}",
        version=3,
        title=f"Guide {number}",
        url=f"https://wiki.example.org/{number}",
        quote="Press the button.",
        snippet=f"Snippet {number}: press the button.",
        place=f"page {number}",
    )
    return replace(made, **more)


def reply(text: str, *, sources: int = 1, run: str = RUN, label: str = "", **more: Any) -> Reply:
    citations = tuple(source(n) for n in range(1, sources + 1))
    return Reply(run, Answer(text, refused=not sources, citations=citations, model="m", **more), label)


def buttons(messages: Sequence[Message]) -> list[tuple[str, Any]]:
    return [
        (node["action_id"], json.loads(node["value"]))
        for message in messages
        for node in nodes(message.blocks)
        if node["type"] == "button"
    ]


def all_shown(messages: Sequence[Message]) -> str:
    for message in messages:
        check(message.blocks, message.text)
    return "".join(shown(message.blocks) for message in messages)


def test_an_answer_has_its_text_its_sources_who_may_read_it_its_reference_and_buttons() -> None:
    [message] = answer_messages([reply("Press **it** [1].")], footer="From what everyone may read.")

    check(message.blocks, message.text)
    assert [block["type"] for block in message.blocks] == ["rich_text", "context", "actions"]
    assert sketch(message.blocks[:1]) == (
        "P Press {b:it} [1].⏎⏎{b:Sources}⏎[1] {@https://wiki.example.org/1 Guide 1} · page 1"
        "{i:⏎Snippet 1: press the button.}"
    )
    assert shown(message.blocks[1:2]) == f"From what everyone may read.Reference: {RUN}"
    assert buttons([message]) == [(GOOD, {"run": RUN}), (BAD, {"run": RUN})]


def test_the_notification_says_the_same_without_snippets() -> None:
    [message] = answer_messages([reply("Press **it** [1].", notices=("By words only.",))], footer="From <all>.")

    assert message.text == (
        f"Press *it* [1].\n\n*Sources*\n[1] Guide 1 · page 1\n\nBy words only.\nFrom &lt;all&gt;.\nReference: {RUN}"
    )


def test_notices_stand_above_the_readers_and_the_reference() -> None:
    [message] = answer_messages([reply("Yes [1].", notices=("One.", "Two."))], footer="Readers.")

    context = message.blocks[-2]
    assert [element["text"] for element in context["elements"]] == ["One.", "Two.", "Readers.", f"Reference: {RUN}"]


def test_many_notices_fit_in_the_small_print() -> None:
    [message] = answer_messages([reply("Yes [1].", notices=tuple(f"Notice {n}." for n in range(30)))], footer="R.")

    check(message.blocks, message.text)
    assert all(f"Notice {n}." in shown(message.blocks) for n in range(30))


def test_the_version_of_a_document_is_not_shown() -> None:
    [message] = answer_messages([reply("Yes [1].")])

    assert "version" not in json.dumps(message.blocks)


def test_a_source_cannot_ping_and_links_only_to_the_web() -> None:
    citations = (
        source(1, title="<!channel> *A* & <@U1>", snippet="<!here> a\nb", url="https://x.org/?a=1&b=2"),
        source(2, url="javascript:alert(1)"),
        source(3, url="file:///etc/passwd", title="", place=None),
        source(4, url=None),
    )
    answer = Answer("Yes [1].", refused=False, citations=citations)

    [message] = answer_messages([Reply(RUN, answer)])

    check(message.blocks, message.text)
    links = [node["url"] for node in nodes(message.blocks) if node["type"] == "link"]
    assert links == ["https://x.org/?a=1&b=2"]
    assert "[2] {b:Guide 2} · page 2" in sketch(message.blocks)
    assert "[3] {b:doc-3}{i:" in sketch(message.blocks)
    assert "&lt;!channel&gt;" in message.text


def test_snippets_are_short() -> None:
    long = source(1, snippet="word " * 500)

    [message] = answer_messages([Reply(RUN, Answer("Yes [1].", refused=False, citations=(long,)))])

    [snippet] = [node["text"] for node in nodes(message.blocks) if node.get("style") == {"italic": True}]
    assert len(snippet.strip()) <= 300
    assert snippet.endswith("word…")


def test_beyond_ten_sources_each_has_one_line() -> None:
    messages = answer_messages([reply("Yes.", sources=25)])

    seen = all_shown(messages)
    assert all(f"[{n}] Guide {n}" in seen for n in range(1, 26))
    assert [n for n in range(1, 26) if f"Snippet {n}:" in seen] == list(range(1, 11))


def test_a_refusal_has_no_sources_but_offers_a_person() -> None:
    [message] = answer_messages([reply("No answer. Ask support.", sources=0)], person=True)

    assert "Sources" not in shown(message.blocks)
    assert [action for action, _ in buttons([message])] == [GOOD, BAD, PERSON]


def test_an_answer_for_the_asker_alone_can_be_shared() -> None:
    messages = answer_messages([reply("Yes [1].")], person=True, share=True)

    assert buttons(messages)[2:] == [(PERSON, {"run": RUN}), (SHARE, {"run": RUN})]


def test_a_shared_answer_has_no_buttons() -> None:
    assert buttons(answer_messages([reply("Yes [1].")], person=True, share=True, buttons=False)) == []


def test_german_answers_have_german_words_around_them() -> None:
    [message] = answer_messages([reply("Ja [1].", language="de")], person=True, share=True)

    seen = shown(message.blocks)
    for words in ("Quellen", "Zeichen: ", "👍 Hilfreich", "Einen Menschen fragen", "Mit diesem Kanal teilen"):
        assert words in seen


def test_a_long_answer_goes_on_in_further_messages_and_ends_with_sources_and_buttons() -> None:
    text = "\n\n".join(f"Paragraph {n}. " + "It is so. " * 30 for n in range(60))

    messages = answer_messages([reply(text)], footer="Readers.")

    assert len(messages) > 3
    seen = all_shown(messages)
    assert [int(n) for n in re.findall(r"Paragraph (\d+)\.", seen)] == list(range(60))
    assert seen.count("It is so.") == 60 * 30
    assert all(shown(message.blocks).startswith("Paragraph") for message in messages[:-1])
    assert not any(buttons([message]) for message in messages[:-1])
    assert "Guide 1" in shown(messages[-1].blocks)


def test_each_message_says_its_own_part_in_the_notification() -> None:
    text = "\n\n".join(f"Paragraph {n}. " + "It is so. " * 30 for n in range(30))

    messages = text_messages(text)

    assert re.findall(r"Paragraph \d+\.", "".join(message.text for message in messages)) == [
        f"Paragraph {n}." for n in range(30)
    ]
    assert not any("…" in message.text for message in messages)


def test_a_paragraph_longer_than_a_message_is_cut_between_sentences() -> None:
    messages = text_messages("The button is red and round. " * 400)

    assert all_shown(messages) == ("The button is red and round. " * 400)[:-1]
    for message in messages[:-1]:
        assert shown(message.blocks).endswith("round. ")


def test_code_longer_than_a_message_goes_on_as_code_and_is_cut_between_lines() -> None:
    code = "\n".join(f"line_{n} = {n}  # {'x' * 50}" for n in range(200))

    messages = text_messages(f"Run:\n```py\n{code}\n```\nDone.")

    blocks = [block for message in messages for block in message.blocks]
    pieces = [
        "".join(each["text"] for each in node["elements"])
        for node in nodes(blocks)
        if node["type"] == "rich_text_preformatted"
    ]
    assert len(pieces) == len(messages) > 2
    assert "\n".join(pieces) == code


def test_code_that_fits_in_a_message_of_its_own_is_not_cut() -> None:
    code = "\n".join(f"line_{n}" for n in range(300))

    messages = text_messages("Intro. " * 300 + f"\n\n```\n{code}\n```")

    [piece] = [node for node in nodes([messages[1].blocks]) if node["type"] == "rich_text_preformatted"]
    assert "".join(each["text"] for each in piece["elements"]) == code


def test_a_list_over_two_messages_keeps_its_numbers() -> None:
    messages = text_messages("\n".join(f"{n}. Step {n}: " + "press it. " * 20 for n in range(1, 41)))

    assert len(messages) > 1
    number = 1
    for message in messages:
        for node in nodes(message.blocks):
            if node["type"] == "rich_text_list":
                assert node.get("offset", 0) + 1 == number
                for item in node["elements"]:
                    assert item["elements"][0]["text"].startswith(f"Step {number}:")
                    number += 1
    assert number == 41


def test_a_heading_is_not_left_behind_by_its_text() -> None:
    messages = text_messages("Intro. " * 250 + "\n\n# Reset\n\n" + "Press it. " * 300)

    assert [block["type"] for block in messages[0].blocks] == ["rich_text"]
    assert messages[1].blocks[0]["text"]["text"] == "Reset"


def test_fifty_headings_are_more_than_one_message() -> None:
    messages = text_messages("\n\n".join(f"# Heading {n}\n\ntext" for n in range(60)))

    seen = all_shown(messages)
    assert all(f"Heading {n}text" in seen for n in range(60))
    assert len(messages) > 1


def test_answers_stand_side_by_side_with_buttons_each() -> None:
    replies = [
        reply("From A [1].", run="run:a", label="Library A"),
        reply("From B [1].", run="run:b", label="Library B", notices=("By words only.",)),
    ]

    [message] = answer_messages(replies, footer="Readers.", person=True, share=True)

    check(message.blocks, message.text)
    kinds = [block["type"] for block in message.blocks]
    assert kinds == ["header", "rich_text", "context", "actions"] * 2 + ["context", "actions"]
    assert [block["text"]["text"] for block in message.blocks if block["type"] == "header"] == [
        "Library A",
        "Library B",
    ]
    assert shown(message.blocks).index("From A") < shown(message.blocks).index("Library B")
    both = {"run": "run:a", "runs": ["run:a", "run:b"]}
    assert buttons([message]) == [
        (GOOD, {"run": "run:a"}),
        (BAD, {"run": "run:a"}),
        (GOOD, {"run": "run:b"}),
        (BAD, {"run": "run:b"}),
        (PERSON, both),
        (SHARE, both),
    ]


def test_a_library_that_failed_says_so_beside_the_others_and_is_not_judged() -> None:
    failed = Reply("run:b", None, "Library B", failed="The **model** is down.", language="de")

    [message] = answer_messages([reply("From A [1].", run="run:a", label="Library A"), failed], person=True)

    check(message.blocks, message.text)
    assert "# Library B / P The {b:model} is down." in sketch(message.blocks)
    assert "Zeichen: run:b" in shown(message.blocks)
    assert [value["run"] for action, value in buttons([message]) if action in {GOOD, BAD}] == ["run:a", "run:a"]


def test_an_empty_answer_still_says_something() -> None:
    for message in (*answer_messages([reply("", sources=0)]), *text_messages(""), draft_message("", "")):
        assert message.text


def test_a_draft_is_one_message_that_says_what_goes_on() -> None:
    message = draft_message("The **button** is", "writing…")

    check(message.blocks, message.text)
    assert sketch(message.blocks) == "P The {b:button} is / context"
    assert shown(message.blocks).endswith("writing…")


def test_a_long_draft_loses_its_beginning() -> None:
    text = "".join(f"Sentence {n}. " for n in range(2_000))

    message = draft_message(text, "writing…")

    check(message.blocks, message.text)
    seen = shown(message.blocks)
    assert seen.startswith("…")
    assert seen.endswith("Sentence 1999.writing…")
    assert "Sentence 0." not in seen


def test_a_draft_without_text_is_its_state() -> None:
    assert draft_message("", "searching 3 sources…") == status_message("searching 3 sources…")
    assert shown(status_message("searching 3 sources…").blocks) == "searching 3 sources…"


def test_a_failure_is_said_with_its_reference_and_a_way_to_a_person() -> None:
    message = notice_message("The model is **down**.", RUN, run=RUN)

    check(message.blocks, message.text)
    assert message.text == f"The model is *down*.\n\nReference: {RUN}"
    assert buttons([message]) == [(PERSON, {"run": RUN})]
    assert [block["type"] for block in notice_message("Down.").blocks] == ["rich_text"]


citations = st.builds(
    Citation,
    number=st.integers(1, 99),
    passage=st.integers(1, 99),
    document=st.just("d"),
    version=st.just(1),
    title=st.text(max_size=400),
    url=st.none() | st.text(max_size=100) | st.just("https://x.org/" + "a" * 5_000) | st.just("https://x.org/a b"),
    quote=st.text(max_size=20),
    snippet=st.text(max_size=900),
    place=st.none() | st.text(max_size=50),
)
answers = st.builds(
    Answer,
    text=st.text(max_size=200).map(lambda text: text * 30),
    refused=st.just(False),
    citations=st.lists(citations, max_size=30).map(tuple),
    notices=st.lists(st.text(max_size=300), max_size=15).map(tuple),
    language=st.sampled_from(["en", "de", "xx"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=200), answers), min_size=1, max_size=4), st.text(max_size=500))
def test_any_answers_become_messages_that_slack_takes(each: list[tuple[str, Answer]], footer: str) -> None:
    replies = [Reply(f"run:{n}", answer, label) for n, (label, answer) in enumerate(each)]

    messages = answer_messages(replies, footer=footer, person=True, share=True)

    for message in messages:
        check(message.blocks, message.text)
    assert len([action for action, _ in buttons(messages) if action == GOOD]) == len(replies)
    assert [action for action, _ in buttons(messages[-1:])][-2:] == [PERSON, SHARE]


@pytest.mark.parametrize("label", ["", "Library A"])
def test_the_last_message_has_the_buttons_that_close_the_answer(label: str) -> None:
    for length in range(0, 6_000, 370):
        messages = answer_messages([reply("x" * length, label=label, sources=3)], person=True)

        all_shown(messages)
        assert [block["type"] for block in messages[-1].blocks][-2:] == ["context", "actions"]
