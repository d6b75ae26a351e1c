"""The page of the doctor names its checks, grades and facts, and no others."""

from __future__ import annotations

import re
from pathlib import Path

from altmount.doctor.finding import Grade

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/guide/doctor.md").read_text("utf-8")
MODULES = {path.stem: path.read_text("utf-8") for path in (ROOT / "altmount/doctor").glob("*.py")}


def rows_after(heading):
    """The first cells of the table that follows a line."""
    table = f"{PAGE}\n".partition(heading)[2].partition("|---|---|\n")[2].partition("\n\n")[0]
    return dict(re.findall(r"^\| `?([^`|]+)`? \| (.*) \|$", table, re.MULTILINE))


def test_each_check_is_on_the_page_and_none_else():
    named = set(re.findall(r'^CHECK = "([a-z_]+)"$', "".join(MODULES.values()), re.MULTILINE))
    assert set(rows_after("## What is looked at")) == named


def test_each_grade_is_on_the_page_and_none_else():
    assert set(rows_after("## Grades")) == {grade.word for grade in Grade}


def test_each_fact_on_the_page_is_in_the_code():
    told = re.findall(r"`([a-z_]+)`", " ".join(rows_after("| facts of").values()))
    assert "round_trip_ms" in told
    assert [name for name in told if f'"{name}"' not in "".join(MODULES.values())] == []
