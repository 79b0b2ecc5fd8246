"""How a desk is set up, as an administrator is told: what it works with, and how each is tried. Never a secret."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from deskhand.channels.trying import Tried

__all__ = ["Check", "Connected", "Kind", "Setup"]

Kind = Literal["inside", "models", "guards", "doors", "tickets", "notices", "tools"]

Check = Callable[[], Awaitable["Sequence[Tried]"]]
"""Tries it: tells what it found, or raises."""


@dataclass(frozen=True, slots=True)
class Connected:
    """Something that the desk works with: a model, a service outside, or a part of its own.

    `what` says in a sentence what it is, `facts` what is set, by name. `next` says of one that is not `on` how to set
    it up. `check` may take `seconds` (None: there is nothing to try); one that is `free` asks nobody outside and costs
    nothing.
    """

    name: str
    kind: Kind
    title: str
    what: str
    facts: Mapping[str, str] = field(default_factory=dict)
    on: bool = True
    next: str = ""
    check: Check | None = None
    seconds: float = 20.0
    free: bool = False


@dataclass(frozen=True, slots=True)
class Setup:
    """What the desk is `connected` with, its `settings` (each name, value, default, source, help; secrets as stars),
    the `file` they come from, and the `versions` of its parts by name."""

    connected: tuple[Connected, ...] = ()
    settings: tuple[Mapping[str, Any], ...] = ()
    file: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
