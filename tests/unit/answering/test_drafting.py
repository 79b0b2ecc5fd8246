"""Text streams out in clean pieces, and a follow-up question is made to stand alone."""

from __future__ import annotations

from deskhand.answering.conversation import by_rule
from deskhand.answering.drafting import EVERY, Tokens


class Clock:
    """Time that stands until a test moves it."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_piece_goes_out_at_a_sentences_end_and_not_more_often_than_every_so_often() -> None:
    sent: list[str] = []
    clock = Clock()

    async def emit(text: str) -> None:
        sent.append(text)

    tokens = Tokens(emit, str.upper, clock)
    for piece in ("One ", "two. ", "Three. ", "Four. ", "five"):
        await tokens.add(piece)
    assert sent == ["ONE TWO. "]
    clock.now = EVERY
    await tokens.add(" six. ")
    await tokens.end()

    assert sent == ["ONE TWO. ", "THREE. FOUR. FIVE SIX. "]


async def test_what_is_cleaned_is_whole_sentences() -> None:
    cleaned: list[str] = []

    async def emit(text: str) -> None:
        assert text

    def clean(text: str) -> str:
        cleaned.append(text)
        return text

    tokens = Tokens(emit, clean, Clock())
    for piece in ("Call +49 ", "30 1234", "567. ", "Bye"):
        await tokens.add(piece)
    await tokens.end()

    assert cleaned == ["Call +49 30 1234567. ", "Bye"]


def test_a_follow_up_gets_the_words_of_the_question_before() -> None:
    before = ["How long does a refund take?"]

    assert by_rule("And for exchanges?", before) == "And for exchanges (refund take)?"
    assert by_rule("Where is the office in Berlin?", before) == "Where is the office in Berlin?"
