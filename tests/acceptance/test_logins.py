"""Who may come in, against the whole program."""

from __future__ import annotations

import stat

import aiohttp
import yaml

from altmount import app
from altmount.config.load import load_settings
from altmount.reload import Reload
from tests.support.program import KEY, PASSWORD, USER, Serving, free_port, serving, write_settings


async def ask(program, method, path, **options):
    """Status and body of an answer."""
    url = f"http://127.0.0.1:{program.port}{path}"
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, **options) as response,
    ):
        return response.status, await response.text()


def basic(user, password):
    return {"headers": {"Authorization": aiohttp.encode_basic_auth(user, password)}}


BASIC = basic(USER, PASSWORD)
WITH_KEY = {"headers": {"X-Api-Key": KEY}}


async def test_the_secret_of_logins_is_made_once_and_for_its_owner_alone(tmp_path):
    secret = tmp_path / "metadata" / "secret"
    async with serving(tmp_path, metadata={"root_path": str(tmp_path / "metadata")}):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        made = secret.read_text()
    async with serving(tmp_path, metadata={"root_path": str(tmp_path / "metadata")}):
        assert secret.read_text() == made


async def test_the_well_known_login_changes_no_settings(tmp_path):
    async with serving(tmp_path) as program:
        assert (await ask(program, "GET", "/api/queue", **BASIC))[0] == 200
        assert (await ask(program, "POST", "/api/config/reload", **BASIC))[0] == 403
        assert (await ask(program, "POST", "/api/config/reload", **WITH_KEY))[0] == 200


async def test_a_login_of_the_settings_that_was_chosen_is_the_owners(tmp_path):
    async with serving(
        tmp_path, webdav={"port": free_port(), "user": "me", "password": "mine"}
    ) as program:
        mine = basic("me", "mine")
        assert (await ask(program, "POST", "/api/config/reload", **mine))[0] == 200


async def test_who_may_come_in_changes_as_soon_as_the_settings_are_read_again(tmp_path):
    path = write_settings(tmp_path, [])
    document = yaml.safe_load(path.read_text())

    def change(**sections):
        path.write_text(yaml.safe_dump(document | sections))

    def read():
        return load_settings(path, {})

    async with app.serving(read().settings, read) as served:
        program = Serving(served)
        reload: Reload = served.program.reload
        assert (await ask(program, "GET", "/api/queue"))[0] == 401
        change(auth={"login_required": False})
        assert (await reload.run()).after_restart == ()
        assert (await ask(program, "GET", "/api/queue"))[0] == 200
        assert (await ask(program, "GET", "/webdav/"))[0] == 401
        change(
            webdav=document["webdav"] | {"password": "another"},
            api={"key_override": "k" * 32, "allowed_origins": ["https://mine.example"]},
        )
        assert (await reload.run()).after_restart == ()
        assert (await ask(program, "GET", "/api/queue", **BASIC))[0] == 401
        assert (await ask(program, "GET", "/api/queue", **WITH_KEY))[0] == 401
        right = basic(USER, "another")
        assert (await ask(program, "GET", "/api/queue", **right))[0] == 200
        url = f"http://127.0.0.1:{program.port}/api/queue"
        async with aiohttp.ClientSession() as session:
            mine = {"X-Api-Key": "k" * 32, "Origin": "https://mine.example"}
            async with session.get(url, headers=mine) as response:
                assert response.headers["Access-Control-Allow-Origin"] == "https://mine.example"


async def test_an_nzb_comes_in_with_a_key_for_nothing_else(tmp_path):
    async with serving(tmp_path) as program:
        for method, path in (("POST", "/api/queue/upload"), ("POST", "/api/queue/1/retry")):
            assert (await ask(program, method, path))[0] == 401
        status, said = await ask(program, "POST", "/api/queue/upload", **WITH_KEY)
        assert status == 400, said
