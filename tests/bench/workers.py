"""Processes that measure: what they do there costs the others only its processor time."""

from __future__ import annotations

import multiprocessing
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, Self

from tests.bench.figures import BenchError

_CONTEXT = multiprocessing.get_context("spawn")
_SECONDS = 60.0
_orders: list[Connection] = []
"""In a worker: where it is told to stop."""


def stopped() -> bool:
    """In a worker: whether what it does is to end."""
    return _orders[0].poll()


class Worker:
    """A process that does one thing at a time, ended when its ``with`` is left."""

    def __init__(self) -> None:
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def call(self, work: Callable[..., Any], *args: Any, seconds: float = _SECONDS) -> Any:
        """Have something done, and its result.

        Raises:
            BenchError: It failed, or took too long.
        """
        self._ours.send((work, args))
        return self._result(seconds)

    @contextmanager
    def beside(self, work: Callable[..., Any], *args: Any, lead: float) -> Iterator[list[Any]]:
        """Have something done until the block is left, from ``lead`` seconds before it is entered.

        What is given is empty in the block, and holds the result after it.
        """
        self._ours.send((work, args))
        if self._ours.poll(lead):
            self._result(0)
            raise BenchError(f"{work.__name__} has ended early")
        results: list[Any] = []
        try:
            yield results
        finally:
            self._ours.send(None)
            results.append(self._result(_SECONDS))

    def _result(self, seconds: float) -> Any:
        try:
            if not self._ours.poll(seconds):
                raise TimeoutError
            well, result = self._ours.recv()
        except (EOFError, TimeoutError):
            # What it is at now must not be taken for an answer to what it is asked next.
            self._end()
            self._start()
            raise BenchError(f"a process that measures gave no result in {seconds:g} s") from None
        if not well:
            raise BenchError(result)
        return result

    def _start(self) -> None:
        self._ours, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def _end(self) -> None:
        self._process.terminate()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._ours.close()


def _serve(orders: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us ends us
    _orders.append(orders)
    while True:
        try:
            order = orders.recv()
        except EOFError:
            return
        if order is None:  # to stop what has ended by itself
            continue
        work, args = order
        try:
            result = True, work(*args)
        except Exception as error:  # noqa: BLE001 it goes to whoever asked
            result = False, f"{work.__name__}: {error}\n{traceback.format_exc()}"
        orders.send(result)


def pause(seconds: float) -> None:
    """Let what went before come to rest."""
    time.sleep(seconds)
