"""Commands, taken out of what a client sends (RFC 3977 3.1)."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_COMMAND = 512
"""Octets of a command line with its CRLF."""

KNOWN = frozenset(
    {
        "ARTICLE",
        "AUTHINFO",
        "BODY",
        "CAPABILITIES",
        "DATE",
        "HEAD",
        "MODE",
        "QUIT",
        "STAT",
    }
)
"""What the server understands."""

TOO_LONG = "TOO-LONG"
"""The kind of a command line that is longer than allowed."""

OTHER = "OTHER"
"""The kind of a command that the server does not know."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command line."""

    kind: str
    """One of ``KNOWN``, or ``TOO_LONG`` or ``OTHER``."""

    arguments: tuple[str, ...] = ()

    @property
    def message_id(self) -> str:
        """The Message-ID it names, without angle brackets; empty where it names none."""
        if len(self.arguments) != 1:
            return ""
        [text] = self.arguments
        return text[1:-1] if text.startswith("<") and text.endswith(">") else ""


class CommandReader:
    """Finds the command lines in a stream, however it is cut."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[Command]:
        """The commands that these bytes complete. No more than one line is kept."""
        commands = []
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if self._skipping:
                self._skipping = False
            elif len(line) >= LONGEST_COMMAND:
                commands.append(Command(TOO_LONG))
            else:
                commands.append(_command(line))
        if self._skipping:
            self._rest = b""
        elif len(self._rest) >= LONGEST_COMMAND:
            # Said once, now; what is left of the line is dropped as it comes.
            commands.append(Command(TOO_LONG))
            self._skipping = True
            self._rest = b""
        return commands


def _command(line: bytes) -> Command:
    words = line.removesuffix(b"\r").decode("utf-8", "replace").split()
    kind = words[0].upper() if words else OTHER
    return Command(kind, tuple(words[1:])) if kind in KNOWN else Command(OTHER)
