"""The database with whom and what it knows: quick to open, for looking things up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import sqlalchemy
import sqlalchemy.exc

from deskhand.access import Directory, Sessions
from deskhand.catalog import Catalog
from deskhand.errors import BadSettings
from deskhand.redaction import DEFAULT, Redactor
from deskhand.redaction.options import Modes
from deskhand.redaction.pseudonyms import Key
from deskhand.settings import Settings
from deskhand.store import Database
from deskhand.store.migrate import migrate

if TYPE_CHECKING:
    from deskhand.redaction.vault import Vault

IMPATIENT = {"connect_timeout": "3", "tcp_user_timeout": "4000"}
"""How long a caller's function waits for PostgreSQL's server before it is taken for gone (seconds, milliseconds)."""


@dataclass(frozen=True)
class Ground:
    """The database, and what can be looked up and changed in it without carrying runs."""

    settings: Settings
    database: Database
    directory: Directory
    catalog: Catalog
    redactor: Redactor

    @property
    def sessions(self) -> Sessions:
        """The browsers that are signed in."""
        return Sessions(self.database, life=timedelta(hours=self.settings.console.hours))

    @property
    def vault(self) -> Vault:
        """The values that redaction keeps sealed."""
        return vault_of(self.settings, self.database, self.catalog)


@contextmanager
def open_ground(settings: Settings) -> Iterator[Ground]:
    """The database, migrated to this release. Raises `BadSettings`."""
    database = open_database(settings)
    try:
        yield Ground(settings, database, Directory(database), Catalog(database), redactor_of(settings))
    finally:
        database.close()


def open_database(settings: Settings) -> Database:
    """Opened and migrated; what an operator can get wrong is said in a sentence, without a password."""
    try:
        # All that anybody may read is in there: it is this user's alone, unless it was made for others before.
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadSettings(
            f"home is {str(settings.home)!r}, which cannot be made a folder ({_reason(error)}); "
            "name one that may be written, by --home or DESKHAND_HOME."
        ) from None
    database = None
    try:
        database = Database(settings.address, synchronous=synchronous(settings))
        migrate(database)
    except sqlalchemy.exc.ArgumentError:
        raise _no_address() from None
    except sqlalchemy.exc.DBAPIError as error:
        if database is None:
            raise
        database.close()
        what = (
            "It must be a SQLite file that this process may write; restore a backup, or name another home."
            if database.is_sqlite
            else "Check database_url, and that the server runs and lets this user in."
        )
        where = database.url.set(query={}).render_as_string(hide_password=True)
        raise BadSettings(f"the database {where} cannot be opened: {_reason(error.orig)}. {what}") from None
    return database


def shared_database(settings: Settings) -> Database:
    """One that others keep: a call that it does not answer fails in seconds."""
    if settings.database_url is None:
        raise BadSettings(
            "database_url is not set, so there is no database to share with a desk; set DESKHAND_DATABASE_URL to its "
            "PostgreSQL, or DESKHAND_URL and DESKHAND_TOKEN to reach the desk over HTTP."
        )
    try:
        url = sqlalchemy.make_url(settings.address)
    except sqlalchemy.exc.ArgumentError:
        raise _no_address() from None
    if url.get_backend_name() == "postgresql":
        url = url.set(query={**IMPATIENT, **url.query})
    return Database(url.render_as_string(hide_password=False), threads=2)


def _no_address() -> BadSettings:
    return BadSettings(
        "database_url is no address of a database; write postgresql+psycopg://USER:PASSWORD@HOST/NAME, or leave it "
        "out. See docs/reference/settings.md#database_url."
    )


def _reason(error: BaseException | None) -> str:
    """The first line of what the system or the database says, which names no data."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return next(iter(str(error).splitlines()), type(error).__name__)


def synchronous(settings: Settings) -> Literal["FULL", "NORMAL"]:
    return "FULL" if settings.durability == "full" else "NORMAL"


def redactor_of(settings: Settings) -> Redactor:
    """Raises `BadSettings`, also for own detectors that fail their examples."""
    from deskhand.redaction.own_reading import load_detectors

    chosen = settings.redaction
    own = load_detectors(chosen.detectors_file) if chosen.detectors_file else ()
    kinds = DEFAULT | {each.name for each in own} if chosen.kinds is None else frozenset(chosen.kinds)
    return Redactor(
        kinds,
        names=_lines(chosen.names_file, "names_file") if chosen.names_file else (),
        users=_lines(chosen.users_file, "users_file") if chosen.users_file else (),
        recognizer=chosen.recognizer,
        modes=Modes("numbered" if chosen.numbered else chosen.mode, chosen.modes),
        key=Key.of(chosen.key.get_secret_value()) if chosen.key else None,
        own=own,
        domains=chosen.domains,
        engine=chosen.engine,
    )


def vault_of(settings: Settings, database: Database, catalog: Catalog) -> Vault:
    """The values that redaction keeps sealed; without a key it opens none. Raises `BadSettings` for a key too short."""
    from deskhand.redaction.vault import Safe, Vault

    chosen = settings.redaction
    former = [Key.of(key.get_secret_value(), "redaction.former_keys") for key in chosen.former_keys]
    safe = Safe(Key.of(chosen.key.get_secret_value()), former) if chosen.key else None
    return Vault(database, safe, chosen.reveal_group, readable=catalog.readable)


def _lines(file: Path, setting: str) -> list[str]:
    try:
        return [line.strip() for line in file.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(
            f"redaction.{setting} is {str(file)!r}, which cannot be read ({type(error).__name__}); "
            "it must be a UTF-8 text file with one name a line."
        ) from None
