"""The matrix: only rows that are visible and alive, after growth, after removal, after a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from deskhand.knowledge import scan
from deskhand.knowledge.matrix import Matrix
from deskhand.knowledge.terms import term_key

STAFF, GUESTS = [["a:group:staff"]], [["a:group:guests"]]
X = np.array([1, 0, 0, 0], np.float32)


def blob(*numbers: float) -> bytes:
    vector = np.array([numbers], np.float32)
    scales, small = scan.quantize(vector / np.linalg.norm(vector))
    return scales.tobytes() + small.tobytes()


def put(
    matrix: Matrix, passage: int, document: int, *numbers: float, terms: tuple[str, ...] = ("a:group:staff",)
) -> None:
    matrix.add([blob(*numbers)], [passage], [document], [(1, [term_key(term) for term in terms])])


@pytest.fixture
def opener(tmp_path: Path) -> Iterator[Callable[..., Matrix]]:
    """Opens the matrix of this test at a size, and closes it at the end."""
    opened: list[Matrix] = []

    def make(rows: int = 0, pairs: int = 0) -> Matrix:
        opened.append(Matrix(tmp_path, 4, rows, pairs))
        return opened[-1]

    yield make
    for matrix in opened:
        matrix.close()


@pytest.fixture
def matrix(opener: Callable[..., Matrix]) -> Matrix:
    made = opener()
    put(made, 11, 1, 1, 0, 0, 0)
    put(made, 12, 2, 1, 1, 0, 0, terms=("a:group:staff", "a:group:guests"))
    put(made, 13, 3, 0, 1, 0, 0, terms=("a:group:guests", "m:team=it"))
    return made


def test_only_visible_rows_are_found_nearest_first(matrix: Matrix) -> None:
    view = matrix.commit()

    assert view.search(X, STAFF, 9)[0].tolist() == [11, 12]
    passages, cosines = view.search(X, GUESTS, 9)
    assert passages.tolist() == [12, 13]
    assert cosines == pytest.approx([0.7071, 0.0], abs=0.01)
    assert view.search(X, [["a:group:other"]], 9)[0].tolist() == []
    assert view.search(X, [*GUESTS, ["m:team=hr", "m:team=it"]], 9)[0].tolist() == [13]


def test_no_group_at_all_shows_nothing(matrix: Matrix) -> None:
    assert matrix.commit().search(X, [], 9)[0].tolist() == []


def test_gathering_the_visible_rows_gives_what_reading_all_gives(opener: Callable[..., Matrix]) -> None:
    matrix, numbers = opener(), np.random.default_rng(1)
    for row in range(500):
        terms = ("a:all", "a:some") if row % 5 == 0 else ("a:all",)
        put(matrix, row, row + 1, *numbers.standard_normal(4), terms=terms)
    view = matrix.commit()

    everything = dict(zip(*(part.tolist() for part in view.search(X, [["a:all"]], 500)), strict=True))
    some = dict(zip(*(part.tolist() for part in view.search(X, [["a:some"]], 500)), strict=True))

    assert len(everything) == 500
    assert some == {row: everything[row] for row in range(0, 500, 5)}


def test_a_removed_document_is_gone_from_views_that_are_open_too(matrix: Matrix) -> None:
    view = matrix.commit()

    matrix.remove([2])

    assert view.search(X, GUESTS, 9)[0].tolist() == [13]
    assert np.isnan(view.cosines_of(X, np.array([12]))).all()
    assert matrix.dead == 1


def test_a_passage_that_was_put_in_again_has_its_new_row(matrix: Matrix) -> None:
    matrix.remove([1])
    put(matrix, 11, 1, 0, 1, 0, 0)
    view = matrix.commit()

    assert view.cosines_of(X, np.array([11, 12, 99]))[:2] == pytest.approx([0.0, 0.7071], abs=0.01)
    assert np.isnan(view.cosines_of(X, np.array([99]))[0])


def test_a_matrix_opens_as_it_was_committed(matrix: Matrix, opener: Callable[..., Matrix]) -> None:
    matrix.remove([1])
    matrix.commit()
    rows, pairs = matrix.count, matrix.pairs
    matrix.close()

    again = opener(rows, pairs)

    assert again.dead == 1
    assert again.commit().search(X, STAFF, 9)[0].tolist() == [12]


def test_what_was_not_committed_is_cut_off(matrix: Matrix, opener: Callable[..., Matrix]) -> None:
    matrix.commit()
    rows, pairs = matrix.count, matrix.pairs
    put(matrix, 14, 4, 1, 0, 0, 0)
    matrix.close()

    again = opener(rows, pairs)
    put(again, 15, 5, 1, 0, 0, 0)

    assert sorted(again.commit().search(X, STAFF, 9)[0].tolist()) == [11, 12, 15]


def test_a_file_that_lost_its_end_is_not_believed(matrix: Matrix, tmp_path: Path) -> None:
    matrix.commit()
    matrix.close()
    (tmp_path / "scales.f32").write_bytes(b"")

    with pytest.raises(ValueError, match=r"scales\.f32 is shorter"):
        Matrix(tmp_path, 4, 3, 5)
