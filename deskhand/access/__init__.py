"""Who people and services are, which groups they are in now, and the tokens, links and browsers
they sign in with.

Group membership is looked up when somebody reads, so taking a person out of a group holds at once; audiences are kept
as lists of members for the same reason.
"""

from deskhand.access.directory import Directory
from deskhand.access.entries import group_name, parse_access, person_id, service_id
from deskhand.access.listing import Listing, load_people
from deskhand.access.people_records import GroupSize, Listed, TokenState
from deskhand.access.sessions import Session, Sessions
from deskhand.access.tokens import SCOPES, Scope, Signed, Token

__all__ = [
    "SCOPES",
    "Directory",
    "GroupSize",
    "Listed",
    "Listing",
    "Scope",
    "Session",
    "Sessions",
    "Signed",
    "Token",
    "TokenState",
    "group_name",
    "load_people",
    "parse_access",
    "person_id",
    "service_id",
]
