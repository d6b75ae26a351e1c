"""`altmount doctor`, as a person types it."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from altmount.newsserver.knobs import Fault, FaultKind, Knobs
from altmount.newsserver.server import NewsServer
from tests.acceptance.test_commands import run, start
from tests.support.client import asking, head_of, target_of
from tests.support.program import free_port, serving, synthetic, write_settings

PAGE = Path(__file__).parents[2] / "docs/guide/doctor.md"

pytestmark = pytest.mark.asyncio(loop_factories=["uvloop"])  # the command runs on its own


async def test_settings_that_cannot_be_used_are_findings_of_their_own(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_bytes(b"providers: [{host: 'a b'}]\nwebdav: {port: 0}\n")
    code, said = await run("doctor", "--config", config, "--json")
    report = json.loads(said)
    assert code == 2
    wrong = [one for one in report["findings"] if one["grade"] == "error"]
    assert len(wrong) == 3
    assert all(one["fix"] for one in wrong)
    code, said = await run("doctor", "--config", tmp_path, env={"LC_ALL": "C", "PYTHONUTF8": "0"})
    assert code == 2
    assert "this is no file" in said


async def test_a_taken_port_is_the_only_thing_that_does_not_work(tmp_path):
    async with await asyncio.start_server(lambda _reader, writer: writer.close(), port=0) as other:
        port = other.sockets[0].getsockname()[1]
        config = write_settings(tmp_path, [], port=port)
        code, said = await run("doctor", "--config", config)
    assert code == 1
    assert f"another program has port {port}" in said
    assert said.splitlines()[-1].startswith("1 thing does not work")


async def test_where_nothing_is_wrong_all_is_looked_at_without_a_server(tmp_path):
    async with NewsServer() as news:
        config = write_settings(tmp_path, [news], webdav={"port": free_port(), "password": "mine"})
        config.chmod(0o600)
        code, said = await run("doctor", "--config", config, "--json")
    report = json.loads(said)
    assert code == 0, said
    assert report["worst"] == "note"
    told = {one["check"]: one["grade"] for one in report["findings"]}
    assert {told.pop(one) for one in ("database", "sidecars", "journal", "server")} == {"note"}
    assert told.pop("folders") == "ok"
    checks = {"settings", "ports", "open_files", "provider", "clock", "speed", "canary"}
    assert told == dict.fromkeys(checks, "ok")
    assert list(tmp_path.iterdir()) == [config]
    facts = {name for one in report["findings"] for name in one["facts"]}
    assert facts <= set(re.findall(r"`([a-z_]+)`", PAGE.read_text("utf-8")))


async def test_nothing_but_the_findings_is_told_and_nothing_is_fetched_that_is_not_wanted(tmp_path):
    async with NewsServer(Knobs(username="me", password="mine")) as news:
        login = {"username": "me", "password": "s3cret-Word"}
        config = write_settings(tmp_path, [news], provider=login)
        code, said = await run("doctor", "--config", config, "--json", "--no-download")
        assert not news.counters.now.commands["BODY"]
    report = json.loads(said)  # with whatever stands on standard error
    assert code == 1
    [wrong] = [one for one in report["findings"] if one["grade"] == "error"]
    assert (wrong["check"], wrong["subject"], wrong["facts"]) == (
        "provider",
        "p0",
        {"step": "login"},
    )
    assert "s3cret-Word" not in said
    assert {"speed", "canary"}.isdisjoint(one["check"] for one in report["findings"])


async def test_a_film_that_nobody_has_any_more_is_told_by_the_findings_alone(tmp_path):
    async with NewsServer() as news:
        async with serving(tmp_path, news) as program:
            await program.bring(synthetic(5_000_000), "Film")
        news.knobs = Knobs(faults=(Fault(FaultKind.MISSING),))
        code, said = await run("doctor", "--config", tmp_path / "config.yaml", "--json")
    found = {one["check"]: one for one in json.loads(said)["findings"]}  # and no log beside it
    assert code == 1
    assert found["provider"]["facts"]["has"] == 0
    assert found["speed"]["facts"]["missing"] > 0
    assert found["canary"]["grade"] == "error"
    assert found["canary"]["subject"].startswith("/complete/Film/")


async def test_it_runs_beside_a_server_and_a_film_that_plays_does_not_notice(tmp_path):
    port = free_port()
    async with NewsServer() as news, serving(tmp_path, news, port=port) as program:
        job = await program.bring(synthetic(50_000_000), "Film")
        film = await program.only_file(job.path)
        async with asking(port, target_of(film.path)) as reader:
            head = await head_of(reader)
            code, said = await run("doctor", "--config", tmp_path / "config.yaml")
            assert len(await reader.readexactly(head.length)) == 50_000_000
        assert news.counters.now.connections_peak <= 8
        await program.bring(synthetic(5_000_000, seed=2), "Another")  # it has its database still
    assert code == 0, said
    assert f"it runs on port {port}, and is ready" in said
    assert "ok       canary: /complete/Film/" in said
    assert "ok       speed: p0:" in said


async def test_a_newer_database_and_a_damaged_sidecar_are_found_beside_each_other(tmp_path):
    async with NewsServer() as news, serving(tmp_path, news) as program:
        await program.bring(synthetic(3_000_000), "Film")
    [sidecar] = (tmp_path / "metadata" / "releases").glob("*/*.altmount")
    data = bytearray(sidecar.read_bytes())
    data[len(data) // 2] ^= 1
    sidecar.write_bytes(data)
    path = tmp_path / "altmount.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    before = {each: each.stat().st_mtime_ns for each in tmp_path.rglob("*")}
    code, said = await run("doctor", "--config", tmp_path / "config.yaml")
    assert code == 1
    assert f"error    sidecars: {sidecar}" in said
    assert "revision 9999" in said
    assert str(tmp_path / "backups") in said
    assert {each: each.stat().st_mtime_ns for each in tmp_path.rglob("*")} == before


async def test_it_can_be_stopped(tmp_path):
    async def silent(reader, writer):
        await reader.read()  # until it is left
        writer.close()

    other = await asyncio.start_server(silent, "127.0.0.1", 0)
    config = write_settings(tmp_path, [], port=other.sockets[0].getsockname()[1])
    doctor = await start("doctor", "--config", config)
    async with asyncio.timeout(20):
        line = await doctor.stdout.readline()
        assert line.startswith(b"ok       settings"), line
        while b"folders: database" not in line:
            line = await doctor.stdout.readline()
    doctor.send_signal(signal.SIGINT)
    async with asyncio.timeout(20):
        said, _ = await doctor.communicate()
    assert doctor.returncode == 130, said.decode()
    assert b"Traceback" not in said
    other.close()


STUCK = """
import asyncio, logging, sys, threading
from altmount import cli
from altmount.doctor import database, folders, rounds

