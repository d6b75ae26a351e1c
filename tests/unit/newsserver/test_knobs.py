from __future__ import annotations

import dataclasses
import json

import pytest

from altmount.errors import InvalidRequestError
from altmount.newsserver.knobs import Fault, FaultKind, Knobs, fault_of, turned


def test_what_is_not_turned_stays_as_it_was():
    knobs = Knobs(latency=1.0, username="me")
    assert turned(knobs, {"jitter": 2, "silent_login": True}) == Knobs(
        latency=1.0, username="me", jitter=2.0, silent_login=True
    )


def test_faults_are_replaced_as_a_whole():
    knobs = Knobs(faults=(Fault(FaultKind.MISSING),))
    changes = {"faults": [{"kind": "drop", "at": 5, "commands": ["BODY"]}]}
    assert turned(knobs, changes).faults == (Fault(FaultKind.DROP, at=5, commands=("BODY",)),)


def test_knobs_survive_json():
    knobs = Knobs(latency=0.5, faults=(Fault(FaultKind.STALL, "s1.*", ("STAT",), seconds=2.0),))
    assert turned(Knobs(), json.loads(json.dumps(dataclasses.asdict(knobs)))) == knobs


@pytest.mark.parametrize(
    "changes",
    [
        {"latenzy": 1},
        {"latency": "1"},
        {"latency": -1},
        {"latency": float("nan")},
        {"latency": float("inf")},
        {"latency": True},
        {"connection_cap": 1.5},
        {"cap_code": 99},
        {"greeting_code": 600},
        {"cap_text": "a\r\nb"},
        {"username": 5},
        {"faults": "all"},
        {"faults": [5]},
    ],
)
def test_nonsense_is_refused(changes):
    with pytest.raises(InvalidRequestError):
        turned(Knobs(), changes)


@pytest.mark.parametrize(
    "values",
    [
        None,
        [],
        {},
        {"kind": "odd"},
        {"kind": "status", "code": 9},
        {"kind": "missing", "probability": 1.5},
        {"kind": "missing", "first": -1},
        {"kind": "missing", "commands": "BODY"},
        {"kind": "missing", "commands": ["LIST"]},
        {"kind": "text", "text": "a\nb"},
        {"kind": "drop", "where": 5},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(values):
    with pytest.raises(InvalidRequestError):
        fault_of(values)
