"""Figures for people, a line each, printed as they come."""

from __future__ import annotations

from collections.abc import Sequence

from tests.bench.figures import Figure, Row, shown

_WIDTHS = (46, 14, 12, 7, 15)
_TITLES = ("", "measured", "budget", "", "the ancestor")


def head() -> str:
    return f"{_line(_TITLES)}from .. to, and what the budget stands for"


def title(row: Row) -> str:
    return f"{row.name}: {row.title}"


def line(figure: Figure) -> str:
    spread = ""
    if len(figure.samples) > 1:
        spread = f"{shown(min(figure.samples))} .. {shown(max(figure.samples))}"
    remarks = "; ".join(filter(None, (spread, figure.note)))
    measured = f"{shown(figure.value)} {figure.unit}".strip()
    cells = (f"  {figure.what}", measured, figure.budget, figure.verdict, figure.ancestor)
    return f"{_line(cells)}{remarks}".rstrip()


def _line(cells: Sequence[str]) -> str:
    return "".join(cell.ljust(width) + " " for cell, width in zip(cells, _WIDTHS, strict=True))
