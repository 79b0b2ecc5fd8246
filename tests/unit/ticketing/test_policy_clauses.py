"""A policy's conditions in words, as people read them in a table."""

from __future__ import annotations

import pytest

from deskhand.ticketing.policy import load_policy, parse_policy
from deskhand.ticketing.policy.clauses import clause, in_words
from deskhand.ticketing.policy.table import decision_table, table_conditions

POLICY = """
policy: test
version: "1"
ticket:
  days: {labels: [Access Duration], kind: days}
  type: {labels: [Access Type], kind: choice, of: [Read, Write, Admin]}
facts:
  access.exists: {tool: check, take: exists, kind: yes-no, called: the employee has access}
  budget.left: {tool: budget, take: left, kind: number}
  environment.owner: {tool: owner, take: owner}
rules:
  - name: only
    action: act
    when: [WHEN]
    then: allow
    because: It is so.
"""


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("ticket.days < 30", "Access Duration is less than 30"),
        ("ticket.days <= budget.left", "Access Duration is at most the budget's left"),
        ("ticket.days > 1", "Access Duration is more than 1"),
        ("budget.left >= 0.5", "the budget's left is at least 0.5"),
        ("ticket.type != Admin", "Access Type is not Admin"),
        ("ticket.type in [Read, Write]", "Access Type is one of Read, Write"),
        ("ticket.type not in [Read, Write]", "Access Type is none of Read, Write"),
        ("access.exists == yes", "the employee has access"),
        ("access.exists != no", "the employee has access"),
        ("access.exists == no", "it is not so that the employee has access"),
        ("environment.owner == nothing", "the environment's owner is nothing"),
        ("environment.owner == employee", "the environment's owner is the employee"),
        ("action.owner == environment.owner", "the action's owner is the environment's owner"),
    ],
)
def test_a_condition_is_said_as_a_clause(written: str, said: str) -> None:
    policy = parse_policy(POLICY.replace("[WHEN]", f"['{written}']"), "test.yaml")

    assert clause(policy, policy.rules[0].when[0]) == said


def test_a_text_names_what_is_filled_in() -> None:
    policy = load_policy(None)

    assert in_words(policy, "{environment.owner} decides on {ticket.type|a} {{type}} {why-not}") == (
        "[the environment's owner] decides on [Access Type] {type} [why-not]"
    )


def test_every_condition_of_a_table_can_be_said() -> None:
    policy = load_policy(None)

    assert set(decision_table(policy).conditions) <= set(table_conditions(policy))
