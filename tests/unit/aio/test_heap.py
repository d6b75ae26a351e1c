from __future__ import annotations

import ctypes
from pathlib import Path
from types import SimpleNamespace

import pytest

from altmount.aio.heap import trimmer


def test_what_is_free_is_given_back():
    kept = []
    trimmer(SimpleNamespace(malloc_trim=kept.append))(0.1)
    assert kept == [0]


def test_where_that_cannot_be_nothing_happens():
    trimmer(SimpleNamespace())(0.1)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="not glibc")
def test_holes_between_what_is_held_are_given_back():
    blocks = [bytearray(100_000) for _ in range(1000)]
    del blocks[::2]
    full = _resident()
    trimmer()(0.0)
    assert _resident() < full - 20 * 2**20


def _resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
