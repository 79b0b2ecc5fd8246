"""Pieces end with a sentence, have 150 to 200 words, and stay within their section and page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskhand.ingestion.splitting import MOST_WORDS, RedactedBlock, sentences, split, words
from deskhand.redaction import Redactor

redacted = Redactor(()).redact


def block(kind: str, text: str, level: int = 0, page: int | None = None) -> RedactedBlock:
    return RedactedBlock(kind, redacted(text).text, level, page)


PROSE = " ".join(f"Sentence number {n} says that the server in rack {n} has eleven words." for n in range(200))


def test_pieces_of_long_text_have_150_to_200_words_and_end_with_a_sentence():
    pieces = list(split([block("paragraph", PROSE)]))

    assert all(145 <= words(piece.text) <= MOST_WORDS for piece in pieces)
    assert all(piece.text.endswith(".") for piece in pieces)
    assert " ".join(piece.text for piece in pieces) == PROSE
    assert [piece.position for piece in pieces] == list(range(len(pieces)))


def test_a_piece_knows_the_headings_above_it():
    found = split(
        [
            block("heading", "Handbook", 1),
            block("heading", "Accounts", 2),
            block("heading", "Reset", 3),
            block("paragraph", "One."),
            block("heading", "Billing", 2),
            block("paragraph", "Two."),
        ],
        "Handbook",
    )

    assert [(piece.heading, piece.text) for piece in found] == [("Accounts › Reset", "One."), ("Billing", "Two.")]


def test_a_piece_stays_on_its_page():
    found = split([block("paragraph", "One.", page=1), block("paragraph", "Two.", page=2)])

    assert [(piece.page, piece.text) for piece in found] == [(1, "One."), (2, "Two.")]


def test_table_rows_are_never_divided():
    rows = [f"Code: E{n}; Meaning: the {n}th error of the long list. It has two sentences." for n in range(60)]

    pieces = list(split([block("row", row) for row in rows]))

    assert len(pieces) > 2
    assert [line for piece in pieces for line in piece.text.split("\n")] == rows


def test_a_wall_without_sentences_is_cut():
    pieces = list(split([block("paragraph", "word " * 1000)]))

    assert len(pieces) <= 7
    assert all(words(piece.text) <= MOST_WORDS for piece in pieces)


def test_text_without_spaces_is_cut():
    pieces = list(split([block("paragraph", "漢" * 10_000)]))

    assert sum(len(piece.text) for piece in pieces) == 10_000
    assert all(words(piece.text) <= MOST_WORDS for piece in pieces)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Call Dr. Smith. He knows.", ["Call Dr. Smith. ", "He knows."]),
        ("Use e.g. Linux. Or i.e. Debian 12. Done.", ["Use e.g. Linux. ", "Or i.e. Debian 12. ", "Done."]),
        ("Das gilt z. B. für Nr. 5. Nicht für uns.", ["Das gilt z. B. für Nr. 5. ", "Nicht für uns."]),
        ("Version 1.2 is out. Get it!", ["Version 1.2 is out. ", "Get it!"]),
        ("One\nTwo", ["One\n", "Two"]),
        ("Ask [Email]. [Phone] is slower.", ["Ask [Email]. ", "[Phone] is slower."]),
    ],
)
def test_sentences_end_where_a_reader_sees_the_end(text, found):
    assert list(sentences(text)) == found


def test_headings_alone_make_no_piece():
    assert list(split([block("heading", "A", 1), block("heading", "B", 2)])) == []


@given(st.lists(st.text(alphabet="ab .!?\n漢Ä[]", max_size=400), max_size=12))
def test_no_text_is_lost_and_no_piece_is_too_long(texts):
    pieces = list(split([block("paragraph", text) for text in texts]))

    kept = "".join("".join(piece.text for piece in pieces).split())
    assert kept == "".join("".join(texts).split())
    assert all(words(piece.text) <= MOST_WORDS for piece in pieces)
