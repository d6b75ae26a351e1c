from __future__ import annotations

import pytest
from aiohttp import web

from altmount.doctor import server as module
from altmount.doctor.client import Login
from altmount.doctor.finding import Grade
from altmount.doctor.server import Server
from tests.support.program import PASSWORD, USER, free_port, serving
from tests.unit.doctor.test_client import saying

LOGIN = Login(USER, PASSWORD)


async def looked(port, login=LOGIN, prefix="/api"):
    server, findings = Server(port, prefix, login), []
    await server.look(findings.append)
    [finding] = findings
    return server, finding


async def test_a_server_that_runs_says_how_its_accounts_stand(tmp_path):
    from altmount.newsserver.server import NewsServer

    async with NewsServer() as news, serving(tmp_path, news) as program:
        server, finding = await looked(program.port)
        assert finding.grade is Grade.OK
        assert (server.runs, server.lets_in) == (True, True)
        assert server.pools["p0"]["max_connections"] == 8
        server, finding = await looked(program.port, Login(USER, "another"))
        assert finding.grade is Grade.ERROR
        assert "webdav.password" in finding.text
        assert "another" not in f"{finding}"
        assert (server.runs, server.lets_in) == (True, False)
        server, finding = await looked(program.port, prefix="/other")
        assert finding.grade is Grade.WARNING
        assert not server.lets_in


async def test_one_that_is_not_ready_is_not_used():
    async def live(_request):
        return web.json_response({"status": "ok", "timestamp": "now"})

    async def ready(_request):
        return web.json_response({"status": "starting", "reason": "the index is made"}, status=503)

    app = web.Application()
    app.add_routes([web.get("/live", live), web.get("/ready", ready)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server, finding = await looked(runner.addresses[0][1])
    await runner.cleanup()
    assert (server.runs, server.lets_in) == (True, False)
    assert "the index is made" in finding.text


@pytest.mark.parametrize("body", [b"", b"[1]", b"{}", b'{"status":"ok"}', b"[" * 100_000])
async def test_another_program_is_not_taken_for_ours(body):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with saying(head + body) as port:
        server, finding = await looked(port)
    assert not server.runs
    assert finding.grade is Grade.NOTE


async def test_nobody_there_is_nothing_wrong():
    server, finding = await looked(free_port())
    assert not server.runs
    assert finding.grade is Grade.NOTE


async def test_who_has_the_database_without_serving_is_told():
    server, findings = Server(free_port(), "/api", LOGIN, holder=4711), []
    await server.look(findings.append)
    assert [finding.grade for finding in findings] == [Grade.WARNING]
    assert "4711" in findings[0].text
    assert findings[0].fix


async def test_a_server_of_another_version_is_to_be_restarted(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "__version__", "99.0")
    async with serving(tmp_path) as program:
        server, findings = Server(program.port, "/api", LOGIN), []
        await server.look(findings.append)
    assert [finding.grade for finding in findings] == [Grade.OK, Grade.WARNING]
    assert "99.0" in findings[1].text
    assert server.lets_in
