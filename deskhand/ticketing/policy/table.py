"""What follows from a policy's rules, as a decision table: every way in which its conditions can fall out, and what is
then done for a ticket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from deskhand.nouns import Json
from deskhand.ticketing.policy.conditions import OPPOSITE, Condition, Name, Word, is_number
from deskhand.ticketing.policy.rules import Policy, Rule

__all__ = ["Case", "Table", "decision_table", "table_conditions"]

MOST_CASES = 100

Atom = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One way in which the conditions can fall out (those not named do not matter), and what is done then: each
    action's tool with the rule that decides on it and the verdict; nothing when the ticket goes to a person."""

    conditions: Mapping[str, bool]
    done: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`cut` when there are more cases than are listed."""

    conditions: tuple[str, ...]
    cases: tuple[Case, ...]
    cut: bool = False


def decision_table(policy: Policy) -> Table:
    """The table, its cases in the order of the rules. A condition that cannot be told stands with those that fail; for
    a rule that asks or denies, with those that hold."""
    walker = _Walker(policy)
    cases: list[Case] = []
    cut = False
    for case in walker.walk(_State()):
        if len(cases) == MOST_CASES:
            cut = True
            break
        cases.append(case)
    used = [text for text in walker.texts.values() if any(text in case.conditions for case in cases)]
    return Table(tuple(used), tuple(cases), cut)


def table_conditions(policy: Policy) -> Mapping[str, Condition]:
    """The conditions by the texts that a table names them by."""
    return {condition.text: condition for condition in _Walker(policy).conditions.values()}


@dataclass(frozen=True, slots=True)
class _State:
    """How far a walk through the rules has come, what was supposed on the way, and the values that this leaves."""

    supposed: Mapping[Atom, bool] = field(default_factory=dict)
    shown: Mapping[str, bool] = field(default_factory=dict)
    left: Mapping[str, list[Json]] = field(default_factory=dict)
    settled: Mapping[str, Json] = field(default_factory=dict)
    carried: tuple[str, ...] = ()
    done: tuple[tuple[str, str, str], ...] = ()


class _Walker:
    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.texts: dict[Atom, str] = {}
        self.conditions: dict[Atom, Condition] = {}
        for rule in policy.rules:
            for condition in rule.when:
                atom, straight = _atom(condition)
                self.conditions.setdefault(atom, condition if straight else _turned(condition))
                self.texts.setdefault(atom, self.conditions[atom].text)

    def walk(self, state: _State) -> Iterator[Case]:
        """The cases from here on: through the rules from the first one, as the planner goes."""
        yield from self._try([rule for rule in self.policy.rules if rule.then != "deny"], state)

    def _try(self, rules: list[Rule], state: _State) -> Iterator[Case]:
        if not rules:
            yield Case(state.shown, state.done)
            return
        rule, rest = rules[0], rules[1:]
        if rule.name in state.carried:
            yield from self._try(rest, state)
            return
        for holds, then in self._suppose(list(rule.when), rule, state):
            if not holds:
                yield from self._try(rest, then)
            else:
                yield from self._decided(rule, rest, then)

    def _decided(self, rule: Rule, rest: list[Rule], state: _State) -> Iterator[Case]:
        """The rule's conditions hold; a rule before it that decides on the same action goes first."""
        earlier = []
        for other in self.policy.rules_for(rule.action):
            if other.name == rule.name:
                break
            earlier.append(other)
        yield from self._first(earlier, rule, rest, state)

    def _first(self, earlier: list[Rule], rule: Rule, rest: list[Rule], state: _State) -> Iterator[Case]:
        if not earlier:
            yield from self._act(rule, rule, state)
            return
        other = earlier[0]
        for holds, then in self._suppose(list(other.when), rule, state):
            if not holds:
                yield from self._first(earlier[1:], rule, rest, then)
            elif other.then == "deny":
                yield from self._try(rest, then)
            else:
                yield from self._act(rule, other, then)

    def _act(self, rule: Rule, decider: Rule, state: _State) -> Iterator[Case]:
        done = (*state.done, (rule.action, decider.name, decider.then))
        after = replace(state, done=done, carried=(*state.carried, rule.name))
        if not rule.settles or decider.then != "allow":
            yield Case(after.shown, done)
        else:
            yield from self.walk(replace(after, settled={**state.settled, **rule.settles}))

    def _suppose(self, conditions: list[Condition], by: Rule, state: _State) -> Iterator[tuple[bool, _State]]:
        """Whether all of the conditions hold, for each way in which those not supposed yet can fall out."""
        if not conditions:
            yield True, state
            return
        first, rest = conditions[0], conditions[1:]
        for holds, then in self._one(first, by, state):
            if holds:
                yield from self._suppose(rest, by, then)
            else:
                yield False, then

    def _one(self, condition: Condition, by: Rule, state: _State) -> Iterator[tuple[bool, _State]]:
        known = condition.holds(state.settled)
        atom, straight = _atom(condition)
        if known is None and _is_own(condition, by):
            known = True
        if known is None and atom in state.supposed:
            known = state.supposed[atom] == straight
        if known is not None:
            yield known, state
            return
        # A condition that can fall out neither way is never told, so it stands with those that fail.
        ways = [(way, left) for way in (straight, not straight) if (left := self._left(atom, way, state)) is not None]
        if not ways:
            yield False, state
        for way, left in ways:
            shown = {**state.shown, self.texts[atom]: way} if len(ways) > 1 else state.shown
            yield way == straight, replace(state, supposed={**state.supposed, atom: way}, left=left, shown=shown)

    def _left(self, atom: Atom, way: bool, state: _State) -> Mapping[str, list[Json]] | None:
        """The values that things can still have when the atom is so; None when there is none for what it looks at."""
        condition = self.conditions[atom]
        name = condition.left.name
        if not _by_words(condition):
            return state.left
        left = state.left[name] if name in state.left else self._values(name)
        fitting = [value for value in left if condition.holds({name: value}) is way]
        return {**state.left, name: fitting} if fitting else None

    def _values(self, name: str) -> list[Json]:
        """Values of a thing, at least one for every way in which conditions on it can fall out together."""
        field = self.policy.fields.get(name.removeprefix("ticket."))
        if name.startswith("ticket.") and field is not None and field.of:
            return list(field.of)
        found: list[Json] = [True, False, None, "\0some other word"]
        for condition in self.conditions.values():
            if condition.left.name == name:
                for each in condition.right:
                    if isinstance(each, Word):
                        found += [each.value, *_beside(each.value)]
        return found


