"""The weather: what is wrong with which news server when, decided beforehand from a seed.

There are three. The first and the last have everything and take turns at being sound, long
enough together for a fetch that one of them failed to be served by the other; the one in the
middle lacks every tenth article for good, and is never to be relied on. Whoever is not sound
has one trouble after the other. Now and then the line is cut: none of them can be reached.

::

    0   |--- sound ---------|  troubles      |--- sound ----
    1   troubles all the time, and every tenth article missing
    2   troubles      |--- sound ----------------|  troubles
                                 ^ the line is cut
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

FIRST, PARTIAL, LAST = range(3)

LACKS = {"kind": "missing", "pattern": "*3@synthetic"}
"""What the one in the middle never has."""

FILMS = "s[1-9].*@synthetic"
"""The articles of what is in the library from the start: synthetic posts of the first seeds."""

_PERFECT: Mapping[str, Any] = {
    "latency": 0.005,
    "jitter": 0.0,
    "connection_rate": 0.0,
    "connection_cap": 0,
    "greeting_code": 200,
    "silent_greeting": False,
    "close_after": 0,
}
_HEALING = 2.0
"""Seconds after a trouble in which the program may still shun a server."""


@dataclass(frozen=True, slots=True)
class Change:
    """A moment at which a news server begins to behave otherwise."""

    at: float
    """In seconds from the start."""

    server: int
    name: str
    knobs: Mapping[str, Any]
    orders: tuple[str, ...] = ()
    """What else it is told."""


@dataclass(frozen=True, slots=True)
class Weather:
    """All that will happen."""

    seconds: float
    patience: float
    """How long a fetch may take until it has asked everyone, in seconds."""

    changes: Sequence[Change]
    """In the order of time."""

    sound: Sequence[tuple[float, float]]
    """When a server that has everything was to be relied on: from, to."""

    cuts: Sequence[tuple[float, float]] = field(default=())

    def excuses(self, begun: float, failed: float) -> bool:
        """Whether a read may have failed: nobody was sound all through the end of it."""
        since = max(begun, failed - self.patience)
        return not any(start <= since and failed <= end for start, end in self.sound)


def forecast(seed: int, seconds: float, *, harsh: bool) -> Weather:
    """The weather of so many seconds.

    Args:
        seed: The same gives the same.
        seconds: How long it lasts; then all is well.
        harsh: Whether servers fall silent too, which the program notices after ten seconds
            only: that takes longer turns, and is for runs of many minutes.
    """
    chance = random.Random(seed)
    patience = 30.0 if harsh else 10.0
    together, turn, longest_cut = (
        (patience + _HEALING, 60.0, 20.0) if harsh else (patience + _HEALING, 9.0, 3.0)
    )
    turns = _turns(chance, seconds, together, turn)
    cuts = _cuts(chance, seconds, longest_cut)
    changes = [
        *_spells(chance, FIRST, turns[0], seconds, harsh),
        *_spells(chance, PARTIAL, [], seconds, harsh),
        *_spells(chance, LAST, turns[1], seconds, harsh),
        *(
            Change(at, server, name, {}, (order,))
            for cut in cuts
            for at, name, order in zip(
                cut, ("line cut", "line mended"), ("cut", "mend"), strict=True
            )
            for server in (FIRST, PARTIAL, LAST)
        ),
        *(Change(seconds, server, "calm", _knobs(server)) for server in (FIRST, PARTIAL, LAST)),
    ]
    sound = [
        piece
        for start, end in (*turns[0], *turns[1])
        for piece in _without(cuts, start + (_HEALING if start else 0.0), end)
    ]
    return Weather(seconds, patience, sorted(changes, key=lambda one: one.at), sound, cuts)


def _turns(
    chance: random.Random, seconds: float, together: float, turn: float
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """When each of the two is sound; they overlap for ``together`` seconds."""
    turns: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    start, whose = 0.0, 0
    while True:
        end = start + together * (2 if start else 1) + chance.uniform(0.5, 1.5) * turn
        if end + turn > seconds:
            turns[whose].append((start, float("inf")))
            return turns
        turns[whose].append((start, end))
        start, whose = end - together, 1 - whose


def _cuts(chance: random.Random, seconds: float, longest: float) -> list[tuple[float, float]]:
    """One in about half a minute, or in a few where they are long; none at the very end."""
    cuts = []
    at = chance.uniform(0.5, 1.0) * 8 * longest
    while at + 2 * longest < seconds:
        end = at + longest * chance.uniform(0.3, 1.0)
        cuts.append((at, end))
        at = end + chance.uniform(0.5, 1.5) * 8 * longest
    return cuts


def _without(
    cuts: Sequence[tuple[float, float]], start: float, end: float
) -> Iterator[tuple[float, float]]:
    for cut, mended in cuts:
        if start < mended + _HEALING and cut < end:
            if start < cut:
                yield start, cut
            start = max(start, mended + _HEALING)
    if start < end:
        yield start, end


def _spells(
    chance: random.Random,
    server: int,
    turns: Sequence[tuple[float, float]],
    seconds: float,
    harsh: bool,
) -> Iterator[Change]:
    at = 0.0
    while at < seconds:
        turn = next((turn for turn in turns if turn[0] <= at < turn[1]), None)
        bound = min([seconds, *(start for start, _ in turns if start > at)])
        if turn is not None:
            # Its manner may change, but not what it serves.
            knobs = {
                "latency": chance.choice([0.0, 0.005, 0.03]),
                "jitter": chance.choice([0, 0.01]),
            }
            yield Change(at, server, "sound", _knobs(server, **knobs))
            at = min(turn[1], seconds, at + chance.uniform(3, 9))
        else:
            name, knobs, orders = chance.choice(
                _HARSH if harsh and chance.random() < 0.1 else _MILD
            )(chance)
            yield Change(at, server, name, _knobs(server, **knobs), orders)
            at = min(bound, at + chance.uniform(0.7, 4))


def _knobs(server: int, **knobs: Any) -> dict[str, Any]:
    """A server's knobs, all of them, so that nothing is left of the trouble before."""
    faults = [*knobs.pop("faults", []), *([LACKS] if server == PARTIAL else [])]
    return {**_PERFECT, **knobs, "faults": faults}