folders._looked = lambda place: threading.Event().wait()  # a disk that is gone
folders.SECONDS = 0.1


async def stubborn(self, say):
    logging.getLogger("altmount").error("what it tells the log")
    while True:  # what cannot be cancelled
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass

rounds.DatabaseLook.look = stubborn
database.SECONDS = 0.1
sys.exit(cli.main(sys.argv[1:]))
"""


async def test_a_disk_that_is_gone_and_what_cannot_be_stopped_hold_nobody_up(tmp_path):
    config = write_settings(tmp_path, [])
    doctor = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", STUCK, "doctor", "--config", str(config), "--no-download"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(30):
        said, _ = await doctor.communicate()
    assert doctor.returncode == 1
    assert said.decode().count("this took longer than 0.1 s") == 3
    assert "is it a network share that is gone?" in said.decode()
    assert "\n3 things do not work" in said.decode()
    assert "what it tells the log" not in said.decode()


async def test_who_has_read_enough_may_close_the_pipe(tmp_path):
    config = write_settings(tmp_path, [])
    doctor = await start("doctor", "--config", config, "--no-download")
    async with asyncio.timeout(30):
        assert await doctor.stdout.readline()
        doctor._transport.get_pipe_transport(1).close()
        await doctor.wait()
    assert doctor.returncode == 0
