from __future__ import annotations

import pytest

from altmount.newsserver.faults import FaultBook
from altmount.newsserver.knobs import Fault, FaultKind


def struck(fault, requests, seed=0):
    book = FaultBook([fault], seed)
    return [bool(book.strike(*request)) for request in requests]


def test_only_articles_that_fit_the_pattern_are_struck():
    requests = [("BODY", "s1.x"), ("BODY", "s2.x"), ("BODY", "S1.x")]
    assert struck(Fault(FaultKind.CORRUPT, "s1.*"), requests) == [True, False, False]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (FaultKind.CORRUPT, ["BODY", "ARTICLE"]),
        (FaultKind.MISSING, ["BODY", "ARTICLE", "HEAD", "STAT"]),
    ],
)
def test_a_fault_strikes_the_commands_it_makes_sense_for(kind, expected):
    commands = ["BODY", "ARTICLE", "HEAD", "STAT"]
    hits = struck(Fault(kind), [(command, "x") for command in commands])
    assert [command for command, hit in zip(commands, hits, strict=True) if hit] == expected


def test_it_can_be_told_which_commands():
    requests = [("STAT", "x"), ("BODY", "x")]
    assert struck(Fault(FaultKind.MISSING, commands=("BODY",)), requests) == [False, True]


def test_the_first_requests_of_each_article_fail_and_then_no_more():
    requests = [("BODY", "a"), ("BODY", "a"), ("BODY", "b"), ("BODY", "a")]
    assert struck(Fault(FaultKind.CORRUPT, first=2), requests) == [True, True, True, False]


def test_the_first_requests_can_be_the_ones_that_succeed():
    requests = [("BODY", "a")] * 5
    assert struck(Fault(FaultKind.CORRUPT, skip=1, first=2), requests) == [
        False,
        True,
        True,
        False,
        False,
    ]
    assert struck(Fault(FaultKind.CORRUPT, skip=3), requests) == [False] * 3 + [True] * 2


def test_a_share_of_the_requests_is_struck_and_a_seed_says_which():
    requests = [("BODY", str(n)) for n in range(1000)]
    fault = Fault(FaultKind.CORRUPT, probability=0.3)
    hits = struck(fault, requests)
    assert 200 < sum(hits) < 400
    assert struck(fault, requests) == hits
    assert struck(fault, requests, seed=1) != hits


def test_a_fault_of_no_probability_never_strikes():
    assert struck(Fault(FaultKind.CORRUPT, probability=0), [("BODY", "a")] * 50) == [False] * 50


def test_several_strike_at_once_in_their_order():
    faults = [Fault(FaultKind.DELAY), Fault(FaultKind.MISSING, "b"), Fault(FaultKind.DROP)]
    assert FaultBook(faults, 0).strike("BODY", "a") == [faults[0], faults[2]]
