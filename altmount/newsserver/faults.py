"""Which faults strike a request."""

from __future__ import annotations

import fnmatch
import random
import re
from collections import Counter
from collections.abc import Sequence

from altmount.newsserver.counters import BODIES
from altmount.newsserver.knobs import COMMANDS, Fault, FaultKind

_OF_ANY_ANSWER = frozenset(
    {
        FaultKind.MISSING,
        FaultKind.STATUS,
        FaultKind.DELAY,
        FaultKind.HOLD,
        FaultKind.STALL,
        FaultKind.DROP,
        FaultKind.RESET,
    }
)


class FaultBook:
    """The faults in force, and how often each has met each article."""

    def __init__(self, faults: Sequence[Fault], seed: int) -> None:
        self._entries = [_Entry(fault) for fault in faults]
        self._random = random.Random(seed)  # noqa: S311 -- not a secret

    def strike(self, command: str, message_id: str) -> list[Fault]:
        """The faults of this request, which is counted."""
        return [
            entry.fault
            for entry in self._entries
            if entry.meets(command, message_id) and self._hits(entry.fault.probability)
        ]

    def _hits(self, probability: float) -> bool:
        return probability >= 1 or self._random.random() < probability


class _Entry:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        usual = COMMANDS if fault.kind in _OF_ANY_ANSWER else BODIES
        self._commands = frozenset(fault.commands) or usual
        self._pattern = re.compile(fnmatch.translate(fault.pattern))
        self._met: Counter[str] = Counter()

    def meets(self, command: str, message_id: str) -> bool:
        fault = self.fault
        if command not in self._commands or not self._pattern.match(message_id):
            return False
        if not fault.skip and not fault.first:
            return True
        self._met[message_id] += 1
        met = self._met[message_id] - fault.skip
        return met > 0 and (not fault.first or met <= fault.first)
