"""The words' index, and the traps of the engine under it: each of these once returned what it should not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deskhand.knowledge.words import Words, analyze

STAFF = [["a:staff"]]


@pytest.fixture
def words(tmp_path: Path) -> Words:
    return Words(tmp_path / "words", heap=15_000_000)


def add(words: Words, document: str, *texts: str, first: int, terms: tuple[str, ...] = ("a:staff",)) -> None:
    words.add([(first + place, "en", text) for place, text in enumerate(texts)], document, terms)


def test_deleting_a_document_deletes_it(words: Words) -> None:
    """By an unsigned number the engine deletes nothing and says nothing."""
    add(words, "d1", "red button", "blue button", first=1)
    add(words, "d2", "green button", first=3)
    assert words.commit().count == 3

    words.remove(["d1"])
    view = words.commit()

    assert view.count == 1
    assert view.search(view.ask("button"), STAFF, 9).passages.tolist() == [3]


def test_putting_a_document_in_the_place_of_itself_in_one_commit_keeps_the_new(words: Words) -> None:
    add(words, "d1", "old button", first=1)
    words.commit()
    words.remove(["d1"])
    add(words, "d1", "new button", first=2)
    view = words.commit()

    assert view.search(view.ask("button"), STAFF, 9).passages.tolist() == [2]


def test_rights_and_filters_add_nothing_to_the_score(words: Words) -> None:
    add(words, "d1", "printer jam", first=1, terms=("a:rare", "a:staff", "m:team=it"))
    add(words, "d2", *["printer jam"] * 40, first=2)
    view = words.commit()
    asked = view.ask("printer jam")

    rare = view.search(asked, [["a:rare", "a:staff"], ["m:team=it"]], 9)
    every = view.search(asked, STAFF, 99)

    assert rare.shares.tolist() == [every.shares[every.passages.tolist().index(1)]]
    assert len(set(every.shares.tolist())) == 1


def test_a_word_of_the_question_must_be_there(words: Words) -> None:
    """Zero scores of the rights alone are no hits."""
    add(words, "d1", "red button", "something else", first=1)
    view = words.commit()

    assert view.search(view.ask("button"), STAFF, 9).passages.tolist() == [1]


def test_a_question_of_stop_words_or_unknown_ones_finds_nothing(words: Words) -> None:
    add(words, "d1", "red button", first=1)
    view = words.commit()

    for question in ("is it that", "xylophone", "", "?!"):
        assert not view.ask(question).queries
        assert view.search(view.ask(question), STAFF, 9).passages.tolist() == []
        assert view.score(view.ask(question), np.array([1])).shares.tolist() == [0.0]


def test_a_candidate_of_the_vectors_gets_its_true_score(words: Words) -> None:
    add(words, "d1", "red button", "blue button here", "nothing of it", first=1)
    view = words.commit()
    asked = view.ask("red button")
    found = view.search(asked, STAFF, 9)
    by_search = dict(zip(found.passages.tolist(), found.shares.tolist(), strict=True))

    scored = view.score(asked, np.array([3, 1, 2, 77]))

    assert dict(zip(scored.passages.tolist(), scored.shares.tolist(), strict=True)) == by_search | {3: 0.0}


def test_the_share_says_how_much_of_the_question_is_covered(words: Words) -> None:
    add(words, "d1", "red button", "red paint", *(f"filler {number}" for number in range(30)), first=1)
    view = words.commit()

    one, two = view.search(view.ask("red button"), STAFF, 9).shares.tolist()
    with_unknown = view.search(view.ask("red button xylophone"), STAFF, 1).shares[0]

    assert 0 < two < one <= 1
    assert with_unknown < one


def test_german_stems_are_searched_among_german_passages_only(words: Words) -> None:
    words.add([(1, "de", "Die Rechnungen wurden verschickt"), (2, "en", "The invoices were sent")], "d1", ["a:staff"])
    view = words.commit()

    german = view.search(view.ask("Wo ist die Rechnung?"), STAFF, 9)

    assert (german.passages.tolist(), german.german.tolist()) == ([1], [True])
    assert view.ask("Wo ist die Rechnung?").german
    assert view.ask("Rechnung").german
    assert not view.ask("invoice").german


def test_the_few_passages_of_one_language_score_as_if_they_were_alone(words: Words) -> None:
    """Measured against the average length of all, English ones counted as empty, they once scored next to nothing."""
    german = (1, "de", "Der Link zum Zurücksetzen des Passworts gilt eine halbe Stunde und nur ein einziges Mal")
    words.add([german], "d1", ["a:staff"])
    alone = words.commit()
    before = alone.search(alone.ask("Passwort zurücksetzen"), STAFF, 9)
    add(words, "d2", *(f"button number {number}" for number in range(300)), first=2)

    view = words.commit()
    found = view.search(view.ask("Passwort zurücksetzen"), STAFF, 9)

    assert found.passages.tolist() == [1]
    assert found.shares.tolist() == pytest.approx(before.shares.tolist())
    assert found.shares[0] > 0.4


def test_a_pasted_log_is_searched_by_its_rarest_words(words: Words) -> None:
    """Hundreds of words, of which all but one stand in two passages."""
    lines = [f"line {number}" for number in range(200)]
    add(words, "d1", "the needle", *lines, *lines, first=1)
    view = words.commit()

    found = view.search(view.ask(" ".join(lines) + " needle" * 50), STAFF, 300)

    assert found.passages.tolist()[0] == 1
    assert len(found.passages) < 100


def test_words_are_analyzed_by_their_language() -> None:
    assert analyze("The invoices were sent", "en") == ["invoic", "were", "sent"]
    assert analyze("Die Rechnungen und Zahlungen", "de") == ["rechnung", "zahlung"]


def test_another_process_cannot_write_the_same_directory(words: Words, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"(?i)lock"):
        Words(tmp_path / "words", heap=15_000_000)


def test_what_was_not_committed_is_lost_and_no_more(words: Words, tmp_path: Path) -> None:
    add(words, "d1", "red button", first=1)
    words.commit()
    add(words, "d2", "blue button", first=2)
    words.close()

    assert Words(tmp_path / "words", heap=15_000_000).view().count == 1
