"""Knobs: everything about the server's behaviour that can be turned while it runs."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from altmount.errors import InvalidRequestError

COMMANDS = frozenset({"ARTICLE", "BODY", "HEAD", "STAT"})
"""The commands that ask for an article."""


class FaultKind(enum.StrEnum):
    """What is wrong with an article."""

    MISSING = "missing"  #: 430, also for STAT and HEAD.
    STATUS = "status"  #: The status line ``code text`` in place of the answer.
    CORRUPT = "corrupt"  #: One byte is another; the checksum tells.
    FORGED = "forged"  #: One byte is another; the checksum was made to agree.
    UNCHECKED = "unchecked"  #: The bytes are right, but there is no checksum.
    SHORT = "short"  #: Only the first ``at`` bytes (half, if 0), with a checksum that agrees.
    LONG = "long"  #: A few bytes too many, with a checksum that agrees.
    TRUNCATED = "truncated"  #: The text ends after about ``at`` encoded bytes: no yEnc end line.
    FOREIGN = "foreign"  #: The body of ``other``, or else of another part of the same file.
    WRONG_SIZE = "wrong-size"  #: The header announces a file that is one byte larger.
    WRONG_RANGE = "wrong-range"  #: The header says the part lies one byte further on.
    TEXT = "text"  #: The body is ``text``, and no yEnc.
    DELAY = "delay"  #: The answer is due ``seconds`` later.
    HOLD = "hold"  #: The answer waits until ``gate`` is released.
    STALL = "stall"  #: After ``at`` bytes of the answer nothing comes for ``seconds`` (0: ever).
    DROP = "drop"  #: After ``at`` bytes of the answer the connection is closed.
    RESET = "reset"  #: After ``at`` bytes of the answer the connection is reset.


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with some articles.

    All that fit are in force; where two say different things about the same, the first does.
    """

    kind: FaultKind

    pattern: str = "*"
    """Which articles: a Message-ID without angle brackets, in the manner of fnmatch."""

    commands: tuple[str, ...] = ()
    """For which commands (BODY, ARTICLE, HEAD, STAT); all that the kind makes sense for if empty.
    A fault of the body makes sense for BODY and ARTICLE."""

    skip: int = 0
    """The first requests for an article that are answered right."""

    first: int = 0
    """The requests after those that are answered wrong, and then right again; 0: all."""

    probability: float = 1.0
    """The share of requests it strikes, from 0 to 1."""

    at: int = 0
    """A position in bytes, for the kinds that need one."""

    seconds: float = 0.0
    """How long, for DELAY and STALL."""

    code: int = 400
    """The status code of STATUS."""

    text: str = "this went wrong on request"
    """The words of STATUS and TEXT."""

    other: str = ""
    """The Message-ID, without angle brackets, whose body FOREIGN sends."""

    gate: str = "gate"
    """The name of the gate of HOLD."""

    def __post_init__(self) -> None:
        _refuse_nonsense(self)
        if not 0 <= self.probability <= 1:
            raise InvalidRequestError(f"probability goes from 0 to 1, not to {self.probability}")
        _refuse_code(self.code)
        if not COMMANDS.issuperset(self.commands):
            raise InvalidRequestError(f"a fault strikes {', '.join(sorted(COMMANDS))}")
        if "\r" in self.text or "\n" in self.text:
            raise InvalidRequestError("the text of a fault is one line")


@dataclass(frozen=True, slots=True)
class Knobs:
    """How the server behaves. The defaults are a perfect server that is next door."""

    latency: float = 0.0
    """Seconds from a command's arrival to its answer, as a round trip would take. The waits of
    pipelined commands overlap; answers keep their order. Greeting and login wait as well."""

    jitter: float = 0.0
    """Seconds that are added to the latency at most, at random."""

    connection_rate: float = 0.0
    """Bytes per second that a connection sends at most; 0: no limit."""

    total_rate: float = 0.0
    """Bytes per second that all connections together send at most; 0: no limit."""

    connection_cap: int = 0
    """Connections that may be open at once; 0: no limit."""

    cap_code: int = 502
    """The status that greets a connection beyond the cap, which is then closed."""

    cap_text: str = "too many connections"

    greeting_code: int = 200
    """The status of the greeting. From 400 on the connection is then closed."""

    silent_greeting: bool = False
    """Accept connections, and say nothing."""

    username: str = ""
    """Who must log in; nobody needs to where empty."""

    password: str = ""

    login_code: int = 0
    """The status that answers each password, right or wrong, as 481 or 502; 0: judge it."""

    silent_login: bool = False
    """Never answer a password."""

    close_after: int = 0
    """Answers after which a connection is closed; 0: never."""

    idle_timeout: float = 0.0
    """Seconds without a command after which a connection is closed; 0: never."""

    faults: tuple[Fault, ...] = ()

    seed: int = 0
    """Of everything that happens at random."""

    def __post_init__(self) -> None:
        _refuse_nonsense(self)
        for code in (self.cap_code, self.greeting_code, self.login_code or 281):
            _refuse_code(code)
        if "\r" in self.cap_text or "\n" in self.cap_text:
            raise InvalidRequestError("cap_text is one line")


def turned(knobs: Knobs, changes: Mapping[str, Any]) -> Knobs:
    """Knobs with some turned, by names and JSON values; ``faults`` is a list of objects.

    Raises:
        InvalidRequestError: There is no such knob, or it cannot be turned there.
    """
    values = _checked(Knobs, changes, skip="faults")
    if "faults" in changes:
        faults = changes["faults"]
        if not isinstance(faults, list | tuple):
            raise InvalidRequestError("faults is a list")
        values["faults"] = tuple(fault_of(fault) for fault in faults)
    return dataclasses.replace(knobs, **values)


def fault_of(values: object) -> Fault:
    """A fault from its JSON object.

    Raises:
        InvalidRequestError: It describes none.
    """
    if not isinstance(values, Mapping) or "kind" not in values:
        raise InvalidRequestError('a fault is an object with a "kind"')
    try:
        kind = FaultKind(values["kind"])
    except ValueError:
        kinds = ", ".join(FaultKind)
        raise InvalidRequestError(f"a fault's kind is one of {kinds}") from None
    return Fault(**(_checked(Fault, values, skip="kind") | {"kind": kind}))


def _checked(shape: type[Knobs | Fault], values: Mapping[str, Any], *, skip: str) -> dict[str, Any]:
    hints = typing.get_type_hints(shape)
    checked: dict[str, Any] = {}
    for name, value in values.items():
        if name not in hints:
            raise InvalidRequestError(f"there is no {name!r}; there are {', '.join(hints)}")
        if name != skip:
            checked[name] = _as(hints[name], name, value)
    return checked


def _as(hint: type | types.GenericAlias, name: str, value: object) -> object:
    if isinstance(hint, types.GenericAlias):
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise InvalidRequestError(f"{name} is a list of texts, not {value!r}")
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not hint:
        raise InvalidRequestError(f"{name} is a {hint.__name__}, not {value!r}")
    return value


def _refuse_nonsense(values: Knobs | Fault) -> None:
    for field in dataclasses.fields(values):
        value = getattr(values, field.name)
        # A NaN is not less than 0, but neither is it 0 or more.
        if isinstance(value, int | float) and not 0 <= value < float("inf"):
            raise InvalidRequestError(f"{field.name} cannot be {value}")


def _refuse_code(code: int) -> None:
    if not 100 <= code <= 599:  # noqa: PLR2004 -- the status codes of RFC 3977 3.2
        raise InvalidRequestError(f"a status code goes from 100 to 599, not {code}")
