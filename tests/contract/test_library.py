"""The library promises the same on SQLite and on PostgreSQL: one search, inside the reader's rights, always of now."""

from __future__ import annotations

import asyncio
import hashlib
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import sqlalchemy as sa

from deskhand.catalog import Catalog, document_id
from deskhand.errors import ModelError
from deskhand.knowledge import Filters, Found, SqlLibrary, open_library, records
from deskhand.knowledge import library as library_module
from deskhand.knowledge.library import EMBEDDER_FAILED, NO_EMBEDDER, NOT_EMBEDDED_YET, RERANKER_FAILED
from deskhand.nouns import AccessList, Document, Piece, Principal, RedactedText, Source
from deskhand.store import Database, metadata

ANA = Principal("ana@example.com", frozenset({"staff"}))
EVE = Principal("eve@example.com", frozenset({"guests"}))
STAFF = AccessList.of(["group:staff"])

SAME = {"car": "vehicle", "automobile": "vehicle", "forgot": "lost"}


@dataclass
class BagOfWords:
    """An embedder at the edge: a number for each word, the same for synonyms; `asked` is what it was given."""

    name: str = "bag-of-words"
    dimensions: int = 64
    asked: list[str] = field(default_factory=list)
    broken: bool = False
    failed: asyncio.Event = field(default_factory=asyncio.Event)

    async def embed(self, texts: Sequence[str], *, kind: Literal["passage", "query"]) -> np.ndarray:
        if self.broken:
            self.failed.set()
            raise ModelError("the model server is away")
        self.asked += texts
        found = np.full((len(texts), self.dimensions), 1e-3, np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().replace(".", " ").replace("?", " ").split():
                digest = hashlib.sha256((self.name + SAME.get(word, word)).encode()).digest()
                found[row, digest[0] % self.dimensions] += 1
        return found / np.linalg.norm(found, axis=1, keepdims=True)


Opener = Callable[..., Awaitable[SqlLibrary]]


@pytest.fixture
async def opener(database: Database, tmp_path: Path) -> AsyncIterator[Opener]:
    """Opens libraries on the database (each as another process would), and closes them at the end."""
    with database.writing() as connection:
        metadata.create_all(connection)
    await Catalog(database).add_source(Source("files", "person:ana@example.com", "/srv", STAFF))
    opened: list[SqlLibrary] = []

    async def make(**arguments: object) -> SqlLibrary:
        arguments = {"embedder": None, "directory": tmp_path / "index"} | arguments
        library = open_library(database, **arguments)  # type: ignore[arg-type]
        await library.launch()
        opened.append(library)
        return library

    yield make
    for library in opened:
        await library.close()


def page(item: str, version: int = 1, access: AccessList = STAFF, **metadata: object) -> Document:
    return Document(
        id=document_id("files", item),
        source="files",
        item=item,
        version=version,
        title=RedactedText(""),
        url=f"https://example.com/{item}",
        access=access,
        content_hash=f"{item}-{version}",
        metadata=metadata,
    )


def pieces(*texts: str) -> list[Piece]:
    return [Piece(place, RedactedText(text), RedactedText(""), place + 1) for place, text in enumerate(texts)]


async def put(library: SqlLibrary, item: str, *texts: str, version: int = 1, **rest: object) -> Document:
    document = page(item, version, **rest)  # type: ignore[arg-type]
    await library.replace(document, pieces(*texts), {})
    return document


def texts_of(found: Found) -> list[str]:
    return [str(hit.passage.text) for hit in found.hits]


async def test_what_is_put_in_is_found_with_its_place_and_scores(opener: Opener) -> None:
    library = await opener(embedder=BagOfWords())
    await library.replace(
        page("reset.md", team="it"),
        [Piece(0, RedactedText("Press the red button for ten seconds."), RedactedText("Router › Reset"), 4)],
        {"Email": 1},
    )
    await library.catch_up()

    (hit,) = (await library.search("red button", ANA)).hits

    assert (hit.passage.heading, hit.passage.page, hit.passage.url) == (
        "Router › Reset",
        4,
        "https://example.com/reset.md",
    )
    assert (hit.passage.version, hit.passage.source, hit.passage.metadata) == (1, "files", {"team": "it"})
    assert 0 < hit.bm25 <= 1
    assert hit.cosine is not None
    assert 0 < hit.cosine <= 1
    assert hit.snippet == "Press the red button for ten seconds."


async def test_a_search_shows_only_what_the_reader_may_see(opener: Opener) -> None:
    library = await opener(embedder=BagOfWords())
    await put(library, "open.md", "the bonus is paid in May", access=AccessList.of(["everyone"]))
    await put(library, "staff.md", "the bonus is 4000")
    await put(library, "nobody.md", "the bonus is a secret", access=AccessList())
    await library.catch_up()

    assert texts_of(await library.search("bonus", EVE)) == ["the bonus is paid in May"]
    assert len((await library.search("bonus", ANA)).hits) == 2


async def test_few_visible_passages_are_found_among_many_hidden_ones(opener: Opener) -> None:
    """The rights stand inside the query: a filter afterwards would find nothing in the first hundred."""
    library = await opener(embedder=BagOfWords())
    await put(library, "hidden.md", *(f"bonus bonus bonus {number}" for number in range(400)))
    await put(library, "shown.md", "a long text that mentions the bonus once", access=AccessList.of(["group:guests"]))
    await library.catch_up()

    assert texts_of(await library.search("bonus bonus", EVE)) == ["a long text that mentions the bonus once"]


async def test_the_rarest_group_does_not_win_the_ranking(opener: Opener) -> None:
    """A group that few passages have would be worth more than the words, if the rights were scored."""
    library = await opener()
    await put(library, "few.md", "one printer among other words here", access=AccessList.of(["group:few"]))
    await put(library, "many.md", "printer printer jam", *(f"filler {number}" for number in range(50)))
    await library.catch_up()

    both = Principal("x@example.com", frozenset({"few", "staff"}))
    assert texts_of(await library.search("printer jam", both))[0] == "printer printer jam"


async def test_a_new_version_takes_the_place_of_the_old_one(opener: Opener, database: Database) -> None:
    library = await opener(embedder=BagOfWords())
    await put(library, "a.md", "the price is 10 euros", "unchanged words")
    await library.catch_up()
    (old,) = [hit.passage.id for hit in (await library.search("price", ANA)).hits if "price" in hit.passage.text]

    await put(library, "a.md", "the price is 20 euros", "unchanged words", version=2)

    assert await library.read([old], ANA) == []
    assert "the price is 10 euros" not in texts_of(await library.search("price", ANA))
    await library.catch_up()
    assert texts_of(await library.search("price euros", ANA))[0] == "the price is 20 euros"
    assert len((await library.search("price words", ANA)).hits) == 2


async def test_unchanged_text_is_not_embedded_again(opener: Opener) -> None:
    embedder = BagOfWords()
    library = await opener(embedder=embedder)
    await put(library, "a.md", "first", "second")
    await put(library, "copy.md", "first")
    await put(library, "a.md", "second", "third", version=2)

    assert sorted(embedder.asked) == ["first", "second", "third"]


async def test_vectors_that_no_passage_needs_are_dropped(opener: Opener, database: Database) -> None:
    library = await opener(embedder=BagOfWords())
    await put(library, "a.md", "first", "shared")
    await put(library, "b.md", "shared")

    await library.delete([document_id("files", "a.md")])

    count = sa.select(sa.func.count()).select_from(records.vectors)
    assert await database.read(lambda connection: connection.execute(count).scalar_one()) == 1


async def test_a_deleted_document_is_gone_before_the_index_heard_of_it(opener: Opener) -> None:
    library = await opener(embedder=BagOfWords())
    await put(library, "a.md", "the red button")
    await put(library, "b.md", "the blue button")
    await library.catch_up()
    stop_following(library)

    await library.delete([document_id("files", "a.md")])

    assert texts_of(await library.search("red button", ANA)) == ["the blue button"]


async def test_a_revoked_right_holds_for_the_next_search(opener: Opener) -> None:
    library = await opener(embedder=BagOfWords())
    document = await put(library, "a.md", "the red button")
    await library.catch_up()
    (hit,) = (await library.search("red", ANA)).hits
    stop_following(library)

    await library.set_access([document.id], AccessList.of(["group:guests"]))

    assert (await library.search("red", ANA)).hits == ()
    assert await library.read([hit.passage.id], ANA) == []
    assert [passage.id for passage in await library.read([hit.passage.id], EVE)] == [hit.passage.id]


async def test_a_granted_right_is_followed(opener: Opener) -> None:
    library = await opener(embedder=BagOfWords())
    document = await put(library, "a.md", "the red button")
    await library.set_access([document.id], AccessList.of(["group:guests"]))
    await library.catch_up()

    assert texts_of(await library.search("red", EVE)) == ["the red button"]
    assert (await library.search("red", ANA)).hits == ()


async def test_a_sources_new_list_is_followed(opener: Opener, database: Database) -> None:
    library = await opener()
    await put(library, "a.md", "the red button")
    await Catalog(database).set_source_access("files", AccessList.of(["group:guests"]))
    await library.catch_up()

    assert texts_of(await library.search("red", EVE)) == ["the red button"]


async def test_where_the_look_into_the_database_leaves_too_few_the_search_goes_deeper(opener: Opener) -> None:
    """Two hundred of the best passages were closed a moment ago; the ones behind them are shown instead."""
    library = await opener(embedder=BagOfWords())
    await put(library, "best.md", *(f"printer jam {number}" for number in range(200)))
    await put(library, "rest.md", *(f"a printer, among many other words, number {number}" for number in range(10)))
    await library.catch_up()
    stop_following(library)
    await library.set_access([document_id("files", "best.md")], AccessList())

    found = await library.search("printer jam", ANA, limit=8)

    assert len(found.hits) == 8
    assert {hit.passage.document for hit in found.hits} == {document_id("files", "rest.md")}


async def test_filters_narrow_a_search_to_sources_and_metadata(opener: Opener, database: Database) -> None:
    library = await opener(embedder=BagOfWords())
    await put(library, "a.md", "printer one", team="it", tags=["urgent", "old"])
    await put(library, "b.md", "printer two", team="hr", tags=["old"])
    await library.catch_up()

    async def found(**metadata: set[str]) -> list[str]:
        filters = Filters(metadata={key: frozenset(values) for key, values in metadata.items()})
        return sorted(texts_of(await library.search("printer", ANA, filters=filters)))

    assert await found(team={"it"}) == ["printer one"]
    assert await found(team={"it", "hr"}) == ["printer one", "printer two"]
    assert await found(team={"hr"}, tags={"urgent"}) == []
    assert await found(tags={"old"}) == ["printer one", "printer two"]
    assert texts_of(await library.search("printer", ANA, filters=Filters(frozenset({"other"})))) == []
    assert len((await library.search("printer", ANA, filters=Filters(frozenset({"files"})))).hits) == 2


async def test_meaning_finds_what_words_do_not(opener: Opener) -> None:
    library = await opener(embedder=BagOfWords())
    await put(library, "a.md", "the vehicle stands outside", "printers are in room four")
    await library.catch_up()

    hit = (await library.search("automobile", ANA)).hits[0]

    assert hit.passage.text == "the vehicle stands outside"
    assert hit.bm25 == 0


async def test_a_question_of_stop_words_falls_back_to_meaning(opener: Opener) -> None:
    library = await opener(embedder=BagOfWords())
    await put(library, "a.md", "that is not it", "printers are here")
    await library.catch_up()

    found = await library.search("is it that", ANA)

    assert texts_of(found)[0] == "that is not it"
    assert found.hits[0].bm25 == 0


async def test_without_an_embedder_search_is_by_words_and_says_so(opener: Opener) -> None:
    library = await opener()
    await put(library, "a.md", "the red button")
    await library.catch_up()

    found = await library.search("buttons", ANA)

    assert found.notices == (NO_EMBEDDER,)
    assert "deskhand models install" in NO_EMBEDDER
    assert [(hit.passage.text, hit.cosine) for hit in found.hits] == [("the red button", None)]
    assert (await library.search("is it that", ANA)).hits == ()


async def test_an_embedder_that_does_not_answer_leaves_the_words(opener: Opener) -> None:
    embedder = BagOfWords()
    library = await opener(embedder=embedder)
    await put(library, "a.md", "the red button")
    await library.catch_up()
    embedder.broken = True

    found = await library.search("red", ANA)

    assert (texts_of(found), found.notices) == (["the red button"], (EMBEDDER_FAILED,))


async def test_german_is_found_by_its_stems(opener: Opener) -> None:
    library = await opener(embedder=BagOfWords())
    await put(
        library,
        "a.md",
        "Die Rechnungen werden am Ende des Monats an die Kunden verschickt.",
        "The invoices are sent to customers at the end of the month.",
    )
    await library.catch_up()

    found = await library.search("Wann wird eine Rechnung verschickt?", ANA)

    assert found.hits[0].passage.language == "de"
    assert found.hits[0].bm25 > 0
    assert (await library.search("When is an invoice sent?", ANA)).hits[0].passage.language == "en"


async def test_a_reranker_has_the_last_word_and_may_fail(opener: Opener) -> None:
    class Longest:
        name = "longest"
        broken = False

        async def rerank(self, query: str, texts: Sequence[str]) -> list[float]:
            if self.broken:
                raise ModelError("away")
            return [float(len(text)) for text in texts]

    reranker = Longest()
    library = await opener(embedder=BagOfWords(), reranker=reranker)
    await put(library, "a.md", "printer", "printer in a room", "a printer that stands in the cellar")
    await library.catch_up()

    found = await library.search("printer", ANA, limit=1)
    reranker.broken = True
    without = await library.search("printer", ANA, limit=1)

    assert texts_of(found) == ["a printer that stands in the cellar"]
    assert texts_of(without) == ["printer"]
    assert without.notices == (RERANKER_FAILED,)


async def test_two_processes_see_each_others_changes(opener: Opener) -> None:
    """Each has an index of its own; both follow the one change log."""
    one = await opener(embedder=BagOfWords())
    two = await opener(embedder=BagOfWords())
    await put(one, "a.md", "the red button")
    await two.catch_up()
    assert texts_of(await two.search("red", ANA)) == ["the red button"]

    await two.delete([document_id("files", "a.md")])
    await one.catch_up()

    assert (await one.search("red", ANA)).hits == ()


async def test_another_process_hears_of_a_change_by_itself(opener: Opener) -> None:
    one = await opener()
    two = await opener()
    await put(one, "a.md", "the red button")

    async def seen() -> None:
        while not (await two.search("red", ANA)).hits:
            await asyncio.sleep(0)

    await asyncio.wait_for(seen(), 10)


async def test_an_index_goes_on_where_it_was_after_a_restart(opener: Opener) -> None:
    library = await opener(embedder=BagOfWords())
    await put(library, "a.md", "the red button")
    await library.catch_up()
    await library.close()
    again = BagOfWords()

    library = await opener(embedder=again)

    assert texts_of(await library.search("red", ANA)) == ["the red button"]
    assert again.asked == ["red"]


async def test_changes_made_while_nobody_followed_are_caught_up(opener: Opener, tmp_path: Path) -> None:
    library = await opener(embedder=BagOfWords())
    await put(library, "a.md", "the red button")
    await put(library, "b.md", "the blue button")
    await library.catch_up()
    await library.close()
    other = await opener(embedder=BagOfWords(), directory=tmp_path / "elsewhere")
    await put(other, "a.md", "the green button", version=2)
    await other.delete([document_id("files", "b.md")])
    await other.close()

    library = await opener(embedder=BagOfWords())
    await library.catch_up()

    assert texts_of(await library.search("button", ANA)) == ["the green button"]


CRASH = """
import asyncio, os, signal, sys
from pathlib import Path
from deskhand.catalog import document_id
from deskhand.knowledge import home, index, matrix, open_library
from deskhand.nouns import AccessList, Document, Piece
from deskhand.store import Database
import numpy as np

url, directory, moment = sys.argv[1:]

class Ones:
    name, dimensions = "bag-of-words", 64
    async def embed(self, texts, *, kind):
        return np.full((len(texts), 64), 0.125, np.float32)

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    library = open_library(Database(url), Path(directory), embedder=Ones())
    await library.launch()
    if moment == "before the vectors":
        matrix.Matrix.commit = die
    elif moment == "before the words":
        index.Words.commit = die
    else:
        index.write_whole = die
    name = document_id("files", "a.md")
    changed = Document(name, "files", "a.md", 2, "", None, AccessList.of(["group:staff"]), "a.md-2")
    await library.replace(changed, [Piece(0, "the green button", "")], {})
    await library.catch_up()

asyncio.run(main())
"""


@pytest.mark.parametrize("moment", ["before the vectors", "before the words", "before the state"])
async def test_a_crash_between_database_and_index_is_repaired(
    opener: Opener, database_url: str, tmp_path: Path, moment: str
) -> None:
    """A process of its own is killed after the database has the new version and before the index has."""
    library = await opener(embedder=BagOfWords())
    await put(library, "a.md", "the red button")
    await put(library, "b.md", "the blue lamp")
    await library.catch_up()
    await library.close()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CRASH, database_url, str(tmp_path / "index"), moment
    )
    assert await child.wait() == -signal.SIGKILL

    library = await opener(embedder=BagOfWords())
    before = texts_of(await library.search("red button", ANA))
    await library.catch_up()
    found = await library.search("green button", ANA)

    assert "the red button" not in before
    assert sorted(texts_of(found)) == ["the blue lamp", "the green button"]
    assert library._opened.view.words.count == 2
    assert np.count_nonzero(library._opened.view.vectors.alive) == 2


