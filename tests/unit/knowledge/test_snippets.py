"""The snippet is the sentence that covers the question, as plain text."""

from __future__ import annotations

from deskhand.knowledge.snippets import LONGEST, snippet_of
from deskhand.knowledge.words import analyze


def snippet(text: str, question: str) -> str:
    return snippet_of(text, set(analyze(question, "en")), "en")


def test_the_sentence_with_most_of_the_questions_words_is_shown() -> None:
    text = "The router has a button. Press the red button for ten seconds to reset it. Then wait."

    assert snippet(text, "how to reset with the red button") == "Press the red button for ten seconds to reset it."


def test_entities_and_line_breaks_are_made_plain() -> None:
    assert snippet("Terms &amp; conditions\n  apply &gt; 5 &euro;", "terms") == "Terms & conditions apply > 5 €"


def test_the_first_sentence_stands_in_where_no_word_matches() -> None:
    assert snippet("First one. Second one.", "xylophone") == "First one."
    assert snippet("", "anything") == ""


def test_a_long_sentence_is_cut_around_what_was_asked() -> None:
    text = "word " * 200 + "the needle is here " + "word " * 200

    found = snippet(text, "needle")

    assert "needle is here" in found
    assert len(found) <= LONGEST
    assert found.startswith("… ")
    assert found.endswith(" …")


def test_text_without_spaces_stays_within_bounds() -> None:
    assert len(snippet("x" * 5000, "y")) <= LONGEST
