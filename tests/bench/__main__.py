"""``python -m tests.bench [ROW ...]``: measure, print a table, keep the figures.

The exit code says whether all rows could be measured, not whether they keep their budgets:
those depend on the machine. 0 well, 1 not all, 2 wrong arguments, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import catalogue, report, table
from tests.bench.figures import BenchError, Row
from tests.bench.ground import Ground
from tests.bench.processes import ROOT


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="a row's name, or how it begins")
    parser.add_argument("--list", action="store_true", help="only name the rows")
    parser.add_argument("--results", type=Path, default=ROOT / "bench-results", metavar="FOLDER")
    arguments = parser.parse_args()
    try:
        rows = catalogue.choose(arguments.rows)
    except BenchError as error:
        parser.error(str(error))
    if arguments.list:
        for row in rows:
            _say(f"{row.name:16}{row.title}")
        return 0
    sys.stdout.reconfigure(errors="replace")  # not every terminal knows "≤"
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # either way all is taken down
    try:
        return _run(rows, arguments.results)
    except KeyboardInterrupt:
        return 130


def _run(rows: list[Row], results: Path) -> int:
    began = datetime.now(UTC)
    outcomes: list[report.Outcome] = []
    _say(table.head())
    with Ground() as ground:
        try:
            for row in rows:
                outcome = report.Outcome(row, load=os.getloadavg()[0])
                outcomes.append(outcome)
                _measure(ground, outcome)
        finally:
            path = report.write(results, began, outcomes, ground.peak_mib)
    _say(f"\nThe program never needed more than {ground.peak_mib:.0f} MiB. All figures: {path}")
    return 1 if any(outcome.error for outcome in outcomes) else 0


def _measure(ground: Ground, outcome: report.Outcome) -> None:
    _say(table.title(outcome.row))
    began = time.perf_counter()
    try:
        for figure in outcome.row.measure(ground):
            outcome.figures.append(figure)
            _say(table.line(figure))
    except (BenchError, OSError) as error:
        outcome.error = str(error)
        _say(f"  cannot be measured: {error}")
    finally:
        outcome.seconds = time.perf_counter() - began


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
