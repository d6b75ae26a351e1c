"""What was found, how bad it is, and what can be done about it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

Fact: TypeAlias = str | int | float | bool | None


class Grade(enum.IntEnum):
    """How bad it is; the worst last."""

    OK = 0  #: It is as it should be.
    NOTE = 1  #: Something to know; nothing is wrong.
    SKIPPED = 2  #: It could not be looked at, because of something that was told before.
    WARNING = 3  #: It works, and will not, or not well, in some case.
    ERROR = 4  #: It does not work.

    @property
    def word(self) -> str:
        """How it is written."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found."""

    check: str
    """The kind of thing that was looked at, such as ``provider``."""

    subject: str
    """Which one, such as the account's id; empty if there is only one."""

    grade: Grade
    text: str
    """A sentence, without a secret."""

    fix: str = ""
    """What to do; empty where nothing has to be done."""

    facts: Mapping[str, Fact] = field(default_factory=lambda: MappingProxyType({}))
    """What was measured, for programs; times, sizes and speeds have their unit in the name."""


Say: TypeAlias = Callable[[Finding], None]
"""Takes a finding."""


def worst(findings: Iterable[Finding]) -> Grade:
    """The worst grade there is; OK if there is none."""
    return max((finding.grade for finding in findings), default=Grade.OK)
