"""The program with a thread beside it that keeps the interpreter busy when told to.

``python -m tests.bench.convoy_server --config FILE``; lines on standard input say ``busy`` or
``idle``, and each is answered with a line.
"""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path

from altmount import cli, commands


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    config = parser.parse_args().config
    busy = threading.Event()
    threading.Thread(target=_turn, args=(busy,), daemon=True).start()
    threading.Thread(target=_take_orders, args=(busy,), daemon=True).start()
    return cli.run_loop(commands.serve(config))


def _turn(busy: threading.Event) -> None:
    """Hold the interpreter lock as long as the interpreter lets a thread."""
    count = 0
    while True:
        busy.wait()
        while busy.is_set():
            for number in range(10_000):
                count += number


def _take_orders(busy: threading.Event) -> None:
    for line in sys.stdin:
        if line.strip() == "busy":
            busy.set()
        else:
            busy.clear()
        sys.stdout.write("done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
