"""Who may come in, against the whole program."""

from __future__ import annotations

import asyncio
import io
import json
import os
import stat
import sys
from contextlib import asynccontextmanager
from urllib.parse import quote

import aiohttp
import pytest
import yaml

from altmount import app
from altmount.auth import directory
from altmount.cli import main
from altmount.config.file import SettingsFile
from altmount.config.settings import Settings
from altmount.entrance import policy_of
from altmount.newsserver.server import NewsServer
from altmount.reload import Reload
from tests.support.program import (
    KEY,
    PASSWORD,
    USER,
    Serving,
    free_port,
    serving,
    synthetic,
    write_settings,
)


async def ask(program, method, path, **options):
    """Status and body of an answer."""
    url = f"http://127.0.0.1:{program.port}{path}"
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, **options) as response,
    ):
        return response.status, (await response.read()).decode("latin-1")


def basic(user, password):
    return {"headers": {"Authorization": aiohttp.encode_basic_auth(user, password)}}


CHOSEN = "correct horse"
uvloop_only = pytest.mark.asyncio(loop_factories=["uvloop"])  # commands have loops of their own


@asynccontextmanager
async def logged_in(program, who):
    """A login; asks for a path, and gives the status."""
    url = f"http://127.0.0.1:{program.port}"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.post(f"{url}/api/auth/login", json=who) as response:
            assert response.status == 200, await response.text()

        async def ask(path):
            async with session.get(f"{url}{path}") as response:
                return response.status

        yield ask


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

    file = SettingsFile(path, {})
    async with app.serving(file.read().settings, file) as served:
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


async def command(*arguments, typed=""):
    """Exit code and output of a command, which reads what is piped in."""
    environ = {name: text for name, text in os.environ.items() if name != "PORT"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "altmount", *map(str, arguments)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    async with asyncio.timeout(60):
        output, _ = await process.communicate(typed.encode())
    return process.returncode, output.decode()


@uvloop_only
async def test_a_forgotten_password_is_replaced_beside_the_server_and_logins_end(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(directory, "FRESH_SECONDS", 0.0)  # what others change is seen at once
    passwd = ("passwd", "--config", tmp_path / "config.yaml")
    async with serving(tmp_path) as program:
        code, said = await command(*passwd, "ann", typed=f"{CHOSEN}\n")
        assert (code, "as admin" in said) == (0, True), said
        ann = {"username": "ann", "password": CHOSEN}
        async with logged_in(program, ann) as ask:
            assert await ask("/api/users") == 200
            code, said = await command(*passwd, typed="another horse\n")
            assert (code, "ann has a new password" in said) == (0, True), said
            assert await ask("/api/users") == 401
        async with logged_in(program, ann | {"password": "another horse"}) as ask:
            assert await ask("/api/users") == 200
        code, said = await command(*passwd, typed="short\n")
        assert (code, "12 to 1000" in said) == (1, True)
        code, said = await command(*passwd, "ben", typed=f"{CHOSEN}\n")
        assert (code, "no account named ben" in said) == (1, True)


def test_accounts_are_seen_to_where_no_server_runs(tmp_path, monkeypatch, capsys):
    config = ("--config", str(write_settings(tmp_path, [])))

    def do(*arguments, typed=""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        code = main([*arguments, *config])
        told = capsys.readouterr()
        return code, told.out + told.err

    assert do("users", "add", "ann", "--role", "admin", typed=f"{CHOSEN}\n")[0] == 0
    assert do("users", "add", "robot", "--no-password")[0] == 0
    assert do("users", "role", "robot", "reader")[0] == 0
    assert "ann  admin\nrobot  reader  no password\n" in do("users", "list")[1]
    code, said = do("users", "remove", "ann")
    assert (code, "only admin" in said) == (1, True)
    code, said = do("passwd", typed="x" * 12)
    assert (code, "ann, robot" in said) == (1, True)
    assert do("users", "remove", "robot")[0] == 0
    code, said = do("passwd", typed="x" * 12)
    assert (code, "ann has a new password" in said) == (0, True)
    assert "x" * 12 not in said


def test_a_password_is_typed_twice(tmp_path, monkeypatch, capsys):
    typed = iter([CHOSEN, "correct house", CHOSEN, CHOSEN])
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))
    command = ["passwd", "ann", "--config", str(write_settings(tmp_path, []))]
    assert main(command) == 1
    assert "two passwords" in capsys.readouterr().err
    assert main(command) == 0
    assert "ann has an account now" in capsys.readouterr().out


class Terminal(io.StringIO):
    def isatty(self):
        return True


async def test_behind_a_proxy_the_cookie_is_secure_and_each_client_has_its_own_tries(tmp_path):
    async with serving(tmp_path) as program:
        url = f"http://127.0.0.1:{program.port}/api/auth"
        first = {"username": "ann", "password": CHOSEN}
        proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "alt.example"}
        async with aiohttp.ClientSession() as session:
            page = proxied | {"Origin": "https://alt.example"}
            async with session.post(f"{url}/register", json=first, headers=page) as response:
                assert response.status == 200, await response.text()
                assert "Secure" in response.headers["Set-Cookie"]
            statuses = set()
            for number in range(11):
                client = {"X-Forwarded-For": f"6.6.6.{number}, 1.2.3.4"}
                async with session.post(f"{url}/login", json={}, headers=client) as response:
                    statuses.add(response.status)
            assert statuses == {400, 429}
            other = {"X-Forwarded-For": "1.2.3.5"}
            async with session.post(f"{url}/login", json=first, headers=other) as response:
                assert response.status == 200
                assert "Secure" not in response.headers["Set-Cookie"]


async def test_an_nzb_comes_in_with_a_key_for_nothing_else(tmp_path):
    async with serving(tmp_path) as program:
        for method, path in (("POST", "/api/queue/upload"), ("POST", "/api/queue/1/retry")):
            assert (await ask(program, method, path))[0] == 401
        status, said = await ask(program, "POST", "/api/queue/upload", **WITH_KEY)
        assert status == 400, said


@pytest.mark.parametrize(
    ("sections", "origins"),
    [
        ({}, set()),
        (
            {"auth": {"cookie_domain": "Example.com"}},
            {"http://example.com", "https://example.com"},
        ),
        (
            {
                "auth": {"cookie_domain": "example.com"},
                "api": {"allowed_origins": ["https://mine.example"]},
            },
            {"https://mine.example"},
        ),
    ],
)
def test_pages_of_the_cookies_domain_may_call_unless_others_are_named(sections, origins):
    assert policy_of(Settings.model_validate(sections)).allowed_origins == origins


async def test_everything_is_below_the_base_path_too(tmp_path):
    async with NewsServer() as news:
        proxy = {"base_path": "/alt"}
        async with serving(tmp_path, news, reverse_proxy=proxy) as program:
            job = await program.bring(synthetic(100_000, article_size=50_000), "Film")
            [file] = await program.program.library.children(job.path)
            for base in ("", "/alt"):
                status, body = await ask(program, "GET", f"{base}/files{quote(file.path)}", **BASIC)
                assert (status, len(body)) == (200, 100_000)
                status, body = await ask(program, "PROPFIND", f"{base}/webdav/", **BASIC)
                assert status == 207
                assert f"<D:href>{base}/webdav/complete/</D:href>" in body
                assert (await ask(program, "GET", f"{base}/api/queue", **WITH_KEY))[0] == 200
                status, body = await ask(program, "GET", f"{base}/api/queue")
                assert (status, json.loads(body)["success"]) == (401, False)
                assert (await ask(program, "GET", f"{base}/ready"))[0] == 200
