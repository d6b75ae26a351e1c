"""The page that says who may ask for what is the one that the program makes of its routes."""

from __future__ import annotations

from pathlib import Path

from tests.support.accesspage import doors_in, page, rows_of

PAGE = Path(__file__).parents[2] / "docs/reference/access.md"


async def test_the_page_is_up_to_date(tmp_path):
    async with doors_in(tmp_path) as doors:
        assert PAGE.read_text("utf-8") == page(rows_of(doors)), "run `make docs`"
