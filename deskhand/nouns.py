"""The words of the house: small frozen values that pass between rooms.

`RedactedText` and `Answer` are doors: only redaction makes the first, only citing makes the second, so code that
skips either does not type-check (`tests/unit/test_house.py` checks who calls the constructors).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NewType

Json = Any
"""A value that `json.dumps` takes: dict, list, str, int, float, bool or None."""

RedactedText = NewType("RedactedText", str)
"""Text that has been through redaction; made by `deskhand.redaction` (and read back from the store) only."""

EVERYONE = "everyone"
"""The access-list entry that admits every identified reader."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who reads or acts: a person (`id` is an e-mail address) or a service, with the groups it is in now."""

    id: str
    groups: frozenset[str] = frozenset()
    kind: Literal["person", "service"] = "person"

    @property
    def entries(self) -> frozenset[str]:
        """The access-list entries that admit this principal: itself, its groups, and everyone."""
        return frozenset({f"{self.kind}:{self.id}", EVERYONE, *(f"group:{name}" for name in self.groups)})

    @property
    def entry_sets(self) -> tuple[frozenset[str], ...]:
        """An access list admits this reader when it has an entry of each of these sets: here there is one."""
        return (self.entries,)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who sees an answer where several people read along, as in a Slack channel: it may read what each of its
    `members` may read. `id` names the place ("slack:T1:C1"), `as_of` is when its members were looked up.

    An `open` one has more members than can be listed: it reads what everyone may. With anybody in it who could not be
    identified (`unknown` counts them), or nobody at all, it reads nothing.
    """

    id: str
    members: tuple[Principal, ...]
    as_of: datetime
    open: bool = False
    unknown: int = 0

    @property
    def entry_sets(self) -> tuple[frozenset[str], ...]:
        """An access list admits this audience when it has an entry of each of these sets."""
        if self.open:
            return (frozenset({EVERYONE}),)
        if self.unknown or not self.members:
            return (frozenset(),)
        return tuple(member.entries for member in self.members)


Reader = Principal | Audience
"""Every read takes one."""


@dataclass(frozen=True, slots=True)
class AccessList:
    """Who may read a thing: entries `person:…`, `service:…`, `group:…` or `everyone`. An empty list admits nobody."""

    entries: frozenset[str] = frozenset()

    @classmethod
    def of(cls, entries: Iterable[str]) -> AccessList:
        return cls(frozenset(entries))

    def admits(self, reader: Reader) -> bool:
        return all(not self.entries.isdisjoint(entries) for entries in reader.entry_sets)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened outside; `id` (with the door's name in front) makes it happen once in here."""

    id: str
    door: str
    data: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Source:
    """A place documents come from, with an owner (a principal's entry) and a default access list."""

    id: str
    owner: str
    location: str
    access: AccessList = AccessList()


