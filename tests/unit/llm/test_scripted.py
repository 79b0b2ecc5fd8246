"""The model for tests: it says what it is told to, in pieces, and fails when it is told to."""

from __future__ import annotations

import pytest

from deskhand.errors import BudgetSpent, ModelError, ModelThrottled
from deskhand.llm import Budget, Message, ScriptedChat, says
from deskhand.nouns import Usage

QUESTION = [Message("system", "be brief"), Message("user", "how long does it take")]


async def pieces_of(chat: ScriptedChat, budget: Budget = Budget()) -> list[str | Usage]:
    return [piece async for piece in chat.stream(QUESTION, budget=budget)]


async def test_it_streams_word_by_word_and_its_usage_last() -> None:
    pieces = await pieces_of(ScriptedChat("Five working  days.\n\nOr six."))

    assert "".join(map(str, pieces[:-1])) == "Five working  days.\n\nOr six."
    assert pieces[-1] == Usage(7, 5)


async def test_it_answers_by_what_it_was_asked_and_remembers_it() -> None:
    chat = ScriptedChat(lambda messages: messages[-1].text.upper())

    completion = await chat.complete(QUESTION, budget=Budget())

    assert completion.text == "HOW LONG DOES IT TAKE"
    assert chat.asked == [tuple(QUESTION)]


async def test_says_puts_the_marks_behind() -> None:
    assert (await says("Five days.", cites=[2, 1]).complete(QUESTION, budget=Budget())).text == "Five days. [2] [1]"


async def test_it_fails_as_often_as_it_is_told() -> None:
    chat = ScriptedChat("Five days.", fails=[ModelThrottled("later", 1.0)])

    with pytest.raises(ModelThrottled):
        await pieces_of(chat)

    assert len(await pieces_of(chat)) == 3


async def test_it_breaks_off_where_it_is_told() -> None:
    stream = ScriptedChat("one two three", breaks_after=1).stream(QUESTION, budget=Budget())

    assert await anext(stream) == "one "
    with pytest.raises(ModelError, match="broke off after 1"):
        await anext(stream)


async def test_it_keeps_to_the_budget() -> None:
    with pytest.raises(BudgetSpent):
        await pieces_of(ScriptedChat("one two three"), Budget(tokens=7))

    assert (await pieces_of(ScriptedChat("one two three"), Budget(tokens=9)))[-1] == Usage(7, 2)
