# ruff: noqa: E501 - what is written and what is heard of it, side by side
"""What a voice reads of an answer: its words and nothing of its form, in parts that fit, and as SSML that parses."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskhand.answering.wording import document_cut
from deskhand.channels.contact import wording
from deskhand.channels.contact.saying import said, title
from deskhand.channels.contact.speech import SSML_MOST, speech, ssml
from deskhand.channels.contact.voices import ENGLISH, GERMAN
from deskhand.nouns import Answer, Citation

MARKUP = set("*_`#<>[]{}|~^\\")
WORD = st.text("abcdefghijklmnopqrstuvwxyzäöüéABCDEFG", min_size=3, max_size=12)
SENTENCES = st.lists(WORD, min_size=1, max_size=25).map(lambda words: f"X{' '.join(words)}.")
PARAGRAPHS = st.lists(st.lists(SENTENCES, min_size=1, max_size=6).map(" ".join), min_size=1, max_size=8)
BITS = st.sampled_from(
    ["**", "*", "_", "`", "```\n", "# ", "- ", "1. ", "> ", "|", "|---|\n", "\n", "\n\n", " ", "[1]", "[a](", ")", "~~",
     "https://x.example/y?z", "<b>", "</b>", "<!--", "-->", "&amp;", "&lt;", "\\", "\u202e", "\u200b", "\x07", "\ud800",
     "😀", "ana@example.com", "[Email]", "5 GB", "24/7", "z. B.", "e.g.", "E-4711", "word", "Wort.", "Ende?", "=", "~"]
)  # fmt: skip
MESS = st.lists(st.one_of(BITS, st.text(max_size=8)), max_size=60).map("".join)


def answer(text: str, *titles: str) -> Answer:
    citations = tuple(Citation(n, n, "d", 1, name, None, "q", "s") for n, name in enumerate(titles, 1))
    return Answer(text, False, citations)


def spoken(text: str, language: str = "en", *titles: str) -> str:
    """All that is said of an answer, in one part."""
    (part,) = speech(answer(text, *titles), language=language, most=100_000)
    return part


def without_offers(parts: Sequence[str], language: str) -> str:
    offer = f" {wording.rest(language)}"
    assert all(part.endswith(offer) for part in parts[:-1])
    return " ".join([part.removesuffix(offer) for part in parts[:-1]] + [parts[-1]])


# What is said


def test_marks_and_emphasis_are_not_said() -> None:
    assert spoken("A **refund** takes _five_ days [2]. See `Orders` [1][3, 4].") == (
        "A refund takes five days. See Orders."
    )


def test_steps_are_counted_and_items_are_sentences() -> None:
    text = (
        "Do this [1]:\n\n1. Open *Settings* > Security [1].\n2. choose Reset [2]\n\nNotes:\n\n- one\n- two\n  - three"
    )

    assert spoken(text) == (
        "Do this: First: Open Settings, then Security. Second: Choose Reset. Notes: One. Two. Three."
    )
    assert spoken("1. eins\n2. zwei", "de") == "Erstens: Eins. Zweitens: Zwei."
    assert spoken("12. a thing\n13. another") == "Number 12: A thing. Number 13: Another."


def test_steps_in_one_line_are_counted_too() -> None:
    """As they stand in a quote."""
    assert spoken("“1. Open it. The link is valid for 2. 2. choose Reset. 3) Done.” [1]") == (
        "First: Open it. The link is valid for 2. Second: Choose Reset. Third: Done."
    )
    assert spoken("„2. Öffnen Sie es. 3. Fertig.“ [1]", "de") == "Zweitens: Öffnen Sie es. Drittens: Fertig."
    assert spoken("It is version 2. 3. May is a holiday.") == "It is version 2. 3. May is a holiday."
    assert spoken("Es gilt ab 1. Mai. Am 2. Mai auch.", "de") == "Es gilt ab 1. Mai. Am 2. Mai auch."


def test_a_number_that_counts_nothing_is_not_counted() -> None:
    assert spoken("1. only this") == "Only this."
    assert spoken("1. one thing\n\n```\ncode\n```\n\n2. another") == "One thing. Code. Second: Another."
    assert spoken("1990. It was a good year.") == "1990: It was a good year."


def test_an_end_that_leads_nowhere_is_an_end() -> None:
    assert spoken("Do this [1]:\n\n- https://x.example/a") == "Do this."


def test_definitions_of_links_and_lines_under_a_text_are_no_words() -> None:
    assert spoken("Yes [1].\n\n[1]: https://x.example/a\n\nTitle\n===\n\n---") == "Yes. Title."


def test_what_is_nested_too_deep_keeps_its_words() -> None:
    assert spoken("> " * 60 + "deep *words* [1]") == "Deep words."
    assert spoken("- " * 60 + "deep words") == "Deep words."


def test_other_shapes_of_letters_are_these_letters() -> None:
    assert spoken("The \ufb01le \uff21\u2460 is ready.") == "The file A1 is ready."


def test_a_small_table_is_read_row_by_row_and_a_large_one_is_left_out() -> None:
    small = "| Plan | Price |\n|---|---|\n| Basic | 10 € |\n| Pro | $20 |"
    large = "| A | B |\n|---|---|\n" + "| 1 | 2 |\n" * 9

    assert spoken(small) == "Plan Basic: Price 10 euros. Plan Pro: Price 20 dollars."
    assert spoken(f"Look.\n\n{large}\nThat is all.") == "Look. There is a table here, which I leave out. That is all."
    assert "Tabelle" in spoken(large, "de")


def test_code_is_left_out_unless_it_is_short() -> None:
    assert spoken("Run this:\n\n```bash\ngit pull\n```") == "Run this: Git pull."
    long = "```\nfor each in list:\n    print(each)\n```"
    assert spoken(f"{long}\n\n{long}\n\nDone.") == "There is a piece of code here, which I leave out. Done."


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("See [the guide](https://x.example/a?b=c).", "See the guide."),
        ("Go to https://x.example/a?b=c and sign in.", "Go to a link that I cannot read out and sign in."),
        ("It is in the guide (https://x.example/a).", "It is in the guide."),
        ("It is in the guide (see https://x.example/a).", "It is in the guide."),
        ("Read the guide.\n\nhttps://x.example/a", "Read the guide."),
        ("- Guide\n- <https://x.example/a>", "Guide."),
        ("Go to docs.example.com/reset or example.com.", "Go to a link that I cannot read out or example.com."),
        ("It is in config/app.yaml at /etc/hosts.", "It is in config/app.yaml at /etc/hosts."),
    ],
)
def test_an_address_is_said_only_where_the_sentence_needs_it(text: str, heard: str) -> None:
    assert spoken(text) == heard


def test_what_was_removed_is_said_in_words() -> None:
    assert spoken("Write to [Email] or call [Phone_2], code [Jwt].") == (
        "Write to an e-mail address that was removed or call a phone number that was removed, "
        "code a detail that was removed."
    )
    assert spoken("Schreiben Sie an [Email] oder mit [Phone].", "de") == (
        "Schreiben Sie an eine entfernte E-Mail-Adresse oder mit einer entfernten Telefonnummer."
    )


def test_html_and_entities_are_not_said_and_placeholders_keep_their_words() -> None:
    text = "<div>Use</div>\n\n`<your name>` &amp; <b>bold</b><br>text &lt;i&gt;here&lt;/i&gt; &nbsp;<!-- secret --> now"

    assert spoken(text) == "Use. Your name and bold text here now."
    assert spoken("Ask <username> about ~~old~~ new.") == "Ask username about new."


def test_pictures_and_what_nobody_sees_are_gone() -> None:
    assert spoken("Done 😀👍🏽1️⃣ ✅ \u202eabc\u200bdef\u00adghi\x07 ™ café") == "Done 1 abcdefghi café."


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("Use a cable, e.g. USB, i.e. this one, etc. Then go on.", "Use a cable, for example USB, that is this one, and so on. Then go on."),
        ("No. 5 takes approx. 3 h, at most 5 min. per day.", "Number 5 takes approximately 3 hours, at most 5 minutes per day."),
        ("5 GB, 1 GB, 10% off, €9.99, $5 million, 100 Mbit/s.", "5 gigabytes, 1 gigabyte, 10 percent off, 9.99 euros, 5 million dollars, 100 megabits per second."),
        ("We are there 24/7.", "We are there 24 hours a day, 7 days a week."),
        ("It takes 5-10 days, 10–20 hours, Mon–Fri 9:00–17:00.", "It takes 5 to 10 days, 10 to 20 hours, Monday to Friday 9:00 to 17:00."),
        ("Error E-4711, call +49 170 123-456 on 2024-05-06.", "Error E-4711, call +49 170 123-456 on 2024-05-06."),
        ("Below -5 °C, over > 10 km/h, ~3 kg, C# and C++.", "Below minus 5 degrees Celsius, over more than 10 kilometres per hour, about 3 kilograms, C sharp and C++."),
        ("Set max_connections=5 in C:\\conf.", "Set max underscore connections equals 5 in C: backslash conf."),
        ("Mail bob.x@example.org & wait", "Mail bob dot x at example dot org and wait."),
        ("The 1990s had 5 m of it and a.m. is morning.", "The 1990s had 5 m of it and a.m. is morning."),
    ],
)  # fmt: skip
def test_english_says_what_is_written_short(text: str, heard: str) -> None:
    assert spoken(text) == heard


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("Etwa z. B. USB, d.h. dieses, usw. Danach weiter.", "Etwa zum Beispiel USB, das heißt dieses, und so weiter. Danach weiter."),
        ("Das kostet 9,99 € bzw. 5 Mio. EUR, ca. 10 %.", "Das kostet 9,99 Euro beziehungsweise 5 Millionen Euro, circa 10 Prozent."),
        ("Mo–Fr 9–17 Uhr, § 5 Abs. 2, Nr. 7, 5-10 Werktage.", "Montag bis Freitag 9 bis 17 Uhr, Paragraf 5 Absatz 2, Nummer 7, 5 bis 10 Werktage."),
        ("1 Std. oder 5 Std., 20 °C, 5 GB.", "1 Stunde oder 5 Stunden, 20 Grad Celsius, 5 Gigabyte."),
        ("Unter https://x.example/a steht es.", "Unter einem Link, den ich nicht vorlesen kann, steht es."),
        ("Am 3. Mai um 9 Uhr: „Zitat“.", "Am 3. Mai um 9 Uhr: Zitat."),
        ("Z. B. so & so.", "Zum Beispiel so und so."),
    ],
)  # fmt: skip
def test_german_says_what_is_written_short(text: str, heard: str) -> None:
    assert spoken(text, "de") == heard


def test_sources_are_the_last_sentence_each_once_and_safe_to_say() -> None:
    assert spoken("Yes [1].", "en", "vpn-setup.md", "**Reset**", "vpn-setup.md") == (
        "Yes. This comes from: vpn setup and Reset."
    )
    assert spoken("Ja.", "de", "A", "B", "C", "D", "E") == "Ja. Das steht in: A, B, C und 2 weitere Dokumente."
    assert spoken("Yes.", "en", "A", "B", "C", "D").endswith("A, B, C and one more document.")
    assert len(title("word " * 100, ENGLISH)) <= 80
    assert title("Handbook https://x.example/a", ENGLISH) == "Handbook"


def test_that_only_the_first_part_of_a_document_was_read_is_said_and_other_notices_are_not() -> None:
    notices = ("This search was by words only.", document_cut("de"))
    cut = Answer("Das ist alles [1].", False, answer("", "Handbuch").citations, language="de", notices=notices)

    assert speech(cut, language="de", most=500) == [f"Das ist alles. {document_cut('de')} Das steht in: Handbuch."]


def test_of_a_refusal_no_source_is_named_and_of_nothing_something_is_said() -> None:
    refused = Answer("No answer.", True, answer("", "VPN setup").citations)

    assert speech(refused, language="en", most=500) == ["No answer."]
    assert speech(answer("😀 [1]"), language="en", most=500) == [wording.status("204", "", "en")]


# In parts


def test_a_part_ends_with_a_sentence_and_an_offer() -> None:
    text = "The first sentence is here. The second one follows it. The third one is the last of them."

    assert speech(answer(text), language="en", most=85) == [
        "The first sentence is here. The second one follows it. Would you like to hear more?",
        "The third one is the last of them.",
    ]


def test_a_sentence_that_is_too_long_is_cut_at_a_clause_else_at_a_word() -> None:
    clauses = speech(answer("When it rains and pours, " * 6 + "it ends."), language="en", most=90)
    words = speech(answer("rain " * 40), language="en", most=90)

    assert all("pours, Would you" in part for part in clauses[:-1])
    assert all(part.endswith("rain Would you like to hear more?") for part in words[:-1])


@given(PARAGRAPHS, st.integers(1, 600), st.sampled_from(["en", "de"]))
def test_plain_paragraphs_keep_all_their_words_in_order(paragraphs: list[str], most: int, language: str) -> None:
    parts = speech(answer("\n\n".join(paragraphs)), language=language, most=most)

    assert parts
    assert all(0 < len(part) <= most for part in parts)
    if most > 2 * len(wording.rest(language)) + 2:
        whole = without_offers(parts, language)
        assert re.sub(r"\s", "", whole) == re.sub(r"\s", "", spoken("\n\n".join(paragraphs), language))
        if most > 100:
            assert re.findall(r"\w+", whole) == re.findall(r"\w+", " ".join(paragraphs))


@given(PARAGRAPHS, st.integers(400, 900))
def test_sentences_that_fit_are_never_cut(paragraphs: list[str], most: int) -> None:
    parts = speech(answer("\n\n".join(paragraphs)), language="en", most=most)

    offer = wording.rest("en")
    for part in parts[:-1]:
        assert part.removesuffix(offer).rstrip().endswith(".")


@given(MESS, st.integers(1, 400), st.sampled_from(["en", "de"]))
def test_no_markup_is_ever_said(text: str, most: int, language: str) -> None:
    name = text[:50]
    parts = speech(answer(text, name), language=language, most=most)

    addressless = re.sub(r"https?://\w[\w./?=&-]*", " ", f"{text} {name}".lower())
    assert parts == speech(answer(text, name), language=language, most=most)
    for part in parts:
        assert 0 < len(part) <= most
        assert MARKUP.isdisjoint(part)
        assert part.isprintable()
        assert "http" not in part.lower() or "http" in addressless
        part.encode()


@given(MESS)
def test_saying_something_twice_changes_nothing_more(text: str) -> None:
    for language in (ENGLISH, GERMAN):
        once = said(text, language)
        assert MARKUP.isdisjoint(once)
        assert "  " not in once


# As SSML


def test_ssml_has_sentences_pauses_and_codes_spelt_out() -> None:
    assert ssml("Do this: Error E-4711 is < gone. Would you like to hear more?", "en") == (
        '<speak><p><s>Do this: Error <say-as interpret-as="characters">E-4711</say-as> is &lt; gone.</s>'
        '<break time="500ms"/><s>Would you like to hear more?</s></p></speak>'
    )


@given(st.one_of(MESS, PARAGRAPHS.map(" ".join), st.text("<&>\"'a. ", max_size=3_000)), st.sampled_from(["en", "de"]))
def test_ssml_always_parses_is_small_and_holds_only_known_elements(text: str, language: str) -> None:
    made = ssml(text, language)
    tree = ET.fromstring(made)

    assert len(made) <= SSML_MOST < 6_000
    assert tree.tag == "speak"
    assert {each.tag for each in tree.iter()} <= {"speak", "p", "s", "break", "say-as"}


@given(PARAGRAPHS)
def test_ssml_keeps_the_words(paragraphs: list[str]) -> None:
    text = spoken("\n\n".join(paragraphs))
    tree = ET.fromstring(ssml(text, "en"))

    words = re.findall(r"\w+", " ".join(tree.itertext()))
    assert words == re.findall(r"\w+", text) or len(text) > 4_000


def test_what_is_too_long_for_ssml_loses_its_tags_then_its_end() -> None:
    many = ssml("Yes. " * 1_100, "en")
    endless = ssml("Yes & no. " * 2_000, "en")

    assert "<s>" not in many
    assert many.count("Yes.") == 1_100
    assert 5_900 < len(endless) <= SSML_MOST
    ET.fromstring(endless)
