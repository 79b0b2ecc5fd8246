"""Who may answer, and from what: the labels that a question can name."""

from __future__ import annotations

from fastapi import APIRouter

from deskhand.channels.api.models import Out
from deskhand.channels.api.rooms import Door
from deskhand.channels.api.signing import Asker

router = APIRouter(prefix="/v1", tags=["asking"])


class ModelLabel(Out):
    """A model that can be asked."""

    label: str
    """What `models` of a question takes."""
    name: str
    """What `model` of its answers says; "quotes" answers in the library's own words, without a model."""
    default: bool
    """Whether it answers when no model is named."""


class LibraryLabel(Out):
    """A part of the library that can be asked."""

    label: str
    """What `libraries` of a question takes."""


class LabelsOut(Out):
    """Every label that a question can name."""

    models: list[ModelLabel]
    """The default first."""
    libraries: list[LibraryLabel]
    """Parts of the library; none where it has no parts, and is always asked as a whole."""


@router.get("/labels")
async def labels(door: Door, reader: Asker) -> LabelsOut:
    """The models and the parts of the library that a question can be put to, side by side."""
    asking = door.rooms.asking
    models = [
        ModelLabel(label=label, name=name, default=place == 0)
        for place, (label, name) in enumerate(asking.models.items())
    ]
    return LabelsOut(models=models, libraries=[LibraryLabel(label=label) for label in sorted(asking.libraries)])