async def test_an_index_of_another_database_is_not_believed(opener: Opener, tmp_path: Path) -> None:
    """Somebody deleted the database and began again; the index files were left behind."""
    library = await opener(embedder=BagOfWords())
    await put(library, "a.md", "the red button")
    await library.catch_up()
    await library.close()
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    with other.writing() as connection:
        metadata.create_all(connection)
    await Catalog(other).add_source(Source("files", "person:ana@example.com", "/srv", STAFF))
    again = open_library(other, tmp_path / "index", embedder=BagOfWords())
    await again.launch()
    await put(again, "z.md", "the yellow button")
    await again.catch_up()

    try:
        assert texts_of(await again.search("button", ANA)) == ["the yellow button"]
    finally:
        await again.close()
        other.close()


async def test_a_damaged_index_is_made_anew(opener: Opener, tmp_path: Path) -> None:
    library = await opener(embedder=BagOfWords())
    await put(library, "a.md", "the red button")
    await library.catch_up()
    await library.close()
    for file in (tmp_path / "index").rglob("rows.i8"):
        file.write_bytes(b"")

    library = await opener(embedder=BagOfWords())
    await library.catch_up()

    (hit,) = (await library.search("red", ANA)).hits
    assert hit.cosine is not None


async def test_a_rebuild_serves_all_the_while_and_misses_no_change(opener: Opener, tmp_path: Path) -> None:
    library = await opener(embedder=BagOfWords())
    for number in range(30):
        await put(library, f"{number}.md", f"printer number {number}")
    await library.catch_up()
    loop, during = asyncio.get_running_loop(), []

    async def change() -> None:
        during.append(len((await library.search("printer", ANA, limit=50)).hits))
        await put(library, "new.md", "printer that came during the rebuild")
        await library.delete([document_id("files", "0.md")])

    def progress(done: int, total: int) -> None:
        if not during:
            asyncio.run_coroutine_threadsafe(change(), loop).result(30)

    assert await library.rebuild(progress) == 30
    await library.catch_up()

    found = texts_of(await library.search("printer", ANA, limit=50))
    assert during == [30]
    assert len(found) == 30
    assert "printer that came during the rebuild" in found
    assert "printer number 0" not in found
    assert len(list((tmp_path / "index" / "index-0").glob("g*"))) == 1


