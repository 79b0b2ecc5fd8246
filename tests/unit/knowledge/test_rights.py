"""Many sets of entries made few say the same of every access list."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from deskhand.knowledge.rights import sets_of, simplest

ENTRIES = ["everyone", "group:a", "group:b", "group:c", "person:x"]
entries = st.frozensets(st.sampled_from(ENTRIES))


def admits(access: frozenset[str], sets: list[frozenset[str]]) -> bool:
    return all(not access.isdisjoint(each) for each in sets)


@given(st.lists(entries, min_size=1, max_size=8), st.lists(entries, max_size=8))
def test_the_fewest_sets_admit_the_same_lists(sets: list[frozenset[str]], lists: list[frozenset[str]]) -> None:
    few = simplest(sets_of(sets, frozenset().union(*lists)))

    assert [admits(access, few) for access in lists] == [admits(access, sets) for access in lists]


def test_what_is_on_no_list_makes_no_difference_between_members() -> None:
    members = [frozenset({"everyone", "group:staff", f"person:p{number}"}) for number in range(1000)]

    assert simplest(sets_of(members, {"everyone", "group:staff"})) == [{"everyone", "group:staff"}]


def test_more_sets_than_are_asked_for_let_a_little_too_much_through_never_too_little() -> None:
    members = [frozenset({"everyone", f"person:p{number}"}) for number in range(1000)]
    present = frozenset().union(*members)

    few = simplest(sets_of(members, present), most=40)

    assert len(few) == 40
    assert set(few) <= set(members)
