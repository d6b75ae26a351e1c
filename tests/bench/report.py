"""A run's figures on disk, as JSON."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure, Row
from tests.bench.processes import ROOT


@dataclass(slots=True)
class Outcome:
    """What came of a row."""

    row: Row
    seconds: float = 0.0
    load: float = 0.0
    """The machine's load (1 minute) just before."""

    figures: list[Figure] = field(default_factory=list)
    error: str = ""


def write(folder: Path, began: datetime, outcomes: Sequence[Outcome], peak_mib: float) -> Path:
    """Write the results of a run; the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{began:%Y%m%dT%H%M%SZ}.json"
    document = {
        "began": began.isoformat(),
        "seconds": (datetime.now(UTC) - began).total_seconds(),
        **surroundings(),
        "peak_mib": peak_mib,
        "rows": [_row(outcome) for outcome in outcomes],
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return path


def surroundings() -> dict[str, Any]:
    """On what was measured: the machine, and the commit."""
    return {
        "machine": {
            "cores": os.cpu_count(),
            "kernel": platform.release(),
            "python": platform.python_version(),
        },
        "commit": _commit(),
    }


def _row(outcome: Outcome) -> dict[str, Any]:
    return {
        "name": outcome.row.name,
        "title": outcome.row.title,
        "seconds": outcome.seconds,
        "load": outcome.load,
        "error": outcome.error,
        "figures": [
            {**dataclasses.asdict(figure), "budget": figure.budget, "verdict": figure.verdict}
            for figure in outcome.figures
        ],
    }


def _commit() -> str:
    """The commit that is measured, with a "+" if files were changed since; empty if unknown."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip()