async def test_a_new_embedder_takes_over_when_every_passage_has_its_vector(opener: Opener) -> None:
    """Until then the old one's vectors serve, and what is put in meanwhile has both."""
    old, new = BagOfWords("old"), BagOfWords("new", broken=True)
    library = await opener(embedder=old)
    await put(library, "a.md", "the vehicle stands outside")
    await library.catch_up()
    await library.close()

    library = await opener(embedder=new, former=[old])
    during = await library.search("automobile", ANA)
    new.broken = False
    await library.embed_missing()
    old.asked.clear()
    after = await library.search("automobile", ANA)

    assert (texts_of(during), during.notices) == (["the vehicle stands outside"], ())
    assert (texts_of(after), after.notices) == (["the vehicle stands outside"], ())
    assert old.asked == []


async def test_a_change_of_embedder_without_the_old_one_leaves_the_words(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_module, "TRY_AGAIN", 3600.0)
    library = await opener(embedder=BagOfWords("old"))
    await put(library, "a.md", "the vehicle stands outside")
    await library.catch_up()
    await library.close()

    new = BagOfWords("new", broken=True)
    library = await opener(embedder=new)
    during = await library.search("vehicle", ANA)
    await new.failed.wait()  # in the background, where it is not tried again before this test is over
    new.broken = False
    seen: list[tuple[int, int]] = []
    assert await library.embed_missing(lambda done, total: seen.append((done, total))) == 1

    assert (texts_of(during), during.notices) == (["the vehicle stands outside"], (NOT_EMBEDDED_YET,))
    assert seen == [(1, 1)]
    assert texts_of(await library.search("automobile", ANA)) == ["the vehicle stands outside"]


