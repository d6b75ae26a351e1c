"""What all accounts have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from altmount.nntp.line import Line
from altmount.nntp.network import Network


def _nobody() -> None:
    """Nobody waits for an account to come back."""


@dataclass(frozen=True, slots=True)
class Shared:
    """The line, what is judged about it, and who waits for any account to come back."""

    line: Line = field(default_factory=Line)
    network: Network = field(default_factory=Network)
    revived: Callable[[], None] = _nobody
    """Called when an account that failed may be asked again."""
