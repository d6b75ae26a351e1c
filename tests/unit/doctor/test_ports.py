from __future__ import annotations

import asyncio
import errno
import socket

from altmount.doctor import ports
from altmount.doctor.finding import Grade
from altmount.doctor.ports import Ports
from tests.support.program import free_port


async def looked(port, own_port=0, *, served=False):
    findings = []
    await Ports(port, own_port, served).look(findings.append)
    return findings


async def test_a_free_port_is_well_and_stays_free():
    port = free_port()
    [finding] = await looked(port)
    assert finding.grade is Grade.OK
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))


async def test_a_port_of_another_program_is_told_with_its_key():
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        first, second = await looked(free_port(), port)
        assert first.grade is Grade.OK
        assert second.grade is Grade.ERROR
        assert "webdav.own_port" in second.fix
        await asyncio.sleep(0)


async def test_a_port_that_is_bound_and_does_not_listen_is_taken_as_well():
    with socket.socket() as probe:
        probe.bind(("0.0.0.0", 0))
        [finding] = await looked(probe.getsockname()[1])
    assert finding.grade is Grade.ERROR
    assert "another program" in finding.text


async def test_one_port_cannot_be_both():
    port = free_port()
    first, second = await looked(port, port)
    assert (first.grade, second.grade) == (Grade.OK, Grade.ERROR)


async def test_a_port_that_only_root_may_have(monkeypatch):
    def bind(*_args):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(ports, "_bind", bind)
    [finding] = await looked(free_port())
    assert finding.grade is Grade.ERROR
    assert "1023" in finding.fix


async def test_beside_a_server_its_ports_are_to_be_served():
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert [one.grade for one in await looked(1, port, served=True)] == [Grade.OK, Grade.OK]
        await asyncio.sleep(0)
    first, second = await looked(1, free_port(), served=True)
    assert (first.grade, second.grade) == (Grade.OK, Grade.WARNING)
    assert "Restart" in second.fix