def _beside(value: Json) -> list[Json]:
    """Numbers just below and above one."""
    return [value - 0.5, value + 0.5] if is_number(value) else []


def _by_words(condition: Condition) -> bool:
    return all(isinstance(each, Word) for each in condition.right)


def _is_own(condition: Condition, rule: Rule) -> bool:
    """Whether it compares the action with just what the rule itself would call it with."""
    other = condition.right[0]
    name = condition.left.name.removeprefix("action.")
    if name == condition.left.name or condition.operator != "==" or not isinstance(other, Name):
        return False
    return rule.arguments.get(name) == f"{{{other.name}}}"


def _atom(condition: Condition) -> tuple[Atom, bool]:
    """A condition so that it and its opposite are one, and whether it is that one itself."""
    left, operator, right = condition.left, condition.operator, condition.right
    straight = operator in ("==", "<", ">", "in")
    operator = operator if straight else OPPOSITE[operator]
    only = right[0]
    if operator == "==" and isinstance(only, Word) and only.value is False:
        return (left, operator, (Word(True),)), not straight
    return (left, operator, right), straight


def _turned(condition: Condition) -> Condition:
    """The condition of which this one is the opposite, as it would be written."""
    (left, operator, right), _ = _atom(condition)
    words = condition.text.split(" ", 1)[1].removeprefix(condition.operator).strip()
    if right != condition.right:
        words = "yes"
    return Condition(f"{left.name} {operator} {words}", left, operator, right)
