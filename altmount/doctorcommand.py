"""The command ``altmount doctor``: what is wrong, and what to do about it."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from altmount.doctor.configuration import CHECK as SETTINGS
from altmount.doctor.examination import Examination
from altmount.doctor.finding import Finding, Grade, worst
from altmount.doctor.report import as_json, as_text, summary
from altmount.doctor.rounds import Rounds


async def doctor(path: Path, *, for_programs: bool, download: bool) -> int:
    """Look at everything, and tell; the exit code.

    It is 0 if all works, warnings or not; 1 if something does not; 2 if the settings cannot be
    used, so that hardly anything else was looked at.
    """
    examination = Examination()
    findings: list[Finding] = []
    with _quiet():
        async for some in Rounds(path, os.environ, examination, download=download).findings():
            findings += some
            if some and not for_programs:
                _tell("\n".join(map(as_text, some)))
    _tell(as_json(findings) if for_programs else f"\n{summary(findings)}")
    code = _code(findings)
    if examination.held:
        # Some thread waits for a disk or a server that does not answer, and would be waited for.
        os._exit(code)
    return code


def _code(findings: list[Finding]) -> int:
    if worst(finding for finding in findings if finding.check == SETTINGS) is Grade.ERROR:
        return 2
    return 1 if worst(findings) is Grade.ERROR else 0


def _tell(text: str) -> None:
    """Write to standard output whatever its encoding can hold, at once."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except BrokenPipeError:
        # Who read it has seen enough; what is found still makes the exit code.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the log silent: what it would say of the parts that are tried is in the findings."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
