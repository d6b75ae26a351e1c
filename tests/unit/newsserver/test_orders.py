from __future__ import annotations

import asyncio
from xml.etree import ElementTree as ET

import pytest

from altmount.errors import InvalidRequestError, NotFoundError
from altmount.newsserver.knobs import Fault, FaultKind, Knobs
from altmount.newsserver.nzb import nzb_of
from altmount.newsserver.orders import Orders, write_nzb
from altmount.newsserver.posting import Envelope
from altmount.newsserver.server import NewsServer
from altmount.newsserver.synthetic import SyntheticPosting


@pytest.fixture
def server():
    return NewsServer(Knobs(latency=1.0))


@pytest.fixture
def order(server):
    orders = Orders(server)
    return lambda op, **values: orders.carry_out({"op": op, **values})


async def test_knobs_are_given_and_turned(order, server):
    assert (await order("get"))["knobs"]["latency"] == 1.0
    await order("set", knobs={"jitter": 2})
    assert server.knobs == Knobs(latency=1.0, jitter=2.0)


async def test_faults_are_added(order, server):
    await order("fault", fault={"kind": "missing", "pattern": "a"})
    await order("fault", fault={"kind": "drop"})
    assert server.knobs.faults == (Fault(FaultKind.MISSING, "a"), Fault(FaultKind.DROP))


async def test_counters_are_given_and_reset(order, server):
    server.counters.arrived("BODY", "a")
    assert (await order("counters"))["counters"]["body_requests"] == {"a": 1}
    assert "body_requests" not in (await order("counters", articles=False))["counters"]
    await order("reset")
    assert (await order("counters"))["counters"]["body_requests"] == {}


async def test_gates_are_released_and_closed(order, server):
    await order("release", gate="a")
    await server.gates.passed("a")
    await order("hold", gate="a")
    assert not server.gates._gate("a").is_set()


async def test_connections_are_cut(order):
    assert await order("disconnect") == {"connections": 0}


async def test_the_line_is_cut_and_mended(order, server):
    async with server:
        assert await order("cut") == {"connections": 0}
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(server.host, server.port)
        assert await order("mend") == {}
        _, writer = await asyncio.open_connection(server.host, server.port)
        writer.close()


async def test_files_are_posted(order, server, tmp_path):
    for name in "ab":
        (tmp_path / name).write_bytes(name.encode() * 250)
    paths = [str(tmp_path / name) for name in "ab"]
    text = (await order("post", paths=paths, article_size=100, yenc_name="x"))["text"]
    segments = [element.text for element in ET.fromstring(text).iter() if "segment" in element.tag]
    articles = [server.spool.find(id_) for id_ in segments if id_.strip()]
    assert b"".join(article.payload() for article in articles) == b"a" * 250 + b"b" * 250
    assert {article.header().name for article in articles} == {"x"}


async def test_a_synthetic_post_is_described(order):
    text = (await order("synthetic", sizes=[250, 99], seed=7, article_size=100))["text"]
    envelope = Envelope(100)
    assert text == nzb_of(SyntheticPosting(7, 250, envelope), SyntheticPosting(8, 99, envelope))


async def test_an_nzb_is_written_where_it_is_wanted(order, tmp_path):
    path = tmp_path / "a.nzb"
    answer = await order("synthetic", sizes=[250], nzb=str(path), metas={"password": "p"})
    assert answer == {"nzb": str(path)}
    assert path.read_text() == nzb_of(SyntheticPosting(0, 250), metas={"password": "p"})


@pytest.mark.parametrize(
    ("op", "values"),
    [
        ("dance", {}),
        (None, {}),
        ([], {}),
        ("set", {}),
        ("set", {"knobs": 5}),
        ("set", {"knobs": {"odd": 5}}),
        ("fault", {}),
        ("release", {}),
        ("release", {"gate": ""}),
        ("hold", {"gate": 5}),
        ("post", {}),
        ("post", {"paths": []}),
        ("post", {"paths": "a"}),
        ("post", {"paths": ["/dev/null"]}),
        ("post", {"paths": ["a"], "yenc_name": 5}),
        ("post", {"paths": ["a"], "subject": 5}),
        ("synthetic", {}),
        ("synthetic", {"sizes": [0]}),
        ("synthetic", {"sizes": [True]}),
        ("synthetic", {"sizes": [1], "article_size": "1"}),
        ("synthetic", {"sizes": [1], "article_size": 0}),
        ("synthetic", {"sizes": [1], "seed": -1}),
        ("synthetic", {"sizes": [1], "metas": []}),
        ("synthetic", {"sizes": [1], "metas": {"a": 5}}),
        ("synthetic", {"sizes": []}),
    ],
)
async def test_orders_that_make_no_sense_are_refused(order, op, values):
    with pytest.raises(InvalidRequestError):
        await order(op, **values)


async def test_a_file_that_is_not_there_cannot_be_posted(order, tmp_path):
    with pytest.raises(NotFoundError, match="none"):
        await order("post", paths=[str(tmp_path / "none")])


def test_a_name_that_is_no_unicode_survives(tmp_path):
    path = tmp_path / "a.nzb"
    posting = SyntheticPosting(1, 1, Envelope(subject="a\udcffb"))
    write_nzb([posting], {}, path)
    assert b'subject="a\xffb"' in path.read_bytes()
