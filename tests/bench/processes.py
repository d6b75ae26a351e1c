"""The news server and the program, each in a process of its own that ends with its block."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

from tests.bench import procfs
from tests.bench.figures import BenchError

ROOT = Path(__file__).parents[2]

_READY_SECONDS = 30.0
_PATIENCE_SECONDS = 10.0
_LOOK_SECONDS = 0.002
_LONGEST_ANSWER = 1 << 26


class NewsServer:
    """A running news server, told what to do through its control port."""

    def __init__(self, ports: dict[str, Any], pid: int) -> None:
        self.pid = pid
        [self.port], [self.tls_port] = ports["ports"], ports["tls_ports"]
        self._control = socket.create_connection(("127.0.0.1", ports["control_port"]), 30)
        self._answers = self._control.makefile("rb")

    def order(self, op: str, **values: object) -> dict[str, Any]:
        """Have an order carried out; its result.

        Raises:
            BenchError: It was refused.
        """
        self._control.sendall(json.dumps({"op": op, **values}).encode() + b"\n")
        result = json.loads(self._answers.readline(_LONGEST_ANSWER))
        if not result["ok"]:
            raise BenchError(f"the news server refused {op}: {result['error']}")
        return result

    def turn(self, **knobs: Any) -> None:
        self.order("set", knobs=knobs)

    def counters(self) -> dict[str, Any]:
        return self.order("counters", articles=False)["counters"]

    def close(self) -> None:
        self._answers.close()
        self._control.close()


@dataclass(frozen=True, slots=True)
class Program:
    """The program, serving."""

    port: int
    start_seconds: float
    """From the start of its process to its first "ready"."""

    process: Popen

    @property
    def pid(self) -> int:
        return self.process.pid

    def cpu_seconds(self) -> float:
        return procfs.cpu_seconds(self.pid)

    def memory_mib(self) -> float:
        return procfs.memory_mib(self.pid)

    def peak_mib(self) -> float:
        return procfs.peak_mib(self.pid)

    def be_busy(self, busy: bool) -> None:
        """Start or end the busy thread, if it was started by `convoy_server`."""
        self.process.stdin.write(b"busy\n" if busy else b"idle\n")
        self.process.stdin.flush()
        self.process.stdout.readline()


@contextmanager
def news_server(folder: Path, name: str = "newsserver") -> Iterator[NewsServer]:
    """A news server; ``name`` tells what it says from what others do."""
    arguments = ["newsserver", "--port", "0", "--tls-port", "0", "--control-port", "0", "--json"]
    with _process(["-m", "altmount", *arguments], folder / f"{name}.err", stdout=PIPE) as process:
        process.stdout.readline()  # for people
        line = process.stdout.readline()
        if not line:
            raise BenchError(f"the news server has not started: {_end_of(folder, name)}")
        server = NewsServer(json.loads(line), process.pid)
        try:
            yield server
        finally:
            server.close()


@contextmanager
def program(folder: Path, news_port: int, *, tls: bool, busy: bool) -> Iterator[Program]:
    """The program with its library in ``folder``; ``busy`` has it take orders to be so."""
    module = ["-m", "tests.bench.convoy_server"] if busy else ["-m", "altmount", "serve"]
    pipes = {"stdin": PIPE, "stdout": PIPE} if busy else {}
    settings = {
        "providers": [
            {
                "id": "bench",
                "host": "127.0.0.1",
                "port": news_port,
                "tls": tls,
                "insecure_tls": tls,
                "max_connections": 20,
            }
        ]
    }
    with serving(folder, settings, module, **pipes) as served:
        yield served


@contextmanager
def serving(
    folder: Path, settings: Mapping[str, object], module: Sequence[str], **pipes: Any
) -> Iterator[Program]:
    """The program with its library in ``folder``, started as ``module``, on a port of its own."""
    port = _free_port()
    config = folder / "config.yaml"
    document = {
        "webdav": {"port": port},
        "auth": {"login_required": False},
        "metadata": {"root_path": str(folder / "metadata")},
        "database": {"path": str(folder / "altmount.db")},
        "log": {"level": "warn", "file": ""},
        **settings,
    }
    config.write_text(json.dumps(document), "utf-8")  # JSON is YAML too
    began = time.perf_counter()
    with _process([*module, "--config", str(config)], folder / "program.err", **pipes) as process:
        while not _ready(port):
            if process.poll() is not None or time.perf_counter() - began > _READY_SECONDS:
                raise BenchError(f"the program has not started: {_end_of(folder, 'program')}")
            time.sleep(_LOOK_SECONDS)
        yield Program(port, time.perf_counter() - began, process)
        if process.poll() is not None:
            raise BenchError(f"the program has ended: {_end_of(folder, 'program')}")


@contextmanager
def _process(arguments: Sequence[str], errors: Path, **pipes: Any) -> Iterator[Popen]:
    """A Python process. Ctrl-C reaches it only through us, in order.

    It keeps what it compiles, as it does with users: else each start would take as the first.
    """
    left_out = {"PORT", "PYTHONDONTWRITEBYTECODE"}
    environ = {
        name: value
        for name, value in os.environ.items()
        if name not in left_out and not name.startswith("ALTMOUNT_")
    }
    with errors.open("ab") as log:
        process = Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            stderr=log,
            start_new_session=True,
            env=environ,
            **pipes,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _ready(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(b"GET /ready HTTP/1.0\r\n\r\n")
            return b" 200 " in connection.recv(1024)
    except OSError:
        return False


def _end_of(folder: Path, name: str) -> str:
    return (folder / f"{name}.err").read_text("utf-8", "replace")[-2000:]
