"""The soak runs, and finds out what it is there to find out."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.soak.diary import Diary
from tests.soak.run import CAPS
from tests.soak.verdict import Look, excesses, growth, leftovers, most_growth, overbooked
from tests.soak.weather import FIRST, LACKS, LAST, PARTIAL, Weather, forecast

ROOT = Path(__file__).parents[2]
SECONDS = 60

LOOK = Look(
    at=1,
    tasks=5,
    sockets=9,
    places=0,
    readers=0,
    fetches=0,
    connections=4,
    bytes=10,
    most_bytes=60,
    allowed_bytes=64,
)


def test_ten_players_and_imports_get_through_a_minute_of_bad_weather(tmp_path):
    command = ["-m", "tests.soak", "--minutes", str(SECONDS / 60), "--results", str(tmp_path)]
    ran = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS + 120,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout[-10_000:]
    [path] = tmp_path.glob("soak-*.json")
    found = json.loads(path.read_text("utf-8"))
    assert found["held"]
    assert found["faults"] == []
    assert found["reads"] > 100
    assert found["imports"] > 5
    assert found["read_bytes"] > 100_000_000
    assert f"seed {found['seed']}" in ran.stdout


@given(st.integers(0, 2**32), st.integers(30, 1200), st.booleans())
def test_there_is_always_somebody_sound_unless_the_line_is_cut(seed, seconds, harsh):
    weather = forecast(seed, seconds, harsh=harsh)
    assert [change.at for change in weather.changes] == sorted(c.at for c in weather.changes)
    state, cut = {}, False
    for change in weather.changes:
        cut = (cut or "cut" in change.orders) and "mend" not in change.orders
        if change.knobs:
            state[change.server] = change
        if len(state) == len(CAPS) and not cut:
            names = [state[server].name for server in (FIRST, LAST)]
            assert {"sound", "calm"} & set(names), (change, names)
    assert not cut
    for change in weather.changes:
        if change.knobs:
            assert (LACKS in change.knobs["faults"]) is (change.server == PARTIAL)
            if change.name in {"sound", "calm"}:
                assert [fault for fault in change.knobs["faults"] if fault != LACKS] == []
                assert not change.orders


@given(st.integers(0, 2**32), st.integers(60, 1200), st.booleans(), st.data())
def test_only_what_the_weather_did_is_excused(seed, seconds, harsh, data):
    weather = forecast(seed, seconds, harsh=harsh)
    failed = data.draw(st.floats(0, seconds))
    begun = data.draw(st.floats(0, failed))
    near_a_cut = any(
        cut < failed and begun < mended + 3 and mended > failed - weather.patience - 3
        for cut, mended in weather.cuts
    )
    assert weather.excuses(begun, failed) <= near_a_cut


def test_a_failure_is_somebodys_fault():
    weather = Weather(60, 10, (), [(0.0, 20.0), (15.0, 60.0)])
    diary = Diary(weather)
    diary.failed("a read", 5, 18)
    diary.failed("a read that outlasts the first", 5, 28)
    assert (diary.excused, diary.faults) == (0, 2)
    diary.failed("a read that nobody could serve to its end", 14, 21)
    assert (diary.excused, diary.faults) == (1, 2)
    diary.wrong("wrong bytes", 14, 21)
    assert diary.faults == 3
    diary.waited(14, 21)
    assert diary.longest_wait == 0
    diary.waited(30, 34)
    assert diary.longest_wait == 4


@pytest.mark.parametrize(
    "change",
    [
        {"connections": 23},
        {"readers": 13},
        {"sockets": 9 + 4 + 2 * 12 + 1},
        {"most_bytes": 65},
        {"tasks": 5 + 4 + 3 * 12 + 16 + 1},
    ],
)
def test_what_is_too_much_is_seen(change):
    assert list(excesses(LOOK, LOOK, clients=12, caps=22)) == []
    assert len(list(excesses(dataclasses.replace(LOOK, **change), LOOK, clients=12, caps=22))) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"places": 1},
        {"readers": 1},
        {"fetches": 1},
        {"sockets": 12, "connections": 6},
        {"tasks": 6},
    ],
)
def test_what_is_left_is_seen(change):
    assert list(leftovers(dataclasses.replace(LOOK, sockets=11, connections=6), LOOK)) == []
    assert len(list(leftovers(dataclasses.replace(LOOK, **change), LOOK))) == 1


def test_memory_grows_or_does_not():
    flat = [0.0, 50.0, 100.0, 120.0] + [120.0, 125.0] * 50
    assert growth(flat) == 0
    assert growth([float(at) for at in range(100)]) == 50
    assert growth([]) == 0
    assert most_growth(1200) == 20
    assert most_growth(60) > 20  # much of a short run is warming up


def test_an_account_that_is_overbooked_is_seen():
    assert list(overbooked({"a": 3, "b": 3}, {"a": 3, "b": 2})) == [
        "b had 3 connections at once and allows 2"
    ]
