"""The OpenAPI document is of all there is, and what is answered is what it says."""

from __future__ import annotations

import asyncio

import aiohttp
import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from altmount.auth.caller import Access
from altmount.web.eventstream import MEDIA
from tests.support.accesspage import doors_in
from tests.support.program import KEY, serving

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 6


async def document_of(port):
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"http://127.0.0.1:{port}/api/openapi.json") as response,
    ):
        assert response.status == 200
        return await response.json()


async def test_every_route_of_the_api_is_in_it_and_none_else(tmp_path):
    async with serving(tmp_path) as program:
        told = await document_of(program.port)
    async with doors_in(tmp_path) as doors:
        served = {
            (route.method.lower(), route.resource.canonical)
            for route in doors.common.router.routes()
            if route.resource.canonical.startswith("/api/") and route.method != "HEAD"
        }
    assert {(method, path) for path, ones in told["paths"].items() for method in ones} == served


async def test_it_says_of_whoever_may_ask_what_the_door_does(tmp_path):
    async with serving(tmp_path) as program:
        told = await document_of(program.port)
    async with doors_in(tmp_path) as doors:
        for path, ones in told["paths"].items():
            for method, operation in ones.items():
                access = doors.permits.access(method.upper(), path)
                assert operation["description"].endswith(f"For {access.value}.")
                assert bool(operation["security"]) == (access is not Access.OPEN)


@pytest.mark.parametrize("headers", [{"X-Api-Key": KEY}, {}], ids=["admin", "nobody"])
async def test_what_is_answered_is_what_it_says(tmp_path, headers):
    async with serving(tmp_path) as program:
        told = await document_of(program.port)
        await asyncio.to_thread(_examine, told, f"http://127.0.0.1:{program.port}", headers)


@pytest.mark.asyncio(loop_factories=["uvloop"])  # the database is another, not the loop
async def test_what_is_answered_with_postgresql_is_what_it_says(tmp_path, postgresql):
    async with serving(tmp_path, database={"url": postgresql.database()}) as program:
        told = await document_of(program.port)
        base = f"http://127.0.0.1:{program.port}"
        await asyncio.to_thread(_examine, told, base, {"X-Api-Key": KEY})


def _examine(document, url, headers):
    schema = schemathesis.openapi.from_dict(document)
    for found in schema.get_all_operations():
        operation = found.ok()
        if MEDIA in operation.definition.raw["responses"].get("200", {}).get("content", {}):
            continue  # it does not end: see tests/unit/api/test_events.py

        @hypothesis.settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy())
        def holds(case):
            # Credentials that are made up are those of somebody else; ours are sent alone.
            case.call_and_validate(base_url=url, headers=headers, checks=CHECKS)

        holds()