DocumentState = Literal["new", "unchanged", "indexed", "failed", "deleted"]


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one item of a source. `item` is its key in the source (a relative path, a record id)."""

    id: str
    source: str
    item: str
    version: int
    title: RedactedText
    url: str | None
    access: AccessList
    content_hash: str
    metadata: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage to be: what splitting makes of a document, before it has a place in the library.

    `heading` is the path of headings above it ("Accounts › Reset"), `page` counts from 1.
    """

    position: int
    text: RedactedText
    heading: RedactedText
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A redacted piece of a document, the unit of search; `id` is unique for ever, `version` is the document's."""

    id: int
    document: str
    version: int
    source: str
    position: int
    text: RedactedText
    title: RedactedText
    heading: RedactedText
    page: int | None
    url: str | None
    language: str
    metadata: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found, with its raw scores: `bm25` as a share of the query's upper bound (0..1),
    `cosine` of query and passage (None where there is no embedder), `score` as fused; higher is better."""

    passage: Passage
    score: float
    bm25: float
    cosine: float | None
    snippet: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation; `role` is "user" or "assistant"."""

    role: Literal["user", "assistant"]
    text: RedactedText


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, after `turns` (oldest first, without this one). `language` is an ISO 639-1 code."""

    text: RedactedText
    language: str = "en"
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A stretch of a draft (a sentence, as written) and the passage it leans on, with the quote when one was given."""

    text: str
    passage: int
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a model read and wrote."""

    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """What the model wrote, and the passages (ids, in the order that the marks [1], [2]… number them) it was shown."""

    text: str
    passages: tuple[int, ...]
    model: str
    claims: tuple[Claim, ...] = ()
    usage: Usage = Usage()
    declined: bool = False
    same_as: str = ""
    """The run whose draft this is, where the same was asked at the same moment."""
    stopped: str = ""
    """The `Answer.reason` of a draft that a guardrail stopped; there is no text then."""
    said: str = ""
    """What is said in its place."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage that an answer used. `quote` stands in it word for word; `place` is "page 4" or "section Reset"."""

    number: int
    passage: int
    document: str
    version: int
    title: str
    url: str | None
    quote: str
    snippet: str
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """A citation that did not stand up to its passage, and why."""

    passage: int | None
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A draft whose citations were checked, or a refusal; all that a channel can send."""

    text: str
    refused: bool
    citations: tuple[Citation, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    model: str = ""
    language: str = "en"
    usage: Usage = Usage()
    notices: tuple[str, ...] = ()
    """What the asker should know, e.g. that search was lexical only because no embedder is installed."""
    reason: str = ""
    """Why it is a refusal, where that can be told: "library-empty" (it holds no passage), "nothing-open" (none that its
    reader may read), "no-document" (the one that was asked about is gone, or closed to its reader), "document-empty",
    "withheld" (a source was closed or changed since), "guardrail" (a policy stopped the question or the answer; the
    text is the policy's), "guardrail-failed" (it could not be checked)."""
    made: str = ""
    """When it was made (ISO 8601), where it was kept from an earlier question; empty for one made for this question."""


RunState = Literal["waiting", "running", "finished", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Step:
    """One recorded step of a run: JSON input and output, when it began and ended, and the error when it failed."""

    name: str
    began: datetime | None
    ended: datetime | None
    input: Json = None
    output: Json = None
    error: str | None = None
    attempt: int = 1
    """Which of the run's attempts made it."""
    tries: int = 1
    """How often that attempt tried it."""
    failures: tuple[str, ...] = ()
    """What the tries before the last one ended with, as `error` says it; of many, the last ones."""


@dataclass(frozen=True, slots=True)
class Run:
    """One event carried through, with its trace of steps (empty in listings)."""

    id: str
    workflow: str
    state: RunState
    began: datetime
    ended: datetime | None = None
    key: str | None = None
    input: Json = None
    output: Json = None
    error: str | None = None
    executor: str | None = None
    steps: tuple[Step, ...] = ()
    by: str = ""
    """Whose event it is, as an access-list entry ("person:ana@example.com"); empty for the house's own."""
    door: str = ""
    """Where the event came in ("slack", "api"); empty where nobody said."""
    attempts: int = 1
    """How many processes took it up, one after another; 0 while it waits for the first."""


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event of a run's live stream. `id` orders it ("2-17": 17th event of the run's second attempt)."""

    id: str
    type: str
    data: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person or a judge said of an answer, and why; `better` is what it should have said, where that is known
    (redacted)."""

    run: str
    by: str
    good: bool
    reason: str = ""
    better: str = ""


TicketState = Literal["unassigned", "waiting", "auto-resolved", "assigned", "resolved", "reopened"]
"""What has become of a ticket: nothing yet, it waits for somebody's approval, the agent resolved it, a person has it,
a person resolved it, or it was opened again."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A case that somebody submitted. `requester` and `assignee` are ids of employees ("111", "@susi").

    `text` is kept as written, but for what redaction took out. `communication` is what the requester or the assignee
    was last told. `version` grows by one with every change; `round` with every run that took it up.
    """

    id: str
    requester: str
    text: RedactedText
    state: TicketState
    assignee: str | None
    communication: RedactedText
    version: int
    round: int
    source: str
    opened: datetime
    changed: datetime

    @property
    def status(self) -> str:
        """Its state in words, as systems beside ours write it: "unassigned", "auto-resolved", "assigned to @susi"."""
        match self.state:
            case "assigned":
                return f"assigned to {self.assignee}"
            case "waiting":
                return f"waiting for {self.assignee}"
            case _:
                return self.state


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that would be done: a tool and its arguments. Who asks and for which ticket is never among them."""

    tool: str
    arguments: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether an action may happen, and which rule or person said so.

    `rule` is the rule's name ("" where none named the action), `by` is "policy" or a person's id, `facts` are those
    that were looked at, `policy` names the policy with its version and the hash of its text.
    """

    verdict: Literal["allow", "ask", "deny"]
    rule: str
    reason: str
    facts: Mapping[str, Json] = field(default_factory=dict)
    by: str = "policy"
    policy: str = ""
    asks: str | None = None
    """Whom it asks (an employee's id), where the verdict is "ask"."""
