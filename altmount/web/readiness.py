"""Whether the program can do its work yet."""

from __future__ import annotations

import enum


class Stage(enum.StrEnum):
    STARTING = "starting"  #: It will be ready by and by.
    READY = "ready"
    FAILING = "failing"  #: Something it cannot do without does not work.


class Readiness:
    """What `/ready` says; held by the composition root, which alone changes it."""

    def __init__(self) -> None:
        self.stage = Stage.STARTING
        self.reason = "the program is starting"

    @property
    def ready(self) -> bool:
        return self.stage is Stage.READY

    def be_ready(self) -> None:
        self.stage, self.reason = Stage.READY, ""

    def fail(self, reason: str) -> None:
        """Say in a sentence for people why nothing can be served."""
        self.stage, self.reason = Stage.FAILING, reason
