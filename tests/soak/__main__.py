"""``python -m tests.soak [--minutes N]``: players and imports in bad weather, for a while.

The exit code says whether all held: 0 it did, 1 it did not, 2 wrong arguments, 130 interrupted.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.bench.figures import BenchError
from tests.bench.processes import ROOT
from tests.soak.run import Run

_LONGEST_MINUTES = 24 * 60


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--players", type=int, default=10)
    parser.add_argument("--seed", type=int, help="the weather and the players; random if not given")
    parser.add_argument("--results", type=Path, default=ROOT / "bench-results", metavar="FOLDER")
    arguments = parser.parse_args()
    if not 0 < arguments.minutes <= _LONGEST_MINUTES or arguments.players < 1:
        parser.error("a soak lasts up to a day, and has a player")
    seed = int.from_bytes(os.urandom(4), "big") if arguments.seed is None else arguments.seed
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # either way all is taken down
    run = Run(seed, arguments.minutes * 60, arguments.players, arguments.results)
    try:
        return asyncio.run(run.run())
    except BenchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
