"""How well the house answers without a model: `python benchmarks/extractive.py [DATA]`, three minutes of one core.

DATA holds `qa/` and `paraphrases/` (see its README). The library is real: SQLite, tantivy, the embedded embedder.
Weights were fitted on the questions of every other passage; figures are of the other half. Each figure stands beside
"first passage, first sentence" of the same search in the same run.
"""

from __future__ import annotations

import asyncio
import json
import re
import string
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deskhand.answering.quoting import quote
from deskhand.answering.sentences import sentences
from deskhand.catalog import Catalog, document_id
from deskhand.knowledge import SqlLibrary, open_library
from deskhand.llm import Embedder, embedded_embedder
from deskhand.nouns import AccessList, Document, Hit, Piece, Principal, Question, RedactedText, Source
from deskhand.store import Database, metadata

READER = Principal("reader@example.com")
OUT_OF_DOMAIN = 12
"""Every so many-th of the out-of-domain questions is asked."""


def words(text: str) -> list[str]:
    """As SQuAD's own measure counts them: small letters, without punctuation and articles."""
    plain = "".join(character for character in text.lower() if character not in string.punctuation + "“”„")
    return re.sub(r"\b(a|an|the)\b", " ", plain).split()


def f1(said: str, gold: str) -> float:
    """Harmonic mean of precision and recall of the words; source: Rajpurkar et al. 2016, section 6.1."""
    one, other = Counter(words(said)), Counter(words(gold))
    shared = sum((one & other).values())
    return 2 * shared / (sum(one.values()) + sum(other.values())) if shared else 0.0


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


async def fill(library: SqlLibrary, passages: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Put the passages in, one document each; their document ids by the data's ids."""
    ids = {passage["id"]: document_id("qa", passage["id"]) for passage in passages}
    for passage in passages:
        title = RedactedText("")
        document = Document(
            ids[passage["id"]], "qa", passage["id"], 1, title, None, AccessList.of(["everyone"]), passage["id"]
        )
        await library.replace(document, [Piece(0, RedactedText(passage["text"]), title)], {})
    await library.catch_up()
    return ids


class Measured:
    """What a way of answering did with the questions of one kind."""

    def __init__(self) -> None:
        self.asked = self.answered = self.gold_passage = self.holds = self.holds_any = self.exact = 0
        self.f1 = self.f1_answer = 0.0

    def add(
        self, quotes: Sequence[str], document: str | None, gold: str, answers: Sequence[str], text: str = ""
    ) -> None:
        """`text` is the gold passage's: its sentences that hold an answer are what a quote is compared with."""
        self.asked += 1
        if not quotes:
            return
        self.answered += 1
        self.gold_passage += document == gold
        self.holds += any(answer in quotes[0] for answer in answers)
        self.holds_any += any(answer in said for answer in answers for said in quotes)
        right = [one.text for one in sentences(text) if any(answer in one.text for answer in answers)] or list(answers)
        self.exact += any(words(quotes[0]) == words(sentence) for sentence in right)
        self.f1 += max(f1(quotes[0], sentence) for sentence in right)
        self.f1_answer += max(f1(quotes[0], answer) for answer in answers)

    def row(self, name: str) -> str:
        n = max(1, self.answered)
        shares = (
            self.gold_passage / n,
            self.holds / n,
            self.holds_any / n,
            self.exact / n,
            self.f1 / n,
            self.f1_answer / n,
        )
        return f"| {name} | {self.answered / self.asked:.3f} | " + " | ".join(f"{share:.3f}" for share in shares) + " |"


async def say(question: str, hits: Sequence[Hit], embedder: Embedder | None) -> tuple[list[str], str | None]:
    """The quotes of the answer, and the document of the first."""
    draft = await quote(Question(RedactedText(question)), hits, embedder=embedder)
    by_id = {hit.passage.id: hit.passage.document for hit in hits}
    return [claim.quote or "" for claim in draft.claims], by_id[draft.claims[0].passage] if draft.claims else None


async def measure(library: SqlLibrary, data: Path, embedder: Embedder | None, name: str) -> list[str]:
    passages = read(data / "qa" / "xquad-en-passages.jsonl")
    ids = {passage["id"]: document_id("qa", passage["id"]) for passage in passages}
    texts = {passage["id"]: passage["text"] for passage in passages}
    half = {passage["id"] for place, passage in enumerate(passages) if place % 2}
    asked = [question for question in read(data / "qa" / "xquad-en-questions.jsonl") if question["passage"] in half]
    ours, first, gone = Measured(), Measured(), Measured()
    for question in asked:
        gold = ids[question["passage"]]
        hits = (await library.search(question["question"], READER, limit=9)).hits
        quotes, document = await say(question["question"], hits[:8], embedder)
        ours.add(quotes, document, gold, question["answers"], texts[question["passage"]])
        top = hits[0].passage
        opening = [sentences(top.text)[0].text]
        first.add(opening, top.document, gold, question["answers"], texts[question["passage"]])
        # The library without the passage that answers, as far as its questioner is concerned.
        others = [hit for hit in hits if hit.passage.document != gold][:8]
        gone.add(*await say(question["question"], others, embedder), gold, question["answers"])
    strange = Measured()
    for line in read(data / "paraphrases" / "clinc150.jsonl")[::OUT_OF_DOMAIN]:
        hits = (await library.search(line["text"], READER)).hits
        strange.add(*await say(line["text"], hits, embedder), "", [line["text"]])
    return [
        ours.row(f"quotes, {name}"),
        first.row(f"first passage, first sentence, {name}"),
        f"| refused, {name} | gold passage taken away: {1 - gone.answered / gone.asked:.3f} of {gone.asked} | "
        f"out of domain: {1 - strange.answered / strange.asked:.3f} of {strange.asked} | "
        f"answerable, wrongly: {1 - ours.answered / ours.asked:.3f} of {ours.asked} | | | | |",
    ]


async def run(data: Path) -> None:
    embedder = await asyncio.to_thread(embedded_embedder)
    print(
        "| way | answers | cites the gold passage | first quote holds the answer | any quote holds it "
        "| first quote is the gold sentence (EM) | F1 with the gold sentence | F1 with the gold answer |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for one, name in ((None, "words only"), (embedder, "words and meaning")):
        if one is None and name != "words only":
            print("(the embedder's weights are not installed: words only)", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory() as folder:
            database = Database(f"sqlite:///{folder}/desk.db")
            with database.writing() as connection:
                metadata.create_all(connection)
            await Catalog(database).add_source(Source("qa", "person:reader@example.com", "qa"))
            library = open_library(database, Path(folder) / "index", embedder=one)
            await library.launch()
            await fill(library, read(data / "qa" / "xquad-en-passages.jsonl"))
            print("\n".join(await measure(library, data, one, name)))
            await library.close()
            database.close()


if __name__ == "__main__":
    given = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    folder = Path(given[0]) if given else Path("../shared/data")
    if not (folder / "qa").is_dir():
        sys.exit(f"{folder} has no qa/; give the folder of the data as the argument.")
    asyncio.run(run(folder))
