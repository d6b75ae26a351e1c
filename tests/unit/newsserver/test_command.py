from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys

import pytest

from altmount.newsserver import command
from altmount.newsserver.control import Control
from altmount.newsserver.knobs import Knobs
from altmount.newsserver.nzb import nzb_of
from altmount.newsserver.posting import Envelope
from altmount.newsserver.selfsigned import self_signed
from altmount.newsserver.synthetic import SyntheticPosting
from tests.unit.newsserver.talk import Client, yenc_decode

RUN = """
import argparse, asyncio, sys
from altmount.newsserver import command
parser = argparse.ArgumentParser()
command.add_arguments(parser)
sys.exit(asyncio.run(command.run(parser.parse_args())))
"""


def parse(*options):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(options)


async def started(*options):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, "--json", *options, stdout=asyncio.subprocess.PIPE
    )
    words = await process.stdout.readline()
    return process, words.decode(), json.loads(await process.stdout.readline())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_serves_what_it_is_told_to_until_it_is_told_to_stop(tmp_path, number):
    path, nzb = tmp_path / "a.bin", tmp_path / "a.nzb"
    path.write_bytes(bytes(range(250)))
    process, words, ready = await started(
        "--post",
        str(path),
        "--nzb",
        str(nzb),
        "--article-size",
        "100",
        "--tls-port",
        "0",
        "--control-port",
        "0",
        "--fault",
        '{"kind": "missing", "pattern": "p3.*"}',
    )
    try:
        [port], [tls_port] = ready["ports"], ready["tls_ports"]
        assert words == (
            f"news server on 127.0.0.1, port {port}, port {tls_port} (TLS), "
            f"control port {ready['control_port']}\n"
        )
        ids = [
            line.partition(">")[2].partition("<")[0]
            for line in nzb.read_text().split("\n")
            if "<segment " in line
        ]
        async with Client(port) as client, Control(ready["control_port"]) as control:
            await client.reply()
            first, second, third = await client.say(*(f"BODY <{id_}>" for id_ in ids))
            assert yenc_decode(first.block).payload == bytes(range(100))
            assert yenc_decode(second.block).payload == bytes(range(100, 200))
            assert third.code == 430
            counters = (await control.order("counters"))["counters"]
            assert counters["commands"] == {"BODY": 3}
            process.send_signal(number)
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        process._transport.close()


def test_knobs_have_options():
    arguments = parse(
        "--latency",
        "0.5",
        "--connection-cap",
        "3",
        "--silent-login",
        "--username",
        "me",
        "--fault",
        '{"kind": "drop"}',
    )
    knobs = command._knobs(arguments)
    assert (knobs.latency, knobs.connection_cap, knobs.silent_login, knobs.username) == (
        0.5,
        3,
        True,
        "me",
    )
    assert [fault.kind for fault in knobs.faults] == ["drop"]
    assert command._knobs(parse()) == Knobs()


def test_every_knob_has_an_option_or_a_fault():
    assert set(command._KNOBS_HELP) | {"faults"} == set(Knobs.__slots__)


@pytest.mark.parametrize(
    ("text", "size"), [("5", 5), ("3k", 3000), ("2M", 2 * 10**6), ("100G", 10**11), ("1T", 10**12)]
)
def test_sizes_have_units(text, size):
    assert command.parse_size(text) == size


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5G", "1P", "1" * 30])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match="not a size"):
        command.parse_size(text)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--certificate", "c.pem"], "go together"),
        (["--certificate", "c.pem", "--key", "k.pem"], "No such file"),
        (["--nzb", "a.nzb"], "give --post or --synthetic"),
        (["--post", "no/such/file"], "No such file"),
        (["--synthetic", "0"], "1 to"),
        (["--synthetic", "1", "--nzb", "no/such/folder/a.nzb"], "No such file"),
        (["--latency", "-1"], "latency cannot be"),
        (["--fault", "[]"], "a fault is an object"),
        (["--host", "192.0.2.1"], "assign"),
    ],
)
async def test_what_cannot_be_is_said_in_a_sentence(options, words, capsys):
    assert await command.run(parse(*options)) == 2
    assert words in capsys.readouterr().err


async def test_a_synthetic_post_gets_its_nzb(tmp_path, monkeypatch):
    stopped = asyncio.Event()
    stopped.set()
    monkeypatch.setattr(command, "_stopped", lambda _stack: stopped)
    certificate, key = self_signed()
    (tmp_path / "c.pem").write_bytes(certificate)
    (tmp_path / "k.pem").write_bytes(key)
    options = ["--synthetic", "1M", "5", "--seed-from", "3", "--article-size", "1000"]
    options += ["--nzb", str(tmp_path / "a.nzb"), "--tls-port", "0"]
    options += ["--certificate", str(tmp_path / "c.pem"), "--key", str(tmp_path / "k.pem")]
    assert await command.run(parse(*options)) == 0
    envelope = Envelope(1000)
    expected = nzb_of(SyntheticPosting(3, 10**6, envelope), SyntheticPosting(4, 5, envelope))
    assert (tmp_path / "a.nzb").read_text() == expected
