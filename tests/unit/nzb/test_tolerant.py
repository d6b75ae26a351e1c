from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from altmount.nzb import strict, tolerant
from altmount.nzb.errors import NzbError
from altmount.nzb.limits import Limits
from tests.support.nzbs import Style, nzb_of, nzbs, styles, text_of


@given(nzbs(), styles)
@example(nzb_of(), Style(comments=True, prefix="n"))
def test_well_formed_xml_is_understood_as_the_strict_reader_does(nzb, style):
    data = text_of(nzb, style)
    assert tolerant.read(data, Limits()).nzb() == nzb
    if not (style.comments or style.cdata):  # where a bare "&" is in its right
        assert strict.read(data, Limits()).nzb() == nzb


_SCRAPS = st.sampled_from(
    [
        "<nzb>", "</nzb>", "<file subject='a>b'>", '<file subject="">', "</file>", "<segments>",
        "</segments>", "<segment number='2'>", "<segment>", "</segment>", "<group>", "</group>",
        "<group/>", "<meta type = 'x'\n>", "</meta >", "<x:a y:b='&lt;' c=\"'\">", "</x:a>",
        "<!-- < -->", "<![CDATA[<&]]>", "<?p <?>", "a@b", "&#65;", "&amp;lt;", "\r\n", "\n",
        " ", "]", "é", ">",
        "<file subject='\r\n&#13;&#10;\tq\r'>", "<segment bytes='&#49;'\tnumber='1'  />",
    ]
)  # fmt: skip


@given(st.lists(_SCRAPS, max_size=25))
def test_whatever_the_strict_reader_takes_is_understood_the_same(scraps):
    data = f"<nzb><file>{''.join(scraps)}<segment>z@z</segment></file></nzb>".encode()
    try:
        expected = strict.read(data, Limits())
    except strict.NotWellFormedError:
        return
    assert tolerant.read(data, Limits()).nzb() == expected.nzb()


def nested(children):
    tags = ["file", "segment", "group", "meta", "segments", "nzb", "other", "n:file"]
    subjects = ["", "a", "b>c", "&lt;"]
    return st.tuples(
        st.sampled_from(tags), st.sampled_from(subjects), st.lists(children, max_size=4)
    ).map(
        lambda drawn: "<{0} subject='{1}' number='1'>{2}</{0}>".format(
            *drawn[:2], "".join(drawn[2])
        )
    )


@given(st.recursive(st.sampled_from(["a@b", "c@d", " ", "&amp;", "<!-- -->"]), nested))
def test_odd_nesting_is_understood_the_same(content):
    data = f"<nzb>{content}<file><segment>z@z</segment></file></nzb>".encode()
    expected = strict.read(data, Limits()).nzb()
    assert tolerant.read(data, Limits()).nzb() == expected


def test_what_is_too_damaged_for_its_size_is_refused():
    with pytest.raises(NzbError, match="damaged"):
        tolerant.read(b"<" * 100, Limits(tags=10))
