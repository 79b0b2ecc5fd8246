"""The policy that decides about tickets, as a table that people read: for who handles tickets, and for operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends

from deskhand.access import Signed
from deskhand.channels.api.models import Out
from deskhand.channels.api.rooms import Door
from deskhand.channels.api.signing import signed
from deskhand.ticketing.policy.clauses import clause, in_words
from deskhand.ticketing.policy.saying import called
from deskhand.ticketing.policy.table import decision_table, table_conditions

if TYPE_CHECKING:
    from deskhand.ticketing.policy import Condition, Policy, Rule
    from deskhand.ticketing.policy.table import Table

router = APIRouter(prefix="/v1/policy", tags=["tickets"])

Verdict = Literal["allow", "ask", "deny"]


class ClauseOut(Out):
    """A condition of a rule."""

    text: str
    """As the policy writes it: `ticket.days < 30`."""
    clause: str
    """In words: "Access Duration is less than 30"."""
    looks_at: list[str]
    """The names that it looks up: fields of the ticket ("ticket.days"), facts, arguments of the action."""


class RuleOut(Out):
    """A rule: when all of its conditions hold, it decides on its action."""

    name: str
    action: str
    """The tool that it is about."""
    when: list[ClauseOut]
    """None at all: it always holds."""
    then: Verdict
    asks: str
    """Who is asked, where it asks; what is filled in stands in brackets."""
    because: str
    """The reason that it gives; what is filled in stands in brackets."""
    done: str
    """What the requester is told once it was done."""


class FieldOut(Out):
    """What is read from a ticket's text by a label."""

    name: str
    """As rules name it: "ticket.days"."""
    labels: list[str]
    kind: str
    of: list[str]
    """The words that a choice has."""
    default: Any
    """What a ticket means that does not say it."""


class FactOut(Out):
    """What a tool finds out at the moment of a decision."""

    name: str
    called: str
    kind: str
    tool: str
    takes: str
    """Which value of what the tool says."""


class DoneOut(Out):
    """One action of a case, and who decides on it."""

    action: str
    rule: str
    verdict: Verdict


class CaseOut(Out):
    """One way in which the conditions can fall out."""

    holds: dict[str, bool]
    """By the text of a condition; one that is not named does not matter."""
    done: list[DoneOut]
    """What is then done, in order. Nothing: the ticket goes to a person."""


class TableOut(Out):
    """What follows from the rules together."""

    conditions: list[ClauseOut]
    cases: list[CaseOut]
    cut: bool
    """Whether there are more cases than these."""


class PolicyOut(Out):
    """The policy in force."""

    name: str
    version: str
    hash: str
    """Of its text; every decision on record names it."""
    about: str
    rules: list[RuleOut]
    """In their order: of those about an action, the first one whose conditions all hold decides."""
    default: Literal["deny"]
    """What becomes of an action that no rule names."""
    owner: str
    """Whose a ticket is that nothing else is done for, in words; empty for nobody's."""
    person: str
    """Who gets what is nobody's: an employee's id."""
    fields: list[FieldOut]
    facts: list[FactOut]
    table: TableOut


@router.get("")
async def policy(door: Door, who: Annotated[Signed, Depends(signed)]) -> PolicyOut:
    """The policy in force, as a decision table. For members of the group that handles tickets, and for operators
    (the scope "admin")."""
    operator = "admin" in who.scopes
    if not operator:
        who.require("tickets")
    ticketing = door.rooms.ticketing
    chosen = await ticketing.policy(who.principal, operator=operator)
    return policy_out(chosen, ticketing.options.person)


def policy_out(chosen: Policy, person: str) -> PolicyOut:
    """A policy in words; `person` gets what is nobody's."""
    return PolicyOut(
        name=chosen.name,
        version=chosen.version,
        hash=chosen.identity.split()[-1],
        about=chosen.about,
        rules=[_rule(chosen, rule) for rule in chosen.rules],
        default="deny",
        owner=called(chosen, chosen.owner) if chosen.owner else "",
        person=person,
        fields=[
            FieldOut(
                name=f"ticket.{each.name}",
                labels=list(each.labels),
                kind=each.kind,
                of=list(each.of),
                default=each.default,
            )
            for each in chosen.fields.values()
        ],
        facts=[
            FactOut(name=name, called=called(chosen, name), kind=each.kind, tool=each.tool, takes=each.take)
            for name, each in chosen.facts.items()
        ],
        table=_table(chosen, decision_table(chosen)),
    )


def _rule(chosen: Policy, rule: Rule) -> RuleOut:
    return RuleOut(
        name=rule.name,
        action=rule.action,
        when=[_clause(chosen, each) for each in rule.when],
        then=rule.then,
        asks=in_words(chosen, rule.asks),
        because=in_words(chosen, rule.because),
        done=in_words(chosen, rule.done),
    )


def _clause(chosen: Policy, condition: Condition) -> ClauseOut:
    return ClauseOut(text=condition.text, clause=clause(chosen, condition), looks_at=list(condition.names))


def _table(chosen: Policy, table: Table) -> TableOut:
    known = table_conditions(chosen)
    return TableOut(
        conditions=[_clause(chosen, known[text]) for text in table.conditions],
        cases=[
            CaseOut(
                holds=dict(case.conditions),
                done=[DoneOut.model_validate({"action": a, "rule": r, "verdict": v}) for a, r, v in case.done],
            )
            for case in table.cases
        ],
        cut=table.cut,
    )
