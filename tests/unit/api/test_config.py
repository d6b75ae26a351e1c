from __future__ import annotations

from contextlib import asynccontextmanager

import aiohttp
import pytest
import yaml

from altmount.newsserver.server import NewsServer
from tests.support.client import asking, head_of, target_of
from tests.support.program import KEY, serving, synthetic

MASK = "********"


@asynccontextmanager
async def house(folder, *servers, **options):
    """The program, and an admin who asks it."""
    async with (
        serving(folder, *servers, **options) as program,
        aiohttp.ClientSession(headers={"X-Api-Key": KEY}) as session,
    ):

        async def ask(method, path, body=None):
            url = f"http://127.0.0.1:{program.port}/api/config{path}"
            async with session.request(method, url, json=body) as response:
                answer = await response.json()
                return response.status, answer["data"] if answer["success"] else answer["error"]

        yield program, ask


def file_in(folder):
    return yaml.safe_load((folder / "config.yaml").read_text())


async def test_settings_are_shown_without_secrets(tmp_path):
    async with house(tmp_path) as (_, ask):
        status, told = await ask("GET", "")
    assert status == 200
    assert (told["api"]["key_override"], told["api"]["key_override_set"]) == (MASK, True)
    assert told["import"]["max_processor_workers"] == 2
    assert KEY not in str(told)


async def test_what_is_shown_can_be_sent_back_and_changes_nothing(tmp_path):
    async with NewsServer() as news, house(tmp_path, news) as (_, ask):
        before = file_in(tmp_path)
        _, told = await ask("GET", "")
        told["import"]["max_processor_workers"] = 3
        status, changed = await ask("PUT", "", told)
        assert status == 200
        assert changed["after_restart"] == ["import.max_processor_workers"]
        _, again = await ask("GET", "")
    assert again == told
    after = file_in(tmp_path)
    assert after == before | {"import": {"max_processor_workers": 3}}


async def test_a_section_is_changed_at_once_where_that_can_be(tmp_path):
    async with house(tmp_path) as (program, ask):
        status, changed = await ask("PATCH", "/webdav", {"password": "another"})
        assert (status, changed["after_restart"]) == (200, [])
        assert program.program.reload.settings.webdav.password.get_secret_value() == "another"
        async with asking(program.port, "/api/user") as reader:  # with the old password
            assert (await head_of(reader)).status == 401
        status, changed = await ask("PATCH", "/health", {"enabled": True})
        assert (status, changed["code"]) == (404, "NOT_FOUND")
        _, changed = await ask("PATCH", "/import", {"read_timeout_seconds": 7})
        assert changed["ignored"] == ["import.read_timeout_seconds"]


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({"webdav": {"port": 99999}}, "webdav.port", "is '99999'; allowed"),
        ({"webdav": {"prot": 1}}, "webdav.prot", "did you mean port?"),
        ({"providers": [{"id": "x", "port": 1}]}, "providers[0].host", "missing"),
        ({"webdav": 1}, "webdav", "wrong shape"),
    ],
)
async def test_what_is_wrong_is_told_and_nothing_is_changed(tmp_path, body, field, said):
    async with house(tmp_path) as (_, ask):
        before = (tmp_path / "config.yaml").read_bytes()
        status, error = await ask("PUT", "", body)
        assert status == 400
        assert said in error["message"]
        status, checked = await ask("POST", "/validate", body)
        assert (status, checked["valid"]) == (200, False)
        assert [problem["field"] for problem in checked["errors"]][-1] == field
        assert said in checked["errors"][-1]["message"]
        assert (tmp_path / "config.yaml").read_bytes() == before


async def test_what_would_do_is_told_too(tmp_path):
    async with house(tmp_path) as (_, ask):
        status, checked = await ask("POST", "/validate", {"webdav": {"port": 9999}})
        assert (status, checked["valid"], checked["errors"]) == (200, True, [])
        assert any("none is enabled" in warning for warning in checked["warnings"])
        assert file_in(tmp_path)["webdav"]["port"] != 9999


async def test_a_file_that_cannot_be_edited_is_said_to_be_so(tmp_path):
    async with house(tmp_path) as (_, ask):
        (tmp_path / "config.yaml").write_text("webdav: &x {user: a}\napi: *x\n")
        status, error = await ask("PATCH", "/api", {"prefix": "/x"})
    assert status == 409
    assert "by hand" in error["message"]


async def test_a_stream_goes_on_while_accounts_change_under_it(tmp_path):
    async with NewsServer() as one, NewsServer() as two, house(tmp_path, one) as (program, ask):
        await program.bring(synthetic(8_000_000, article_size=100_000))
        target = target_of("/complete/Film/Film.mkv")
        async with asking(program.port, target, limit=1 << 16) as reader:
            head = await head_of(reader)
            got = len(await reader.readexactly(500_000))
            other = {"id": "two", "host": "127.0.0.1", "port": two.port}
            status, changed = await ask("PATCH", "/providers", {"providers": [other]})
            assert status == 200
            assert changed["providers"] == {"added": ["two"], "removed": ["p0"], "changed": []}
            while chunk := await reader.read(1 << 20):
                got += len(chunk)
                if got == head.length:
                    break
            assert got == head.length
            assert two.counters.now.body_requests


async def test_what_imports_are_made_by_is_in_force_for_the_next(tmp_path):
    allowed = {"import": {"allowed_file_extensions": [".mp4"]}}
    async with NewsServer() as news, house(tmp_path, news, **allowed) as (program, ask):
        job = await program.bring(synthetic(200_000, article_size=50_000))
        assert job.status == "failed"
        status, changed = await ask("PATCH", "/import", {"allowed_file_extensions": [".mkv"]})
        assert (status, changed["after_restart"]) == (200, [])
        again = await program.program.queue.retry(job.id)
        assert (await program.ended(again)).status == "completed"
