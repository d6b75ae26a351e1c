from __future__ import annotations

from pathlib import Path

from altmount.importer.refusals import refusals_reference

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "refusals.md"


def test_the_page_of_refusals_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == refusals_reference()
