from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.errors import InvalidRequestError
from altmount.webdav.xml import MAX_XML_BYTES, empty_element, parse_xml, text


def test_a_document_is_read():
    assert parse_xml(b'<a xmlns="b:"><c/></a>')[0].tag == "{b:}c"
    assert parse_xml("<a>☂</a>".encode("utf-16")).text == "☂"


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<a>", b"<a/><b/>", b"\xff", b"<a>\x00</a>", b"<x:a/>"),
        b'<?xml version="1.0" encoding="nonsense"?><a/>',
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a [<!ENTITY % b SYSTEM "file:///etc/passwd"> %b;]><a/>',
        "<!DOCTYPE a><a/>".encode("utf-16"),
    ],
)
def test_what_is_no_sound_xml_or_has_a_document_type_is_refused(body):
    with pytest.raises(InvalidRequestError):
        parse_xml(body)


def test_the_deepest_document_that_fits_is_read():
    depth = MAX_XML_BYTES // 7
    assert parse_xml(b"<a>" * depth + b"</a>" * depth).tag == "a"


@given(st.text())
def test_any_text_can_be_the_content_of_an_element(value):
    told = ET.fromstring(f"<a>{text(value)}</a>".encode(errors="surrogatepass")).text or ""
    assert len(told.replace("\n", "")) <= len(value)
    if value.isprintable():
        assert told == value


@given(st.sampled_from(["{DAV:}a", '{x:"<&>}a', "{urn:\u2602}a", "a"]))
def test_an_element_has_its_name_and_is_empty(name):
    root = ET.fromstring(f'<r xmlns:D="DAV:">{empty_element(name)}</r>')
    assert [(child.tag, child.text, len(child)) for child in root] == [(name, None, 0)]
