"""How many files and sockets the process may have open (RLIMIT_NOFILE)."""

from __future__ import annotations

import re
import resource
from dataclasses import dataclass
from pathlib import Path

from altmount.doctor.finding import Finding, Grade

CHECK = "open_files"

_OWN = 150
"""Sidecars that are kept open, database, log, standard streams, and some more."""

_CLIENTS = 400
"""Players, media servers and browsers of a house, some connections each."""

_LINE = re.compile(r"Max open files +(\d+|unlimited)")

_FIX = (
    "Raise it: `ulimit -n 4096` before the start, LimitNOFILE=4096 in a unit of systemd,"
    " or --ulimit nofile=4096 of Docker."
)


@dataclass(frozen=True, slots=True)
class Limit:
    """What a process may have open."""

    whose: str
    files: int | None
    """None for as many as wanted."""


def own_limit() -> Limit:
    """Of this process, and so of a server that is started where it was."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Limit("what is started here", None if soft == resource.RLIM_INFINITY else soft)


def limit_of(process: int, proc: Path = Path("/proc")) -> Limit | None:
    """Of another process, if it is there and we may know."""
    try:
        found = _LINE.search(proc.joinpath(str(process), "limits").read_text("ascii", "replace"))
    except OSError:
        return None
    if found is None:
        return None
    files = None if found[1] == "unlimited" else int(found[1])
    return Limit(f"the server (process {process})", files)


def judged(limit: Limit, connections: int) -> Finding:
    """Whether a limit will do.

    Args:
        limit: What there may be.
        connections: How many the accounts with providers may have together.
    """
    least, wanted = connections + _OWN, connections + _OWN + _CLIENTS
    facts = {"limit": limit.files, "wanted": wanted}
    if limit.files is None or limit.files >= wanted:
        allowed = "any number of" if limit.files is None else f"{limit.files}"
        return Finding(CHECK, "", Grade.OK, f"{limit.whose} may open {allowed} files", "", facts)
    text = (
        f"{limit.whose} may have {limit.files} files and connections open; {least} are needed,"
        f" and {wanted} with many players"
    )
    grade = Grade.WARNING if limit.files >= least else Grade.ERROR
    return Finding(CHECK, "", grade, text, _FIX, facts)
