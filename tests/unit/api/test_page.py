from __future__ import annotations

import re

from altmount.api.openapi import document
from altmount.api.page import page
from altmount.web.route import Route
from tests.unit.api.test_openapi import LIST, SEND


async def odd(request):
    """Show <script>alert(1)</script>."""


def test_it_shows_each_route_with_what_it_takes_and_gives():
    text = page(document([LIST, SEND]))
    for shown in ("GET /api/things", "POST /api/things/{id}", "limit", "ThingAnswer", "409"):
        assert shown in text


def test_it_loads_nothing_and_runs_nothing():
    text = page(document([LIST, Route("GET", "/api/odd", odd, dict)]))
    assert "<script" not in text
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", text)
