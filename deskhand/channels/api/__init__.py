"""The HTTP door: questions in, answers as JSON or as server-sent events. It knows who asks from a bearer token,
and every error that leaves it is a problem+json.

Importing this room imports FastAPI, so the command line does it inside `deskhand serve` only.
"""

from deskhand.channels.api.app import create_app, describe
from deskhand.channels.api.rooms import Annex, Options, Rooms
from deskhand.channels.api.server import serve
from deskhand.channels.api.telemetry import switch_on_telemetry

__all__ = ["Annex", "Options", "Rooms", "create_app", "describe", "serve", "switch_on_telemetry"]
