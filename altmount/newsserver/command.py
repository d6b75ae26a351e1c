"""``altmount newsserver``: a news server of one's own, to try things and to reproduce faults."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import re
import signal
import sys
import typing
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TextIO

from altmount.errors import AltmountError, InvalidRequestError
from altmount.newsserver.certificate import context_from
from altmount.newsserver.control import ControlPort
from altmount.newsserver.knobs import Knobs, fault_of, turned
from altmount.newsserver.orders import write_nzb
from altmount.newsserver.posting import Envelope, Posting
from altmount.newsserver.server import NewsServer
from altmount.newsserver.synthetic import SyntheticPosting
from altmount.newsserver.yenc import ARTICLE_SIZE

_SIZE = re.compile(r"(\d{1,18})([KMGT]?)", re.IGNORECASE | re.ASCII)
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}

_KNOBS_HELP = {
    "latency": "seconds from a command to its answer, as a round trip would take",
    "jitter": "seconds added to that at most, at random",
    "connection_rate": "bytes per second that a connection sends at most",
    "total_rate": "bytes per second that all connections together send at most",
    "connection_cap": "connections that may be open at once",
    "cap_code": "the status that greets a connection beyond the cap",
    "cap_text": "the words after it",
    "greeting_code": "the status of the greeting; from 400 on the connection is then closed",
    "silent_greeting": "accept connections and say nothing",
    "username": "who must log in",
    "password": "the password for that",
    "login_code": "the status that answers each password, right or wrong",
    "silent_login": "never answer a password",
    "close_after": "answers after which a connection is closed",
    "idle_timeout": "seconds without a command after which a connection is closed",
    "seed": "of everything that happens at random",
}


def parse_size(text: str) -> int:
    """A number of bytes; K, M, G and T stand for powers of 1,000.

    Raises:
        ValueError: It is none.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"not a size: {text!r}")
    return int(match[1]) * _UNITS[match[2].upper()]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.description = "Serve articles over NNTP, and misbehave on request."
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--port", type=int, nargs="*", default=[0], help="ports without TLS; 0 takes a free one"
    )
    parser.add_argument("--tls-port", type=int, nargs="*", default=[], help="ports with TLS")
    parser.add_argument("--certificate", type=Path, help="PEM file; one is made by default")
    parser.add_argument("--key", type=Path, help="PEM file of the certificate's key")
    parser.add_argument("--control-port", type=int, help="take orders as JSON lines, on loopback")
    parser.add_argument(
        "--json", action="store_true", help="print the ports as a line of JSON, too"
    )
    posts = parser.add_argument_group("posts")
    posts.add_argument("--post", type=Path, nargs="+", default=[], help="files to post together")
    posts.add_argument(
        "--synthetic",
        type=parse_size,
        nargs="+",
        default=[],
        metavar="SIZE",
        help="sizes of made-up files to post together, such as 100G; they take no space",
    )
    posts.add_argument("--seed-from", type=int, default=1, help="seed of the first made-up file")
    posts.add_argument("--article-size", type=parse_size, default=ARTICLE_SIZE)
    posts.add_argument("--nzb", type=Path, help="where to write the NZB of the post")
    knobs = parser.add_argument_group("behaviour")
    for name, kind in typing.get_type_hints(Knobs).items():
        if name not in _KNOBS_HELP:
            continue
        option, shown = f"--{name.replace('_', '-')}", _KNOBS_HELP[name]
        if kind is bool:
            knobs.add_argument(option, action="store_true", default=None, help=shown)
        else:
            knobs.add_argument(option, type=kind, help=shown)
    knobs.add_argument(
        "--fault",
        type=json.loads,
        action="append",
        default=[],
        metavar="JSON",
        help='what is wrong with which articles: {"kind": "missing", "pattern": "s1.*"}',
    )


async def run(arguments: argparse.Namespace, output: TextIO | None = None) -> int:
    """Serve until SIGINT or SIGTERM; the exit code."""
    output = output or sys.stdout
    try:
        return await _serve(arguments, output)
    except (AltmountError, OSError) as error:
        sys.stderr.write(f"altmount newsserver: {error}\n")
        return 2


async def _serve(arguments: argparse.Namespace, output: TextIO) -> int:
    knobs = _knobs(arguments)
    tls = None
    if arguments.certificate or arguments.key:
        if not (arguments.certificate and arguments.key):
            raise InvalidRequestError("a certificate and its key go together")
        tls = context_from(arguments.certificate, arguments.key)
    server = NewsServer(
        knobs, host=arguments.host, ports=arguments.port, tls_ports=arguments.tls_port, tls=tls
    )
    _post(server, arguments)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(server)
        ready: dict[str, Any] = {
            "host": server.host,
            "ports": server.ports,
            "tls_ports": server.tls_ports,
        }
        if arguments.control_port is not None:
            control = await stack.enter_async_context(ControlPort(server, arguments.control_port))
            ready["control_port"] = control.port
        # Before anyone is told, so that whoever was told may stop us at once.
        stopped = _stopped(stack)
        words = [f"news server on {server.host}"]
        words += [f"port {port}" for port in server.ports]
        words += [f"port {port} (TLS)" for port in server.tls_ports]
        if "control_port" in ready:
            words.append(f"control port {ready['control_port']}")
        output.write(", ".join(words) + "\n")
        if arguments.json:
            output.write(json.dumps(ready) + "\n")
        output.flush()
        await stopped.wait()
    return 0


def _knobs(arguments: argparse.Namespace) -> Knobs:
    given = {name: getattr(arguments, name) for name in _KNOBS_HELP}
    changes = {name: value for name, value in given.items() if value is not None}
    knobs = turned(Knobs(), changes)
    return dataclasses.replace(knobs, faults=tuple(map(fault_of, arguments.fault)))


def _post(server: NewsServer, arguments: argparse.Namespace) -> None:
    envelope = Envelope(arguments.article_size)
    postings: list[Posting] = [server.spool.post_file(path, envelope) for path in arguments.post]
    postings += [
        SyntheticPosting(arguments.seed_from + index, size, envelope)
        for index, size in enumerate(arguments.synthetic)
    ]
    if arguments.nzb and not postings:
        raise InvalidRequestError("--nzb writes the NZB of a post: give --post or --synthetic")
    if arguments.nzb:
        write_nzb(postings, {}, arguments.nzb)


def _stopped(stack: AsyncExitStack) -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
        stack.callback(loop.remove_signal_handler, number)
    return stopped
