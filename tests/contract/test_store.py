"""The database promises the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from deskhand.errors import BadSettings
from deskhand.store import Connection, Database


def make(connection: Connection) -> None:
    connection.execute(sa.text("CREATE TABLE thing (name TEXT PRIMARY KEY)"))


def put(connection: Connection, name: str, then: Exception | None = None) -> None:
    connection.execute(sa.text("INSERT INTO thing VALUES (:name)"), {"name": name})
    if then:
        raise then


def names(connection: Connection) -> list[str]:
    return list(connection.execute(sa.text("SELECT name FROM thing ORDER BY name")).scalars())


async def test_what_is_written_is_read_back(database: Database) -> None:
    await database.write(make)
    await database.write(put, "one")

    assert await database.read(names) == ["one"]


async def test_an_error_leaves_nothing_half_written(database: Database) -> None:
    await database.write(make)

    with pytest.raises(KeyError):
        await database.write(put, "one", then=KeyError("stop"))

    assert await database.read(names) == []


async def test_a_reading_transaction_writes_nothing(database: Database) -> None:
    await database.write(make)
    await database.read(put, "one")

    assert await database.read(names) == []


def test_times_come_back_in_utc_whatever_zone_the_server_is_in(postgres_url: str) -> None:
    asked = sa.text("SELECT CAST('2026-07-01 12:00:00+00' AS TIMESTAMPTZ)")
    database = Database(postgres_url)
    with database.writing() as connection:
        connection.execute(sa.text(f"ALTER DATABASE {database.url.database} SET timezone TO 'Europe/Berlin'"))
    database.close()
    database = Database(postgres_url)

    with database.reading() as connection:
        found = connection.execute(asked).scalar_one()
    database.close()

    assert found.isoformat() == "2026-07-01T12:00:00+00:00"


def test_an_unknown_database_is_named_with_what_to_do() -> None:
    with pytest.raises(BadSettings, match=r"mysql.*must be sqlite"):
        Database("mysql://x/y")


def test_a_server_that_is_gone_is_noticed_in_seconds_unless_the_address_says_otherwise(
    database: Database, database_url: str
) -> None:
    if database.is_sqlite:
        assert "?" not in str(database.url)
        return
    patient = Database(sa.make_url(database_url).update_query_dict({"keepalives_idle": "99"}).render_as_string(False))

    told = []
    for each in (database, patient):
        with each.reading() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            told.append(driver.info.get_parameters())
    patient.close()

    assert [each["keepalives_idle"] for each in told] == ["15", "99"]
    assert [each["tcp_user_timeout"] for each in told] == ["30000", "30000"]