_Trouble = tuple[str, dict[str, Any], tuple[str, ...]]


def _wrong(chance: random.Random) -> _Trouble:
    kinds = [
        "corrupt",
        "foreign",
        "short",
        "long",
        "truncated",
        "wrong-size",
        "wrong-range",
        "text",
    ]
    kind = chance.choice(kinds)
    fault = {"kind": kind, "probability": chance.choice([0.1, 0.5, 1.0])}
    if kind == "wrong-size":
        # An import looks at one article of a file, and has nothing to tell this lie by.
        fault["pattern"] = FILMS
    return kind, {"faults": [fault]}, ()


def _broken(chance: random.Random) -> _Trouble:
    kind = chance.choice(["drop", "reset"])
    at = chance.choice([0, 1000, 100_000, 700_000])
    probability = chance.choice([0.05, 0.3, 1.0])
    return kind, {"faults": [{"kind": kind, "probability": probability, "at": at}]}, ()


def _refusing(chance: random.Random) -> _Trouble:
    # Not 423, 430 and 451: those mean that it lacks the article, which is remembered.
    code = chance.choice([400, 403, 502, 503])
    fault = {"kind": "status", "code": code, "probability": chance.choice([0.2, 1.0])}
    return f"status {code}", {"faults": [fault]}, ()


def _stalling(chance: random.Random) -> _Trouble:
    fault = {
        "kind": "stall",
        "at": chance.choice([0, 10_000, 500_000]),
        "seconds": chance.uniform(0.3, 2.5),
        "probability": chance.choice([0.05, 0.3]),
    }
    return "stalls", {"faults": [fault]}, ()


def _late(chance: random.Random) -> _Trouble:
    fault = {"kind": "delay", "seconds": chance.uniform(0.2, 2), "probability": 0.2}
    return "late", {"faults": [fault], "latency": chance.choice([0.05, 0.3])}, ()


def _slow(chance: random.Random) -> _Trouble:
    return "slow", {"connection_rate": chance.choice([1e6, 4e6])}, ()


def _capped(chance: random.Random) -> _Trouble:
    return "capped", {"connection_cap": chance.choice([1, 2, 3])}, ("disconnect",)


def _closed(chance: random.Random) -> _Trouble:
    return "closed", {"greeting_code": chance.choice([400, 502])}, ("disconnect",)


def _restless(chance: random.Random) -> _Trouble:
    return "hangs up", {"close_after": chance.choice([1, 4])}, ()


def _hung_up(_chance: random.Random) -> _Trouble:
    return "hung up", {}, ("disconnect",)


_MILD = (
    *(_wrong, _wrong, _broken, _broken, _refusing, _stalling, _late),
    *(_slow, _capped, _closed, _restless, _hung_up),
)


def _silent(_chance: random.Random) -> _Trouble:
    return "silent", {"silent_greeting": True}, ("disconnect",)


def _stuck(chance: random.Random) -> _Trouble:
    at = chance.choice([0, 300_000])
    return "stuck", {"faults": [{"kind": "stall", "at": at, "probability": 0.3}]}, ()


_HARSH = (_silent, _stuck)
