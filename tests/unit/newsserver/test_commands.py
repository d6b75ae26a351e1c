from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.newsserver.commands import OTHER, TOO_LONG, Command, CommandReader


def read(data):
    return CommandReader().feed(data)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"BODY <a@b>", Command("BODY", ("<a@b>",))),
        (b"body\t<a@b> ", Command("BODY", ("<a@b>",))),
        (b"MODE READER", Command("MODE", ("READER",))),
        (b"LIST ACTIVE", Command(OTHER)),
        (b"", Command(OTHER)),
        (b"\xff\xfe", Command(OTHER)),
        (b"BODY " + b"x" * 505, Command("BODY", ("x" * 505,))),
        (b"BODY " + b"x" * 506, Command(TOO_LONG)),
    ],
)
def test_a_line_is_a_command(line, command):
    assert read(line + b"\r\n") == [command]


@pytest.mark.parametrize(
    ("line", "message_id"),
    [
        (b"BODY <a@b>", "a@b"),
        (b"BODY a@b", ""),
        (b"BODY <a@b", ""),
        (b"BODY", ""),
        (b"BODY <a> <b>", ""),
        (b"BODY <>", ""),
    ],
)
def test_a_message_id_stands_in_angle_brackets(line, message_id):
    [command] = read(line + b"\r\n")
    assert command.message_id == message_id


def test_a_bare_line_feed_ends_a_line_too():
    assert read(b"DATE\nQUIT\r\n") == [Command("DATE"), Command("QUIT")]


pieces = st.sampled_from(
    [b"DATE\r\n", b"BODY <a>\r\n", b"\r\n", b"x" * 600, b"x" * 511, b"\n", b"QUIT"]
)


@given(st.lists(pieces, max_size=12).map(b"".join), st.data())
def test_how_the_bytes_are_cut_makes_no_difference(data, draw):
    reader, got, start = CommandReader(), [], 0
    while start < len(data):
        size = draw.draw(st.integers(1, 700))
        got += reader.feed(data[start : start + size])
        start += size
    assert got == read(data)


def test_an_endless_line_is_complained_of_once_and_not_kept():
    reader = CommandReader()
    got = [command for _ in range(100) for command in reader.feed(b"x" * 1000)]
    assert got == [Command(TOO_LONG)]
    assert len(reader._rest) < 1000
    assert reader.feed(b"still\r\nDATE\r\n") == [Command("DATE")]
