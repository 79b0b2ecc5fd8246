"""A database is brought to this release's tables once, whoever comes first, and never taken further back."""

from __future__ import annotations

import importlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

import deskhand
from deskhand.errors import BadSettings
from deskhand.nouns import Verdict
from deskhand.store import Database, metadata
from deskhand.store.migrate import HEAD, configuration, current, migrate
from deskhand.ticketing import audit_records

PACKAGE = Path(deskhand.__file__).parent


@pytest.fixture(autouse=True)
def bare(empty: None) -> None:
    """No database has tables but those that its test makes."""


@pytest.fixture(scope="module", autouse=True)
def every_table() -> None:
    for file in PACKAGE.rglob("*records.py"):
        importlib.import_module("deskhand." + ".".join(file.relative_to(PACKAGE).with_suffix("").parts))


def test_the_migrations_make_the_tables_that_the_rooms_declare(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    migrate(database)

    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_second_start_has_nothing_to_do(database: Database) -> None:
    assert migrate(database)
    assert not migrate(database)


def test_head_is_the_newest_script() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory.from_config(configuration()).get_current_head() == HEAD


def test_processes_that_start_at_once_migrate_once(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(migrate, databases))
    with databases[0].reading() as connection:
        at = current(connection)
    for database in databases:
        database.close()

    assert (sum(made), at) == (1, HEAD)


@pytest.mark.parametrize("spoil", ["UPDATE audit SET body = '{}'", "DELETE FROM audit"])
def test_the_audit_log_of_a_migrated_database_is_only_ever_added_to(database: Database, spoil: str) -> None:
    migrate(database)
    with database.writing() as connection:
        audit_records.append(connection, ticket="t", run="", by="system", kind="note", body={})

    with database.writing() as connection, pytest.raises(sa.exc.DBAPIError, match="only ever added to"):
        connection.execute(sa.text(spoil))


@pytest.fixture
def newer(database: Database) -> Database:
    migrate(database)
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    return database


def test_a_database_of_a_newer_release_is_refused_and_left_as_it_is(newer: Database) -> None:
    with pytest.raises(BadSettings, match=r"'9999'.*newer"):
        migrate(newer)

    with newer.reading() as connection:
        assert current(connection) == "9999"


FIRST = "0001"


def to(database: Database, revision: str, *, down: bool = False) -> None:
    from alembic import command

    config = configuration()
    with database.writing() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)


@pytest.fixture
def with_data(database: Database) -> Database:
    """A database of the first release, with a question in it."""
    to(database, FIRST)
    at = "2026-01-01 12:00:00"
    with database.writing() as connection:
        connection.execute(
            sa.text("INSERT INTO conversations VALUES ('c1', 'person:ana@example.com', 'api', 'How long?', :at, :at)"),
            {"at": at},
        )
        connection.execute(
            sa.text(
                "INSERT INTO questions (run, conversation, position, asker, door, label, text, language, state, asked, "
                "error) VALUES ('a1', 'c1', 1, 'person:ana@example.com', 'api', 'quotes', 'How long?', 'en', "
                "'finished', :at, '')"
            ),
            {"at": at},
        )
    return database


def test_what_an_older_release_wrote_is_there_after_the_migration(with_data: Database) -> None:
    from deskhand.answering import records

    assert migrate(with_data)

    with with_data.writing() as connection:
        row = records.question(connection, "a1")
        assert row is not None
        assert (row.text, row.audience, row.given) == ("How long?", None, None)
        assert records.put_verdict(connection, Verdict("a1", "person:ana@example.com", True))


def test_a_migration_taken_back_leaves_what_was_there_before(with_data: Database) -> None:
    migrate(with_data)

    to(with_data, FIRST, down=True)

    with with_data.reading() as connection:
        tables = set(sa.inspect(connection).get_table_names())
        columns = {column["name"] for column in sa.inspect(connection).get_columns("questions")}
        assert connection.execute(sa.text("SELECT text FROM questions")).scalar_one() == "How long?"
        assert current(connection) == FIRST
    assert tables.isdisjoint({"audiences", "verdicts", "slack_inbox", "contact_jobs", "tickets", "audit"})
    assert columns.isdisjoint({"audience", "given"})
    assert migrate(with_data)
