"""The process that parses NZBs: ``python -m altmount.importer.parserprocess``.

It reads requests from its standard input and answers on its standard output until the input
ends. It imports little, so that it starts soon. On the wire::

    request     length (4 bytes), path of an NZB
    answer      one frame or more: kind (1 byte), length (4 bytes), content
                "f"  some posted files, pickled
                "m"  the metas, pickled, and the end of the answer
                "e"  code and message of a refusal, pickled, and the end of the answer
"""

from __future__ import annotations

import gc
import os
import pickle
import resource
import signal
import struct
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from altmount.nzb.errors import NzbError
from altmount.nzb.model import Nzb, PostedFile
from altmount.nzb.parse import parse_nzb

LENGTH = struct.Struct(">I")
HEAD = struct.Struct(">cI")

FILES = b"f"
METAS = b"m"
ERROR = b"e"

MEMORY_BYTES = 2 * 1024**3
"""The most address space the process may have."""

CPU_SECONDS = 60
"""The most processor time one NZB may take."""

_EASILY, _AT_ONCE = b"e", b"o"

_FILES_A_FRAME = 32
_SEGMENTS_A_FRAME = 20_000
"""Frames are small, so that the process that streams never unpickles for long."""

_FREE_SECONDS, _WORK_SECONDS, _REST_SECONDS = 0.05, 0.01, 0.055
"""How much processor time an NZB takes before the first rest, and between two; and their length.

Whatever its priority, a core that works beside a stream slows it down, for they share memory and
caches, and often the core itself. So what is large is parsed at an easy pace while one runs.
"""


def request(path: Path, *, easily: bool) -> bytes:
    """Asks for an NZB; whether it is to be taken at an easy pace."""
    text = (_EASILY if easily else _AT_ONCE) + os.fsencode(path)
    return LENGTH.pack(len(text)) + text


def asked(text: bytes) -> tuple[bool, Path]:
    """What a request, without its length, says."""
    return text[:1] == _EASILY, Path(os.fsdecode(text[1:]))


def frames(nzb: Nzb) -> Iterator[bytes]:
    """The answer that says what an NZB holds."""
    batch: list[PostedFile] = []
    segments = 0
    for posted in nzb.files:
        batch.append(posted)
        segments += len(posted.segments)
        if len(batch) == _FILES_A_FRAME or segments >= _SEGMENTS_A_FRAME:
            yield _frame(FILES, batch)
            batch, segments = [], 0
    yield _frame(FILES, batch)
    yield _frame(METAS, dict(nzb.metas))


def answer(path: Path) -> Iterator[bytes]:
    """The frames that answer a request."""
    try:
        nzb = parse_nzb(path.read_bytes())
    except NzbError as error:
        yield _frame(ERROR, (str(error.code), str(error)))
    except MemoryError:
        yield _frame(ERROR, ("too-expensive", ""))
    except OSError as error:
        yield _frame(ERROR, ("storage", f"the kept NZB cannot be read: {error}"))
    except Exception:  # noqa: BLE001 -- a defect; the next NZB may be fine
        traceback.print_exc()  # to the log, which is where our standard error goes
        yield _frame(ERROR, ("internal", ""))
    else:
        yield from frames(nzb)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    while len(head := requests.read(LENGTH.size)) == LENGTH.size:
        easily, path = asked(requests.read(*LENGTH.unpack(head)))
        _allow(CPU_SECONDS)
        if easily:
            _pace()
        answers.writelines(answer(path))
        answers.flush()
        signal.setitimer(signal.ITIMER_PROF, 0)
        gc.collect()


def main() -> None:
    """Be polite, be bounded, and serve."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us, by ending our input
    os.nice(19)
    signal.signal(signal.SIGPROF, _rest)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    bound = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(hard, MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
    with suppress(BrokenPipeError):
        serve(sys.stdin.buffer, sys.stdout.buffer)


def _frame(kind: bytes, content: object) -> bytes:
    packed = pickle.dumps(content, protocol=pickle.HIGHEST_PROTOCOL)
    return HEAD.pack(kind, len(packed)) + packed


def _rest(*_: object) -> None:
    time.sleep(_REST_SECONDS)


def _pace() -> None:
    """Count the processor time until the first rest anew; only where rests are taken."""
    if signal.getsignal(signal.SIGPROF) is _rest:
        signal.setitimer(signal.ITIMER_PROF, _FREE_SECONDS, _WORK_SECONDS)


def _allow(seconds: int) -> None:
    """Bound the processor time from now on; the limit counts all that was used before."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard == resource.RLIM_INFINITY or soft < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


if __name__ == "__main__":
    main()
