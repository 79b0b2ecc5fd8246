"""A policy in words that people read as a decision table: its conditions as clauses, whom a rule asks, what is read."""

from __future__ import annotations

import re
from collections.abc import Mapping

from deskhand.ticketing.policy.conditions import Condition, Name, Operator, Word
from deskhand.ticketing.policy.rules import Policy
from deskhand.ticketing.policy.saying import called
from deskhand.ticketing.policy.templates import PLACE, said

__all__ = ["clause", "in_words"]

IS: Mapping[Operator, str] = {
    "==": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
    "in": "is one of",
    "not in": "is none of",
}


def clause(policy: Policy, condition: Condition) -> str:
    """The condition as a clause: "Access Duration is less than 30", "the employee has access"."""
    name, right = condition.left.name, condition.right
    told = _told(policy, condition)
    if told is not None:
        return called(policy, name) if told else f"it is not so that {called(policy, name)}"
    others = [called(policy, each.name) if isinstance(each, Name) else said(each.value) for each in right]
    return f"{called(policy, name)} {IS[condition.operator]} {', '.join(others)}"


def _told(policy: Policy, condition: Condition) -> bool | None:
    """Which of the two it asks for, where it is about a fact that is called by what is so when it is yes."""
    source = policy.facts.get(condition.left.name)
    only = condition.right[0]
    if source is None or source.kind != "yes-no" or not source.called or len(condition.right) > 1:
        return None
    if not isinstance(only, Word) or not isinstance(only.value, bool) or condition.operator not in ("==", "!="):
        return None
    return only.value == (condition.operator == "==")


def in_words(policy: Policy, template: str) -> str:
    """A template with its places as what they are called: "[the environment's owner] decides what is open"."""
    return PLACE.sub(lambda found: _place(policy, found), template)


def _place(policy: Policy, found: re.Match[str]) -> str:
    name = found[1]
    if name is None:
        return found[0][0]
    known = name == "employee" or name in policy.facts or name.startswith(("ticket.", "action."))
    return f"[{called(policy, name) if known else name}]"
