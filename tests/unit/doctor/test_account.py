from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from altmount.api.trialposts import TrialPost
from altmount.articles import parse_message_id
from altmount.doctor.account import AccountLook, exposures
from altmount.doctor.examination import Check, Examination
from altmount.doctor.finding import Grade, worst
from altmount.newsserver.knobs import Fault, FaultKind, Knobs
from altmount.newsserver.posting import Envelope
from altmount.newsserver.server import NewsServer
from altmount.newsserver.synthetic import SyntheticPosting
from altmount.nntp import dial
from altmount.nntp.commands import Credentials
from altmount.nntp.connection import Patience
from altmount.nntp.provider import Provider
from tests.support.certificates import certificate
from tests.support.program import free_port

SECRET = "s3cret-Word"
POSTING = SyntheticPosting(1, 3_000_000, Envelope(article_size=100_000))
SAMPLE = TrialPost(
    "A Film",
    tuple(parse_message_id(POSTING.message_id(number)) for number in range(1, 31)),
    100_000,
)


def account(port, host="127.0.0.1", **options):
    values = {
        "credentials": Credentials("me", SECRET),
        "patience": Patience(dial=0.5, greeting=0.5, first_byte=0.5),
        **options,
    }
    return Provider("one", host, port, **values)


async def looked(provider, sample=SAMPLE, *, ping=True):
    look = AccountLook(provider, ping, sample)
    findings = await Examination().make(Check("provider", "one", 20, look.look))
    assert SECRET not in f"{findings}"
    return look, findings


@asynccontextmanager
async def news(*faults, **knobs):
    async with NewsServer(Knobs(username="me", faults=faults, **knobs), tls_ports=(0,)) as server:
        yield server


async def test_an_account_that_works_has_the_articles_and_is_asked_over_one_connection():
    async with news(password=SECRET) as server:
        look, [finding] = await looked(account(server.port))
        assert finding.grade is Grade.OK
        assert finding.facts["step"] == "done"
        assert finding.facts["round_trip_ms"] > 0
        assert (finding.facts["asked_after"], finding.facts["has"]) == (5, 5)
        assert server.counters.now.connections_peak == 1
        assert abs(look.clock_is_off_by) < 60
        assert look.works
        assert not look.is_ours


async def test_without_a_library_it_is_only_known_that_it_answers():
    async with news(password=SECRET) as server:
        look, [finding] = await looked(account(server.port), None)
        assert finding.grade is Grade.OK
        assert "has" not in finding.facts
        assert look.is_ours
        look, [finding] = await looked(account(server.port), None, ping=False)
        assert finding.grade is Grade.OK
        assert look.clock_is_off_by is None


async def test_a_wrong_password():
    async with news(password="another") as server:
        look, [finding] = await looked(account(server.port))
    assert finding.grade is Grade.ERROR
    assert finding.facts == {"step": "login"}
    assert "password" in finding.fix
    assert not look.works


async def test_a_refused_port_and_no_such_host():
    _, [finding] = await looked(account(free_port()))
    assert finding.facts == {"step": "connection"}
    assert "port" in finding.fix
    _, [finding] = await looked(account(119, "no-such-host.invalid"))
    assert finding.facts == {"step": "dns"}
    assert "spelling" in finding.fix


@pytest.mark.parametrize(
    ("days", "address", "trusted", "words"),
    [
        ((-1, 30), "127.0.0.1", False, "own"),
        ((-30, -1), "127.0.0.1", True, "expired"),
        ((2, 30), "127.0.0.1", True, "clock"),
        ((-1, 30), "127.0.0.2", True, "host"),
    ],
    ids=["self-signed", "expired", "not yet", "of another"],
)
async def test_a_certificate_that_is_not_valid(
    tmp_path, monkeypatch, days, address, trusted, words
):
    path, tls = certificate(tmp_path, days=days, address=address)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    dial._tls_context.cache_clear()
    try:
        async with NewsServer(tls_ports=(0,), tls=tls) as server:
            _, [finding] = await looked(account(server.tls_port, tls=True))
    finally:
        dial._tls_context.cache_clear()
    assert finding.grade is Grade.ERROR
    assert "certificate" in finding.text
    assert words in finding.fix


async def test_articles_that_are_gone_are_told_and_of_a_backup_it_is_well():
    async with news(Fault(FaultKind.MISSING), password=SECRET) as server:
        _, [finding] = await looked(account(server.port))
        assert finding.grade is Grade.WARNING
        assert finding.facts["has"] == 0
        _, [finding] = await looked(account(server.port, backup=True))
        assert finding.grade is Grade.OK


async def test_a_server_that_does_not_know_stat_or_breaks_off():
    fault = Fault(FaultKind.STATUS, code=500, commands=("STAT",))
    async with news(fault, password=SECRET) as server:
        _, [finding] = await looked(account(server.port))
    assert finding.grade is Grade.WARNING
    assert "STAT" in finding.text
    async with news(Fault(FaultKind.DROP, commands=("STAT",)), password=SECRET) as server:
        _, [finding] = await looked(account(server.port))
    assert finding.grade is Grade.ERROR
    assert finding.fix


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 5000, b"HTTP/1.1 400 Bad\r\n\r\n", b"200 " + b"x" * 70_000]
)
async def test_what_is_no_news_server_is_a_finding(data):
    async def answer(reader, writer):
        writer.write(data)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        _, findings = await looked(account(server.sockets[0].getsockname()[1]))
    assert worst(findings) is Grade.ERROR
    await asyncio.sleep(0)


@pytest.mark.parametrize("said", ["111 20200101000000", "111 99999999999999", "111 soon", "111"])
async def test_the_time_that_a_server_tells_is_taken_with_care(said):
    async def answer(reader, writer):
        writer.write(b"200 hi\r\n")
        while line := await reader.readline():
            known = {b"AUTH": b"281 ok", b"DATE": said.encode()}
            writer.write(known.get(line[:4], b"430 no") + b"\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        look, [finding] = await looked(account(server.sockets[0].getsockname()[1]))
    await asyncio.sleep(0)
    if "2020" in said:
        behind = datetime(2020, 1, 1, tzinfo=UTC) - datetime.now(UTC)
        assert abs(timedelta(seconds=look.clock_is_off_by) - behind) < timedelta(seconds=60)
    else:
        assert look.clock_is_off_by is None
    assert finding.grade is Grade.WARNING  # it lacks all articles


def test_what_anyone_on_the_way_can_read_or_pretend_is_told():
    [open_to_all] = exposures(account(119, "news.example.com"))
    assert "tls" in open_to_all.fix
    [trusting] = exposures(account(563, "news.example.com", tls=True, verify=False))
    assert "insecure_tls" in trusting.fix
    assert not list(exposures(account(563, "news.example.com", tls=True)))
    for near in ("localhost", "127.0.0.1", "192.168.1.7", "nas"):
        assert not list(exposures(account(119, near)))
