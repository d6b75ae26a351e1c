"""The program, which says what it holds when asked.

``python -m tests.soak.served --config FILE``; each line on standard input is answered with one
of JSON: tasks, sockets, places and bytes there are now.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import logging
import signal
import sys
from pathlib import Path

from altmount import app, cli, commands
from altmount.config.settings import Settings
from altmount.program import Program
from tests.support.snapshot import Snapshot


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    return cli.run_loop(_serve(commands.read_settings(parser.parse_args().config)))


async def _serve(settings: Settings) -> int:
    logging.basicConfig(level=logging.WARNING)
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    async with app.serving(settings) as served:
        questions = _Questions(served.program)
        await loop.connect_read_pipe(lambda: questions, sys.stdin)
        await stopped.wait()
    return 0


class _Questions(asyncio.Protocol):
    def __init__(self, program: Program) -> None:
        self._program = program

    def data_received(self, data: bytes) -> None:
        for _ in range(data.count(b"\n")):
            budget = self._program.budget
            sys.stdout.write(
                json.dumps(
                    {
                        **dataclasses.asdict(Snapshot.of(self._program)),
                        "bytes": budget.used,
                        "most_bytes": budget.most,
                        "allowed_bytes": budget.limit,
                    }
                )
                + "\n"
            )
        sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
