from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.articles import Part, parse_message_id
from altmount.errors import InvalidRequestError


@pytest.mark.parametrize("text", ["a@b", "<a@b>", "  <part1.x$y@news.example> "])
def test_a_message_id_loses_its_brackets(text):
    assert parse_message_id(text) == text.strip(" <>")


@pytest.mark.parametrize("text", ["", "<>", "a b", "a\r\nQUIT", "a>b", "<a<b>", "é@x", "x" * 249])
def test_what_could_change_a_command_is_no_message_id(text):
    with pytest.raises(InvalidRequestError):
        parse_message_id(text)


@given(st.text(max_size=300))
def test_whatever_passes_fits_in_one_command_line(text):
    try:
        message_id = parse_message_id(text)
    except InvalidRequestError:
        return
    line = f"BODY <{message_id}>"
    assert line.isascii()
    assert line.isprintable()
    assert len(line.split()) == 2
    assert line.count("<") == line.count(">") == 1


PART = Part(700, 100, 5000, "a.mkv")


@pytest.mark.parametrize(
    ("wanted", "word"),
    [
        (Part(701, 100, 5000), "from 701"),
        (Part(700, 99, 5000), "99 from"),
        (Part(700, 100, 4999), "4999"),
        (Part(700, 100, 5000, "b.mkv"), "b.mkv"),
    ],
)
def test_R1_a_misfit_says_what_does_not_fit(wanted, word):
    assert word in PART.misfit(wanted)


def test_a_part_fits_what_it_is_and_a_name_is_only_checked_where_it_is_known():
    assert not PART.misfit(PART)
    assert not PART.misfit(Part(700, 100, 5000))
