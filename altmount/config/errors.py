"""What is wrong with the settings."""

from __future__ import annotations

from collections.abc import Sequence

from altmount.errors import InvalidRequestError


class SettingsError(InvalidRequestError):
    """The settings cannot be used; the message has a line for each thing to put right.

    Each line says where the value was written, which key it is, what was found there and
    what is allowed. Values of secret keys are shown as ``***``.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
        """The lines of the message."""
