"""No secret gets into a log, an error, an event or a metric, whatever is asked for."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import sys
from contextlib import asynccontextmanager

import aiohttp
import pytest

from altmount.auth.keys import download_key_of
from altmount.newsserver.server import NewsServer
from tests.support.client import fetch
from tests.support.program import free_port, synthetic, write_settings

PLANTED = {
    "webdav password": "Planted-webdav-1",
    "key override": "Planted0key0override000000000002",
    "jwt secret": "Planted-jwt-secret-3",
    "provider password": "Planted-provider-4",
    "account password": "Planted-account-5",
    "another password": "Planted-another-6",
    "archive password": "Planted-archive-7",
    "wrong password": "Planted-wrong-8",
    "wrong key": "Planted0wrong0key000000000000009",
    "proxy password": "Planted-proxy-10",
}

pytestmark = pytest.mark.asyncio(loop_factories=["uvloop"])  # the program has a loop of its own


class Visitor:
    """Asks for much, and keeps what may be seen by others than whoever asked."""

    def __init__(self, session, base):
        self._session, self._base = session, base
        self.seen = []

    async def __call__(self, method, path, *, secret_answer=False, **options):
        async with self._session.request(method, self._base + path, **options) as response:
            text = await response.text(errors="replace")
        if not secret_answer:
            self.seen.append((f"{method} {path}", f"{response.status} {text}"))
        return response, text


@asynccontextmanager
async def program(folder, port):
    """The program with all that it says, and its log at its most talkative."""
    environ = {name: text for name, text in os.environ.items() if name != "PORT"}
    environ |= {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "JWT_SECRET": PLANTED["jwt secret"],
        "PYTHONASYNCIODEBUG": "1",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "altmount", "serve", "--config", str(folder / "config.yaml")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environ,
    )
    said = []
    try:
        async with asyncio.timeout(30):
            while True:
                try:
                    if (await fetch(port, "/ready")).status == 200:
                        break
                except OSError:
                    await asyncio.sleep(0.02)
        yield process, said
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            said.append((await process.communicate())[0].decode())


async def visit(ask, folder, news):
    """All kinds of right and wrong requests; the secrets that were made on the way."""
    made = {}
    owner = {"username": "ann", "password": PLANTED["account password"]}
    _, text = await ask("POST", "/api/auth/register", json=owner, secret_answer=True)
    made["default key"] = json.loads(text)["data"]["user"]["api_key"]
    wrong = {"username": "ann", "password": PLANTED["wrong password"]}
    await ask("POST", "/api/auth/login", json=wrong)
    await ask("POST", "/api/auth/login", data=json.dumps(wrong) + "junk")
    await ask("POST", "/api/auth/login", json=wrong | {"username": 5})
    await ask("POST", "/api/auth/login", json={"username": PLANTED["wrong password"]})
    response, _ = await ask("POST", "/api/auth/login", json=owner, secret_answer=True)
    made["token"] = response.cookies["JWT"].value
    key = {"name": "phone", "scope": "read"}
    _, text = await ask("POST", "/api/user/keys", json=key, secret_answer=True)
    made["key for reading"] = json.loads(text)["data"]["api_key"]
    await ask("GET", "/api/user/keys")
    await ask("GET", "/api/user/sessions")
    await ask("GET", "/api/users")
    change = {
        "current_password": PLANTED["wrong password"],
        "new_password": PLANTED["another password"],
    }
    await ask("PUT", "/api/user/password", json=change)
    await ask("PUT", "/api/user/password", json=change | {"new_password": "x"})
    await ask("POST", "/api/users", json=owner)
    await ask("POST", "/api/users", json=owner | {"username": "ben", "role": "king"})
    for name in ("default key", "key for reading"):
        links = f"apikey={made[name]}&download_key={download_key_of(made[name])}"
        for path in ("/api/nothing", "/files/nothing.mkv", "/api/queue", "/webdav/nothing"):
            await ask("GET", f"{path}?{links}")
        await ask("POST", f"/api/queue/upload?{links}", data=b"junk")
        await ask("GET", f"/sabnzbd/api?mode=queue&{links}")
    for key in (PLANTED["wrong key"], PLANTED["key override"]):
        await ask("GET", f"/sabnzbd/api?mode=queue&apikey={key}")
        await ask("GET", "/api/nothing", headers={"X-Api-Key": key})
        await ask("GET", "/api/nothing", headers={"Authorization": f"Bearer {key}"})
        await ask("GET", "/api/nothing", headers={"X-JWT": key})
    for password in (PLANTED["webdav password"], PLANTED["wrong password"]):
        login = {"Authorization": aiohttp.encode_basic_auth("usenet", password)}
        await ask("PROPFIND", "/webdav/", headers=login)
        await ask("MKCOL", "/webdav/folder", headers=login)
        await ask("PUT", "/webdav/missing/a.srt", headers=login, data=b"1")
    tested = {
        "host": "127.0.0.1",
        "port": news.port,
        "username": "me",
        "password": PLANTED["provider password"],
        "proxy_url": f"socks5://me:{PLANTED['proxy password']}@127.0.0.1:1",
    }
    await ask("POST", "/api/providers/test", json=tested)
    await ask("POST", "/api/providers/test", json=tested | {"proxy_url": ""})
    await ask("POST", "/api/providers/test", json=tested | {"port": "x"})
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", synthetic(200_000, article_size=50_000), filename="Film.nzb")
    form.add_field("password", PLANTED["archive password"])
    await ask("POST", "/api/queue/upload", data=form)
    await ask("POST", "/api/queue/1/retry", json={"password": PLANTED["archive password"]})
    settings = folder / "config.yaml"
    good = settings.read_text()
    settings.write_text(good + f"\nnonsense: {PLANTED['wrong key']}\nlog: {{level: loud}}\n")
    await ask("POST", "/api/config/reload")
    settings.write_text(good)
    await ask("POST", "/api/config/reload")
    for path in ("/metrics", "/api/providers", "/api/queue", "/api/journal", "/api/user/sessions"):
        await ask("GET", path)
    account = {"host": "127.0.0.1", "port": news.port, "username": "me", "enabled": False}
    account |= {"password": PLANTED["another password"]}
    await ask("POST", "/api/providers", json=account | {"proxy_url": tested["proxy_url"]})
    await ask("POST", "/api/providers", json=account | {"port": PLANTED["another password"]})
    await ask("PUT", "/api/providers/provider_1", json={"host": "other.example"})
    await ask("PATCH", "/api/config/webdav", json={"password": {"x": PLANTED["wrong password"]}})
    await ask("PATCH", "/api/config/webdav", json={"prot": PLANTED["wrong password"]})
    await ask("PATCH", "/api/config/auth", json={"jwt_secret": PLANTED["wrong password"]})
    await ask("POST", "/api/config/validate", json={"api": {"key_override": PLANTED["wrong key"]}})
    await ask("GET", "/api/config")
    await ask("DELETE", "/api/providers/provider_1")
    await ask("GET", "/api/system/stats")
    await ask("GET", f"/api/files/active-streams?apikey={PLANTED['wrong key']}")
    await ask("GET", "/api/files/streams/history")
    await ask("GET", "/api/logs?limit=1000")
    await ask("GET", "/api/system/pool/metrics")
    await ask("POST", "/api/user/logout")
    await ask("GET", "/api/user", headers={"Cookie": f"JWT={made['token']}"})
    return made


async def test_planted_secrets_are_nowhere_to_be_seen(tmp_path):
    port = free_port()
    async with NewsServer() as news:
        write_settings(
            tmp_path,
            [news],
            provider={"username": "me", "password": PLANTED["provider password"]},
            webdav={"port": port, "password": PLANTED["webdav password"]},
            api={"key_override": PLANTED["key override"]},
            metadata={"root_path": str(tmp_path / "metadata")},
            sabnzbd={"enabled": True},
            log={"level": "debug", "file": str(tmp_path / "altmount.log")},
        )
        jar = aiohttp.CookieJar(unsafe=True)
        async with (
            program(tmp_path, port) as (_, said),
            aiohttp.ClientSession(cookie_jar=jar) as session,
        ):
            ask = Visitor(session, f"http://127.0.0.1:{port}")
            made = await visit(ask, tmp_path, news)
    secrets = PLANTED | made
    secrets["secret of the program"] = (tmp_path / "metadata" / "secret").read_text().strip()
    secrets |= {f"link of {name}": download_key_of(text) for name, text in secrets.items()}
    secrets |= {
        f"{name} in base64": base64.b64encode(text.encode()).decode().rstrip("=")
        for name, text in PLANTED.items()
    }
    log = (tmp_path / "altmount.log").read_text()
    assert len(log.splitlines()) > 8
    places = [("console", said[0]), ("log", log), *ask.seen]
    assert any(answer.startswith("40") for _, answer in ask.seen)
    found = [
        f"{name} in {where}"
        for where, text in places
        for name, secret in secrets.items()
        if secret in text
    ]
    assert found == []
