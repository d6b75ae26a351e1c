"""What the kernel says of a process."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_KIB = 1024


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and its children, living and dead, in seconds."""
    # After the name, which may hold blanks: state is field 3, utime to cstime are 14 to 17.
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    own = sum(int(ticks) for ticks in fields[11:15]) / _TICKS
    return own + sum(map(cpu_seconds, children(pid)))


def children(pid: int) -> list[int]:
    """The living children of a process."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for thread in threads for child in thread.read_text("utf-8").split()]


def memory_mib(pid: int) -> float:
    """Resident memory of a process, in MiB."""
    return _status(pid, "VmRSS") / _KIB


def peak_mib(pid: int) -> float:
    """The most resident memory it ever had, in MiB."""
    return _status(pid, "VmHWM") / _KIB


def _status(pid: int, name: str) -> float:
    """A field of /proc/<pid>/status, in KiB."""
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith(f"{name}:"):
            return float(line.split()[1])
    raise ProcessLookupError(f"process {pid} has no {name}")
