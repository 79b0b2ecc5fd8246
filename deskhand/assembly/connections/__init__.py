"""What a desk is connected with, and how each is tried: for `deskhand settings check`, and for an administrator over
HTTP. Nothing in here shows a secret, and nothing is tried before it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskhand.assembly.connections.doors import doors
from deskhand.assembly.connections.inside import guards, inside
from deskhand.assembly.connections.models import models, try_model
from deskhand.assembly.connections.tickets import notices, tools, ways_in
from deskhand.channels.connected import Setup

if TYPE_CHECKING:
    from deskhand.assembly.desk import Desk
    from deskhand.channels.connected import Connected

__all__ = ["connections", "setup_of", "try_model"]


def connections(desk: Desk) -> tuple[Connected, ...]:
    """Everything that the desk is connected with, and what it could be, in the order in which it is shown."""
    return (*inside(desk), *models(desk), *guards(desk), *doors(desk), *ways_in(desk), *notices(desk), *tools(desk))


def setup_of(desk: Desk) -> Setup:
    """How the desk is set up, as an administrator is told."""
    from deskhand.assembly.connections.versions import versions
    from deskhand.settings import settings_file
    from deskhand.settings.showing import shown_settings

    file = settings_file()
    return Setup(
        connections(desk),
        tuple(each.told() for each in shown_settings(desk.settings)),
        str(file.absolute()) if file.is_file() else None,
        versions(desk.database),
    )