async def test_an_embedder_installed_later_embeds_what_is_there_by_itself(opener: Opener) -> None:
    library = await opener()
    await put(library, "a.md", "the vehicle stands outside")
    await library.catch_up()
    await library.close()
    library = await opener(embedder=BagOfWords())

    async def seen() -> None:
        while not (await library.search("automobile", ANA)).hits:
            await asyncio.sleep(0)

    await asyncio.wait_for(seen(), 10)


async def test_an_embedders_spread_is_measured_on_the_library(opener: Opener) -> None:
    library = await opener(embedder=BagOfWords())
    await put(library, "a.md", *(f"printer {number} in room {number % 7}" for number in range(60)))
    await library.catch_up()
    await put(library, "b.md", "one more")
    await library.catch_up()

    spread = library._opened.view.spread
    assert spread is not None
    assert 0.2 < spread.mean < 0.9


async def test_an_embedder_that_breaks_down_does_not_stop_the_index(opener: Opener) -> None:
    """Its spread is to be measured while the index follows; with any error at all, not only a model's."""

    class Forgetful(BagOfWords):
        async def embed(self, texts: Sequence[str], *, kind: Literal["passage", "query"]) -> np.ndarray:
            if kind == "query":
                raise KeyError("a bug of its own")
            return await super().embed(texts, kind=kind)

    library = await opener(embedder=Forgetful())
    await put(library, "a.md", *(f"printer {number}" for number in range(60)))
    await library.catch_up()
    await put(library, "b.md", "one more")

    await asyncio.wait_for(library.catch_up(), 20)
    assert library._opened.view.words.count == 61


async def test_the_check_asks_index_and_database(opener: Opener) -> None:
    library = await opener()
    await library.check()
    await library.close()

    with pytest.raises(Exception, match="not open"):
        await library.check()


def stop_following(library: SqlLibrary) -> None:
    """From now on the index hears of nothing, as in the moment before it does."""
    for task in library._tasks:
        task.cancel()
