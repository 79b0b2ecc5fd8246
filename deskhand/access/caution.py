"""Who manages access does not take away their own by a slip: it takes their saying that they are sure."""

from __future__ import annotations

from collections.abc import Iterable

from deskhand.access.tokens import Signed
from deskhand.errors import OwnAccess
from deskhand.nouns import Principal

__all__ = ["keep_groups", "keep_oneself", "keep_token"]


def keep_oneself(signed: Signed, who: Principal) -> None:
    """Raises `OwnAccess` where it is oneself who would be removed."""
    if _same(signed, who):
        raise OwnAccess(f"you are signed in as {who.id}: removing them ends this session and every token of theirs.")


def keep_groups(signed: Signed, who: Principal, groups: Iterable[str]) -> None:
    """`groups` are those that are to be. Raises `OwnAccess` where one would leave a group oneself."""
    left = sorted(who.groups.difference(groups))
    if _same(signed, who) and left:
        raise OwnAccess(
            f"you are signed in as {who.id}, who would leave {', '.join(left)}: what only that group may read or do is "
            "closed to them at once."
        )


def keep_token(signed: Signed, token_id: str) -> None:
    """Raises `OwnAccess` where it is the token that one is signed in with."""
    if signed.token_id and signed.token_id == token_id:
        raise OwnAccess(f"you are signed in with {token_id}: revoking it ends this session, and whatever else uses it.")


def _same(signed: Signed, who: Principal) -> bool:
    return (signed.principal.kind, signed.principal.id) == (who.kind, who.id)
