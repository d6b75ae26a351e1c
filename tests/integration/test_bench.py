"""The benchmarks run, and what they say can be read by people and by programs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import catalogue
from tests.bench.figures import BenchError, Verdict, figure, shown

ROOT = Path(__file__).parents[2]


def test_a_row_runs_from_end_to_end(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench", "start", "--results", str(tmp_path)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert (ran.returncode, ran.stderr) == (0, "")

    head, title, first, *_ = ran.stdout.splitlines()
    assert head.split()[:2] == ["measured", "budget"]
    assert title.startswith("start: ")
    assert re.match(r"  start to /ready +\d+\.\d+ s +≤ 1\.00 +(ok|MISSED) +0\.1 +\d", first)

    [path] = tmp_path.glob("*.json")
    assert path.name in ran.stdout
    [row] = json.loads(path.read_text("utf-8"))["rows"]
    assert (row["name"], row["error"]) == ("start", "")
    figure = row["figures"][0]
    assert figure["what"] == "start to /ready"
    assert figure["unit"] == "s"
    assert figure["budget"] == "≤ 1.00"
    assert min(figure["samples"]) <= figure["value"] <= max(figure["samples"])
    assert figure["verdict"] == ("ok" if figure["value"] <= 1 else "MISSED")


def test_a_figure_keeps_its_budget_or_misses_it():
    assert figure("speed", "MB/s", [1, 9, 5]).verdict is Verdict.FREE
    assert figure("speed", "MB/s", [1, 9, 5], at_least=5).verdict is Verdict.KEPT
    assert figure("speed", "MB/s", [1, 9, 5], at_least=6).verdict is Verdict.MISSED
    assert figure("time", "s", [1, 9, 5], at_most=4).verdict is Verdict.MISSED
    with pytest.raises(BenchError, match="speed: nothing was measured"):
        figure("speed", "MB/s", [])


def test_a_number_is_shown_with_three_digits():
    given = [0, 0.0449, 1.049, 9.999, 14.26, 99.96, 101.5, 1203.4, -1.87]
    wanted = ["0", "0.04", "1.05", "10.0", "14.3", "100", "102", "1,203", "-1.87"]
    assert [shown(value) for value in given] == wanted


def test_rows_are_chosen_by_how_their_names_begin():
    assert [row.name for row in catalogue.choose(["seek-2", "start"])] == [
        "start",
        "seek-20",
        "seek-200",
    ]
    assert catalogue.choose([]) == list(catalogue.ROWS)
    with pytest.raises(BenchError, match="no row 'stroem'"):
        catalogue.choose(["stroem"])


def test_every_row_is_explained_and_every_explanation_has_a_row():
    text = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
    explained = re.findall(r"^### (.+)$", text, re.MULTILINE)
    names = [name for heading in explained for name in heading.split(", ")]
    assert names == [row.name for row in catalogue.ROWS]
