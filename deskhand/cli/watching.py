"""Answers on a terminal: as they grow, with the steps as signs of life, and as they stand, with their sources."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from deskhand.nouns import Answer, StreamEvent


class Watched:
    """One run while it is carried: what it does now, and its draft so far."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.doing = "on record; waiting for its turn"
        self.passages = 0
        self.draft = ""
        self._spinner = Spinner("dots", style="cyan")

    def take(self, event: StreamEvent) -> None:
        """Note what the event says; an unknown type is passed over."""
        match event.type:
            case "accepted":
                self.doing = "reading the question"
            case "searching":
                sources = event.data.get("sources")
                self.doing = f"searching {sources} sources" if sources and sources > 1 else "searching the library"
            case "passage":
                self.passages += 1
                self.doing = f"reading {self.passages} passages"
            case "token":
                self.doing = "writing (sources are checked at the end)"
                self.draft += str(event.data.get("text", ""))
            case "checking" | "citation":
                self.doing = "checking sources"
            case "restarted":
                self.doing, self.draft, self.passages = "carrying on after an interruption", "", 0

    def __rich__(self) -> RenderableType:
        self._spinner.update(text=Text(self.doing, style="dim"))
        return Group(self._spinner, Text(self.draft))


def side_by_side(watched: Sequence[Watched]) -> RenderableType:
    """Several runs beside each other; one alone without a frame."""
    if len(watched) == 1:
        return watched[0]
    return _beside([(each.label, each) for each in watched])


def answers(labels: Sequence[str], ended: Sequence[Answer | Exception]) -> RenderableType:
    """Answers with their sources; several beside each other under their labels."""
    drawn = [_ended(end) for end in ended]
    return drawn[0] if len(drawn) == 1 else _beside(list(zip(labels, drawn, strict=True)))


def _beside(parts: Sequence[tuple[str, RenderableType]]) -> RenderableType:
    grid = Table.grid(expand=True)
    for _ in parts:
        grid.add_column(ratio=1)
    grid.add_row(*(Panel(part, title=label, title_align="left") for label, part in parts))
    return grid


def _ended(end: Answer | Exception) -> RenderableType:
    if isinstance(end, Exception):
        return Text(f"No answer: {end}", style="red")
    parts: list[RenderableType] = [Text(end.text)]
    if end.citations:
        parts.append(Text("\nSources", style="bold"))
    for cited in end.citations:
        place = f", {cited.place}" if cited.place else ""
        parts.append(Text(f"[{cited.number}] {cited.title}{place} (version {cited.version})"))
        if cited.url:
            # An address that is cut off leads nowhere.
            parts.append(Padding(Text(cited.url, style="cyan", overflow="fold"), (0, 0, 0, 4)))
        parts.append(Padding(Text(f"“{cited.quote}”", style="dim"), (0, 0, 0, 4)))
    parts.extend(Text(f"Note: {notice}", style="yellow") for notice in end.notices)
    return Group(*parts)
