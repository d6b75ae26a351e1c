from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from hypothesis import example, given

from altmount.nzb.model import Nzb
from altmount.nzb.parse import parse_nzb
from altmount.nzb.write import write_nzb
from tests.support.nzbs import nzb_of, nzbs, posted_file


@given(nzbs())
@example(nzb_of(1))
@example(nzb_of(2, files=1, segments=1, password='a  <b> & "c"'))
def test_what_is_written_parses_to_the_same(nzb):
    assert parse_nzb(write_nzb(nzb)) == nzb


@given(nzbs())
def test_what_is_written_is_well_formed(nzb):
    ET.fromstring(write_nzb(nzb))


def test_writing_again_what_was_parsed_changes_nothing():
    written = write_nzb(nzb_of(3, password="x"))
    assert write_nzb(parse_nzb(written)) == written


def test_characters_that_no_xml_may_hold_are_left_out():
    nzb = Nzb((posted_file("a\0b\x1f\ud800c", [(1, 2, "i@d")], poster="\ufffe"),))
    assert parse_nzb(write_nzb(nzb)).files[0].subject == "abc"


def test_line_breaks_in_hand_made_values_are_kept_by_the_file():
    tree = ET.fromstring(write_nzb(Nzb((posted_file("a\r\n\tb", [(1, 2, "i@d")]),))))
    assert next(iter(tree)).get("subject") == "a\r\n\tb"


def test_a_moment_is_written_in_seconds():
    at = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    nzb = Nzb((posted_file("a", [(1, 2, "i@d")], posted=at),))
    assert parse_nzb(write_nzb(nzb)).files[0].posted == at
