"""A chat model that says what a test tells it to, in this process: for our tests and for our users'.

chat = ScriptedChat("It takes five days [1].")
chat = ScriptedChat(lambda messages: "Yes [1]." if "refund" in messages[-1].text else "I do not know.")
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Sequence

from deskhand.errors import BudgetSpent, ModelError
from deskhand.llm.protocol import Budget, Completion, Message
from deskhand.nouns import Usage

Reply = str | Callable[[Sequence[Message]], str]


class ScriptedChat:
    """Answers with `reply`, a text or a function of the messages; streams it word by word, a word being one token.

    `fails` are raised first, one per call, before any text; `breaks_after` words every stream breaks off with a
    `ModelError`. `asked` holds the messages of every call, oldest first.
    """

    def __init__(
        self,
        reply: Reply = "",
        *,
        name: str = "scripted",
        fails: Sequence[Exception] = (),
        breaks_after: int | None = None,
    ) -> None:
        self.name = name
        self.asked: list[tuple[Message, ...]] = []
        self._reply = reply
        self._fails = list(fails)
        self._breaks_after = breaks_after

    async def stream(self, messages: Sequence[Message], *, budget: Budget) -> AsyncIterator[str | Usage]:
        """The reply's words, each with the white space behind it, then the usage."""
        self.asked.append(tuple(messages))
        if self._fails:
            raise self._fails.pop(0)
        read = sum(len(message.text.split()) for message in messages)
        if read >= budget.tokens:
            raise BudgetSpent(f"the run has {budget.tokens} tokens left and this prompt is {read}.")
        reply = self._reply if isinstance(self._reply, str) else self._reply(messages)
        words = re.findall(r"\s*\S+\s*", reply)[: budget.tokens - read]
        for number, word in enumerate(words):
            if number == self._breaks_after:
                raise ModelError(f"{self.name} broke off after {number} words, as scripted.")
            yield word
        yield Usage(read, len(words))

    async def complete(self, messages: Sequence[Message], *, budget: Budget) -> Completion:
        """The whole reply at once."""
        text, usage = "", Usage()
        async for piece in self.stream(messages, budget=budget):
            if isinstance(piece, str):
                text += piece
            else:
                usage = piece
        return Completion(text, usage)


def says(text: str, *, cites: Sequence[int] = (), name: str = "scripted") -> ScriptedChat:
    """A model that says `text`, with the marks of the passages that it `cites` behind it: `says("Five days.",
    cites=[1])` says "Five days. [1]"."""
    return ScriptedChat(" ".join([text, *(f"[{number}]" for number in cites)]), name=name)
