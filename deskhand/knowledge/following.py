"""The index follows the change log, and a new generation of it is built beside the one that serves.

All of this is synchronous and runs in the library's own threads; one lock lets one writer in at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from deskhand.catalog.changes import latest_change, read_changes
from deskhand.errors import Conflict
from deskhand.knowledge import records
from deskhand.knowledge.fusion import Spread
from deskhand.knowledge.home import Home
from deskhand.knowledge.index import Index, IndexView, State
from deskhand.knowledge.thrift import give_back
from deskhand.store import Database

__all__ = ["Follower"]

BATCH = 200
"""Documents read at once."""

GROUP_SECONDS = 0.4
"""Changes that come in this time share a commit, which costs more than they do."""

Progress = Callable[[int, int], None]


class Follower:
    """The index of this process, kept up with the database; `embedder` is "" where there is none."""

    def __init__(self, database: Database, directory: Path, embedder: str, dimensions: int) -> None:
        self._database = database
        self._embedder, self._dimensions = embedder, dimensions
        self._writing, self._building = threading.Lock(), threading.Lock()
        self._closing = False
        self._home = Home(directory)
        with database.writing() as connection:
            self._library = records.library_id(connection)
        try:
            self._index = self._opened()
        except BaseException:
            self._home.close()
            raise
        give_back()

    @property
    def view(self) -> IndexView:
        return self._index.view

    @property
    def up_to_date(self) -> bool:
        """Whether the index holds the vectors of the embedder that is set now."""
        return not self._embedder or self._index.state.embedder == self._embedder

    @property
    def wasteful(self) -> bool:
        return self._index.wasteful

    @property
    def needs_spread(self) -> bool:
        return self._index.needs_spread

    def set_spread(self, embedder: str, spread: Spread) -> None:
        with self._writing:
            if self._index.state.embedder == embedder:
                self._index.set_spread(spread)

    def step(self) -> bool:
        """Apply what changed, in one commit; False when there was nothing."""
        with self._writing:
            moved = _catch_up(self._database, self._index, GROUP_SECONDS)
        if moved:
            give_back()
        return moved

    def rebuild(self, progress: Progress | None = None) -> int:
        """Build a new generation, with the vectors of the embedder that is set now, and let it take over; how many
        passages it has. The one before serves, and follows, until then."""
        with self._building:
            return self._rebuilt(progress)

    def _rebuilt(self, progress: Progress | None) -> int:
        with self._database.reading() as connection:
            start, total = latest_change(connection), records.count_passages(connection)
        directory = self._home.new()
        index = Index.create(directory, self._new_state(start))
        try:
            done = self._fill(index, total, progress)
            index.commit(start)
            while _catch_up(self._database, index, GROUP_SECONDS):
                self._go_on()
            with self._writing:
                self._go_on()
                _catch_up(self._database, index, 60.0)
                self._home.switch(directory)
                old, self._index = self._index, index
        except BaseException:
            index.close()
            raise
        old.close()
        self._home.clear(keep=directory)
        give_back()
        return done

    def _go_on(self) -> None:
        if self._closing:
            raise Conflict("the library was closed while its index was rebuilt; the one before serves on.")

    def close(self) -> None:
        """Let go of the files; a rebuild under way is given up first."""
        self._closing = True
        with self._building, self._writing:
            self._index.close()
            self._home.close()

    def _opened(self) -> Index:
        current = self._home.current()
        self._home.clear(keep=current)
        found = Index.open(current, self._library) if current else None
        with self._database.reading() as connection:
            latest = latest_change(connection)
        # An index ahead of its database was made before a backup of it was brought back.
        if found is not None and found.state.applied <= latest:
            return found
        if found is not None:
            found.close()
        directory = self._home.new()
        made = Index.create(directory, self._new_state(0))
        self._home.switch(directory)
        self._home.clear(keep=directory)
        return made

    def _new_state(self, applied: int) -> State:
        return State(self._library, self._embedder, self._dimensions if self._embedder else 0, applied)

    def _fill(self, index: Index, total: int, progress: Progress | None) -> int:
        done, after = 0, ""
        while True:
            self._go_on()
            with self._database.reading() as connection:
                ids = records.live_documents(connection, after, BATCH)
                entries = records.load_entries(connection, ids, index.state.embedder) if ids else []
            if not ids:
                return done
            index.apply(entries, new=True)
            done, after = done + sum(len(entry.parts) for entry in entries), ids[-1]
            if progress is not None:
                progress(done, max(total, done))


def _catch_up(database: Database, index: Index, seconds: float) -> bool:
    """Apply changes for up to `seconds` and commit them; False when there were none."""
    applied, until = index.state.applied, time.monotonic() + seconds
    while True:
        with database.reading() as connection:
            changes = read_changes(connection, applied, BATCH)
            ids = [document for _, document in changes]
            entries = records.load_entries(connection, ids, index.state.embedder) if ids else []
        if changes:
            index.apply(entries)
            applied = changes[-1][0]
        if len(changes) < BATCH or time.monotonic() > until:
            break
    if applied == index.state.applied:
        return False
    index.commit(applied)
    return True
