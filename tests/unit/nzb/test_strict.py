from __future__ import annotations

import pytest

from altmount.nzb import strict
from altmount.nzb.limits import Limits
from tests.support.nzbs import Style, nzb_of, text_of


def test_well_formed_xml_is_read():
    assert strict.read(text_of(nzb_of(1)), Limits()).nzb() == nzb_of(1)


@pytest.mark.parametrize(
    "data",
    [
        b"<nzb>",
        b"<nzb>&</nzb>",
        b"<nzb>&nbsp;</nzb>",
        b"<!DOCTYPE nzb SYSTEM 'x'><nzb a='&eacute;'/>",
        b"<nzb>\0</nzb>",
        b" <?xml version='1.0'?><nzb/>",
        b"<nzb a='1' a='2'/>",
    ],
)
def test_the_rest_is_left_to_the_tolerant_reader(data):
    with pytest.raises(strict.NotWellFormedError):
        strict.read(data, Limits())


def test_deep_nesting_is_left_to_the_tolerant_reader():
    deep = b"<a>" * 400_000 + b"</a>" * 400_000
    with pytest.raises(strict.NotWellFormedError):
        strict.read(deep, Limits())
    strict.read(deep, Limits(depth=400_000))


def test_a_token_without_end_is_left_to_the_tolerant_reader():
    with pytest.raises(strict.NotWellFormedError):
        strict.read(b"<nzb><!--" + b"x" * 20_000_000 + b"--></nzb>", Limits())


def test_attributes_that_only_a_dtd_gives_do_not_count():
    data = b'<!DOCTYPE nzb [<!ATTLIST segment number CDATA "5">]>' + text_of(
        nzb_of(1), Style(doctype=False, declared=None)
    ).replace(b' number="', b' unused="')
    numbers = strict.read(data, Limits()).nzb().files[0].segments.numbers
    assert list(numbers) == [1, 2, 3, 4, 5]
