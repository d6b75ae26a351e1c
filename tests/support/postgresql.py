"""A PostgreSQL server of the tests' own: in a temporary folder, on a Unix socket, without fsync."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest

_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "listen_addresses": "",
    "max_connections": "40",
    "shared_buffers": "16MB",
    "log_min_messages": "fatal",
}


def programs() -> Path | None:
    """The folder of the server's programs, which Debian keeps off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if found:
        return found[-1].parent
    there = shutil.which("initdb")
    return Path(there).parent if there else None


def _version(path):
    return float(path.parts[-3])


class PostgresqlServer:
    """A server, and databases in it that are empty or at the newest revision."""

    def __init__(self, folder: Path, bin_folder: Path, user: str | None) -> None:
        self.folder = folder
        self.bin = bin_folder
        self._user = user
        self._numbers = count(1)
        self._process = None
        self._admin = None
        self._dropped = []

    def make(self) -> None:
        data = self.folder / "data"
        # A user whose name is not the system's, so that a test cannot reach another server.
        options = ["--username=altmount", "--auth=trust", "--encoding=UTF8", "--no-sync"]
        # Whatever the locale, names are in the order of their bytes: see the tests of listings.
        self._run("initdb", *options, "--locale=C.UTF-8", "--pgdata", str(data))

    def start(self) -> None:
        settings = [f"-c{name}={value}" for name, value in _SETTINGS.items()]
        sockets = f"-cunix_socket_directories={self.folder}"
        data = str(self.folder / "data")
        self._process = subprocess.Popen(
            [self.bin / "postgres", "-D", data, sockets, *settings],
            user=self._user,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
        )
        for _ in range(300):
            try:
                self._admin = psycopg.connect(self.dsn("postgres"), autocommit=True)
            except psycopg.OperationalError:
                assert self._process.poll() is None, "the server has ended"
                try:
                    self._process.wait(0.05)
                except subprocess.TimeoutExpired:
                    continue
            else:
                return
        pytest.fail("the PostgreSQL server does not answer")

    def kill(self) -> None:
        """End it without a word to anyone, as a crash does."""
        self._end(signal.SIGQUIT)

    def stop(self) -> None:
        self._end(signal.SIGINT)

    def _end(self, number) -> None:
        if self._process is None:
            return
        if self._admin is not None:
            self._admin.close()
            self._admin = None
        self._process.send_signal(number)
        self._process.wait(30)
        self._process = None

    def database(self, template: str = "template0", **options) -> str:
        """Make a database, and say how to reach it."""
        name = f"t{next(self._numbers)}"
        while len(self._dropped) > 1:
            self._admin.execute(f"DROP DATABASE IF EXISTS {self._dropped.pop(0)} WITH (FORCE)")
        said = " ".join(f"{key} {value}" for key, value in options.items())
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} {said}")
        return self.dsn(name)

    def drop(self, dsn: str) -> None:
        """Drop a database a little later: the server waits for connections that are just ending."""
        self._dropped.append(dsn.partition("?")[0].rpartition("/")[2])

    def dsn(self, name: str) -> str:
        return f"postgresql://altmount@/{name}?host={self.folder}"

    def execute(self, dsn: str, statement: str):
        with psycopg.connect(dsn, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def program(self, name, *arguments):
        """Run one of its programs, as who the tests run as."""
        command = [self.bin / name, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def _run(self, program, *arguments) -> None:
        run = subprocess.run(
            [self.bin / program, *arguments],
            user=self._user,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            pytest.fail(f"{program}: {run.stdout}{run.stderr}")


@contextmanager
def server():
    """A server of one's own, until the block is left."""
    bin_folder = programs()
    if bin_folder is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed: .ci/setup tools")
        pytest.skip("PostgreSQL is not installed: .ci/setup tools")
    folder = Path(tempfile.mkdtemp(prefix="altmount-pg-"))
    user = None
    if os.geteuid() == 0:  # which the server refuses to run as
        user = "postgres"
        entry = pwd.getpwnam(user)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    one = PostgresqlServer(folder, bin_folder, user)
    try:
        one.make()
        one.start()
        yield one
    finally:
        one.stop()
        shutil.rmtree(folder, ignore_errors=True)
