"""``altmount demo``: a film of our own, on a news server of our own, playing at once."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from altmount.errors import PermanentError, TemporaryError

_FILM = Path(__file__).with_name("film.mp4")
_ARTICLE_BYTES = 100_000
_SPLIT_BYTES = 700_000
_READY_SECONDS = 30.0
_PATIENCE_SECONDS = 10.0


class DemoError(PermanentError):
    """The demo does not work here."""


async def demo(folder: Path, port: int) -> int:
    """Show the main job: post, import, serve; until Ctrl-C. The exit code."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 nothing else runs yet
    async with AsyncExitStack() as stack:
        news = await stack.enter_async_context(_news_server())
        print(f"A news server of our own runs on port {news['ports'][0]}.", flush=True)
        nzbs = await _post(news["control_port"], folder)
        config = folder / "config.yaml"
        password = _settings(config, news["ports"][0], port)
        await stack.enter_async_context(_server(config, port))
        for nzb in nzbs:
            await _run("import", "--config", str(config), str(nzb), "--category", "Movies")
        _explain(port, password, folder)
        await stopped.wait()
        print("\nEnding.", flush=True)
    return 0


async def _post(control_port: int, folder: Path) -> list[Path]:
    """Post the film, once whole and once split; the NZBs."""
    parts = folder / "parts"
    parts.mkdir(exist_ok=True)
    film = _FILM.read_bytes()
    split = []
    for number, start in enumerate(range(0, len(film), _SPLIT_BYTES), start=1):
        path = parts / f"split-film.mp4.{number:03}"
        path.write_bytes(film[start : start + _SPLIT_BYTES])
        split.append(path)
    posts = {"Demo Film": [_FILM], "Demo Film (split)": split}
    reader, writer = await asyncio.open_connection("127.0.0.1", control_port)
    nzbs = []
    for title, paths in posts.items():
        nzb = folder / f"{title}.nzb"
        order = {
            "op": "post",
            "paths": [str(path) for path in paths],
            "article_size": _ARTICLE_BYTES,
            "nzb": str(nzb),
        }
        writer.write(json.dumps(order).encode() + b"\n")
        answer = json.loads(await reader.readline())
        if not answer.get("ok"):
            raise DemoError(f"the news server does not take the film: {answer.get('error')}")
        nzbs.append(nzb)
    writer.close()
    await writer.wait_closed()
    return nzbs


def _settings(config: Path, news_port: int, port: int) -> str:
    """Write the settings, as a user would; the password in them."""
    password = secrets.token_urlsafe(9)
    settings: dict[str, Any] = {
        "webdav": {"port": port, "user": "demo", "password": password},
        "providers": [{"id": "demo", "host": "127.0.0.1", "port": news_port, "max_connections": 8}],
        "log": {"level": "warn"},
    }
    config.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    config.chmod(0o600)
    return password


def _explain(port: int, password: str, folder: Path) -> None:
    plain = _url(port, password, "Demo Film/Demo Film.mp4")
    split = _url(port, password, "Demo Film (split)/Demo Film (split).mp4")
    print(
        f"""
The film is on the news server alone, and plays at once:

  {plain}
  {split}    (posted as a set of .001 files)

Login: user "demo", password "{password}".

  browser   open the first URL, and jump about in it
  mpv       mpv "{plain}"
  ffprobe   ffprobe "{plain}"
  curl      curl -r 1000000-1000015 "{plain}" | xxd

Settings, NZBs and library are in {folder}.
Ctrl-C ends everything.""",
        flush=True,
    )


def _url(port: int, password: str, path: str) -> str:
    login = f"demo:{quote(password)}"
    return f"http://{login}@127.0.0.1:{port}/files/complete/Movies/{quote(path)}"


@asynccontextmanager
async def _news_server() -> AsyncIterator[dict[str, Any]]:
    """A news server in a process of its own; the ports it says it has."""
    arguments = ["newsserver", "--port", "0", "--control-port", "0", "--json"]
    async with _process(*arguments, stdout=PIPE) as process:
        assert process.stdout is not None  # noqa: S101 it was asked for
        for _ in range(2):  # a line for people, a line for programs
            line = await asyncio.wait_for(process.stdout.readline(), _READY_SECONDS)
        if not line:
            raise DemoError("the news server has not started")
        ports: dict[str, Any] = json.loads(line)
        yield ports


@asynccontextmanager
async def _server(config: Path, port: int) -> AsyncIterator[None]:
    """The program itself, once it is ready."""
    async with _process("serve", "--config", str(config)) as process:
        async with asyncio.timeout(_READY_SECONDS):
            while not await _ready(port):
                if process.returncode is not None:
                    raise DemoError("the server has not started; see above")
                await asyncio.sleep(0.05)
        if process.returncode is not None:
            raise DemoError(f"another program serves on port {port}; name another with --port")
        yield


async def _ready(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(b"GET /ready HTTP/1.0\r\n\r\n")
        return b" 200 " in await reader.readline()
    finally:
        writer.close()


async def _run(*arguments: str) -> None:
    async with _process(*arguments) as process:
        if await process.wait() != 0:
            raise TemporaryError(f"`altmount {arguments[0]}` failed; see above")


@asynccontextmanager
async def _process(*arguments: str, stdout: int | None = None) -> AsyncIterator[Process]:
    """A command of this program in a process of its own, ended when the block is left.

    It has a session of its own, so that Ctrl-C reaches it only through us, in order.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "altmount",
        *arguments,
        stdout=stdout,
        start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _PATIENCE_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()
