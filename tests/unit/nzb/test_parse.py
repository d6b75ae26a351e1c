from __future__ import annotations

import gzip
import pickle
import random
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from altmount.nzb.errors import NzbError, NzbFault
from altmount.nzb.parse import parse_nzb
from tests.support.nzbs import DOCTYPE, Style, nzb_of, nzbs, styles, text_of, xml_of


def one_file(segments, attributes='poster="p" date="1" subject="s"'):
    return f"<nzb><file {attributes}><segments>{segments}</segments></file></nzb>".encode()


def rows(data):
    [file] = parse_nzb(data).files
    return [
        (number, size, file.segments.message_id(index))
        for index, (number, size) in enumerate(
            zip(file.segments.numbers, file.segments.encoded_sizes, strict=True)
        )
    ]


def fault(data):
    with pytest.raises(NzbError) as caught:
        parse_nzb(data)
    return caught.value.code


@given(nzbs(), styles)
@example(nzb_of(), Style())
def test_the_same_values_come_out_however_they_are_written(nzb, style):
    assert parse_nzb(text_of(nzb, style)) == nzb


@pytest.mark.parametrize(
    "style",
    [
        Style(byte_order_mark=True),
        Style(encoding="utf-16-le", declared="utf-16", byte_order_mark=True),
        Style(encoding="utf-16-be", declared="utf-16", byte_order_mark=True),
        Style(encoding="utf-16-le", declared=None),
        Style(encoding="utf-16-be", declared="utf-8"),
        Style(encoding="latin-1", declared="iso-8859-1"),
        Style(encoding="latin-1", declared=None),
        Style(encoding="latin-1", declared="utf-8"),
        Style(encoding="utf-8", declared="utf-16"),
        Style(encoding="utf-8", declared="iso-8859-1"),
        Style(encoding="windows-1252", declared="windows-1252"),
    ],
)
def test_the_encoding_is_found_whatever_is_declared(style):
    nzb = nzb_of(files=1, title="Amélie à Zürich")
    assert parse_nzb(text_of(nzb, style)) == nzb


def test_gzip_is_unpacked():
    nzb = nzb_of(4)
    assert parse_nzb(gzip.compress(text_of(nzb))) == nzb


def test_what_is_parsed_goes_to_another_process():
    nzb = parse_nzb(text_of(nzb_of(5)))
    assert pickle.loads(pickle.dumps(nzb)) == nzb


def test_the_dtd_of_newzbin_is_no_reason_to_refuse():
    assert rows(DOCTYPE.encode() + one_file("<segment>a@b</segment>")) == [(1, 0, "a@b")]


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE nzb [<!ENTITY a "b">]>',
        '<!DOCTYPE nzb [<!ENTITY % a "b">]>',
        '<!DOCTYPE nzb SYSTEM "x" [ <!ELEMENT nzb ANY> <!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE nzb [<!ENTITY a "b">]> &nbsp;',
        '<!DOCTYPE nzb [<!entity a "b">]> &nbsp;',
    ],
)
def test_entities_of_its_own_are_refused(doctype):
    assert fault(doctype.encode() + one_file("<segment>a@b</segment>")) is NzbFault.ENTITIES


def test_entities_in_a_comment_declare_nothing():
    data = b'<!-- <!ENTITY a "b"> --> &nbsp;' + one_file("<segment>a@b</segment>")
    assert rows(data) == [(1, 0, "a@b")]


@pytest.mark.parametrize(
    ("written", "subject"),
    [
        ("Tom & Jerry", "Tom & Jerry"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("A&nbsp;B", "A\xa0B"),
        ("Am&eacute;lie", "Amélie"),
        ("a&unknown;b & c", "a&unknown;b & c"),
        ("a&#233;&#xE9;&#0;&#xD800;&#9999999;b", "aééb"),
        ("a\x00\x01\x1f\x7fb", "ab"),
        ("a\nb\tc", "a b c"),
        ('[1/5] - "film.mkv" yEnc (1/9)', '[1/5] - "film.mkv" yEnc (1/9)'),
        ("a <b> c", "a <b> c"),
        ("2 > 1", "2 > 1"),
    ],
)
def test_subjects_are_read_as_they_were_meant(written, subject):
    for doctype in ("", DOCTYPE):
        data = one_file("<segment>a@b</segment>", f'poster="p" subject="{written}" date="1"')
        [file] = parse_nzb(doctype.encode() + data).files
        assert (file.subject, file.poster) == (subject, "p")
        assert file.posted == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "attributes",
    [
        'poster="Joe <joe@example>" date="5" subject="s"',
        "poster=Joe <joe@example> date=5 subject=s",
        'poster="Joe <joe@example> date="5" subject="s"',
        "poster=\"Joe <joe@example>' date='5' subject='s'",
        'poster="Joe <joe@example>" date=5" subject="s',
        'poster="Joe &lt;joe@example&gt;"date="5"subject="s"',
        'POSTER="Joe &lt;joe@example&gt;" DATE = "5" Subject="s"',
        'poster="Joe <joe@example>"   date="5"\n\tsubject="s" /',
    ],
)
def test_attributes_survive_what_is_wrong_with_their_quotes(attributes):
    data = (
        f"<nzb><file {attributes}>\n<groups><group>a.b</group></groups>"
        "<segments><segment>a@b</segment></segments></file></nzb>"
    )
    [file] = parse_nzb(data.encode()).files
    seconds = int(file.posted.timestamp())
    assert (file.poster, seconds, file.subject) == ("Joe <joe@example>", 5, "s")


@pytest.mark.parametrize(
    "segment",
    [
        '<segment bytes="12" number="3">a@b</segment>',
        "<segment bytes='12' number='3'>a@b</segment>",
        "<segment bytes=12 number=3>a@b</segment>",
        '<segment bytes="12 number="3">a@b</segment>',
        '<segment bytes="12" number="3>a@b</segment>',
        '<segment bytes=12" number=3">a@b</segment>',
        '<segment bytes="12" number="3">a@b',
        '<segment bytes="12" number="3" a@b</segment >'.replace(" a@b", ">a@b"),
        '<SEGMENT BYTES="12" NUMBER="3">a@b</SEGMENT>',
        '<n:segment bytes="12" number="3">a@b</n:segment>',
        '<segment number="3" bytes="12" extra="1">\n  a@b\n</segment>',
        '<segment bytes="12" number="3">&lt;a@b&gt;</segment>',
        '<segment bytes="12" number="3"><a@b></segment>',
        '<segment bytes="12" number="3"><![CDATA[a@b]]></segment>',
        '<segment bytes="12" number="3">a<!-- c -->@b</segment>',
        '<segment bytes="12" number="3">a&#64;b</segment>',
        '& <segment bytes="12" number="3">a@b</segment',
        f'<segment bytes="12" number="3">{" " * 400}a@b{" " * 400}</segment>',
    ],
)
def test_a_segment_survives_what_is_wrong_with_its_tag(segment):
    assert rows(one_file(segment)) == [(3, 12, "a@b")]


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ("", 0),
        ('bytes=""', 0),
        ('bytes="-5"', 0),
        ('bytes="many"', 0),
        ('bytes="99999999999"', 0),
        ('bytes="4294967295"', 2**32 - 1),
        (f'bytes="{"9" * 5000}"', 0),
    ],
)
def test_a_size_that_makes_no_sense_is_none(attributes, size):
    assert rows(one_file(f'<segment {attributes} number="1">a@b</segment>')) == [(1, size, "a@b")]


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "<a@b", "a@b\r\nQUIT", "ä@b", "a" * 249, "a@b&#10;c", "a@b&#0;&gt;x"]
)
def test_a_segment_that_could_not_be_asked_for_leaves_a_gap(name):
    data = one_file(
        '<segment number="1">a@1</segment>'
        f'<segment number="2">{name}</segment>'
        '<segment number="3">a@3</segment>'
    )
    expected = [(1, 0, "a@1"), (3, 0, "a@3")]
    assert rows(data) == (
        expected if name != "<a@b" else [(1, 0, "a@1"), (2, 0, "a@b"), *expected[1:]]
    )


def test_files_of_one_subject_are_one():
    file = (
        '<file subject="s" poster="{0}"><group>g{0}</group>'
        '<segment number="{0}">i{0}</segment></file>'
    )
    [merged] = parse_nzb(f"<nzb>{file.format(2)}{file.format(1)}</nzb>".encode()).files
    assert list(merged.segments.numbers) == [1, 2]
    assert (merged.poster, merged.groups) == ("2", ("g2", "g1"))


def test_files_without_a_subject_stay_apart():
    file = "<file><segment>{}</segment></file>"
    assert len(parse_nzb(f"<nzb>{file.format('a')}{file.format('b')}</nzb>".encode()).files) == 2


def test_a_file_without_segments_is_told_of():
    data = b'<nzb><file subject="a"/><file/><file subject="b"><segment>a@b</segment></file></nzb>'
    assert [(file.subject, len(file.segments)) for file in parse_nzb(data).files] == [
        ("a", 0),
        ("b", 1),
    ]


@pytest.mark.parametrize(
    "date", ["", "0", "-1", "yesterday", "2024-01-01", "999999999999", "1e9", "٣"]
)
def test_a_date_that_makes_no_sense_is_none(date):
    [file] = parse_nzb(one_file("<segment>a</segment>", f'subject="s" date="{date}"')).files
    assert file.posted is None


def test_metas_are_told_by_type_and_the_first_counts():
    data = (
        '<nzb><head><meta type="Password"> a  b </meta><meta type="password">c</meta>'
        '<meta type="">d</meta><meta>e</meta><meta type="empty"/></head>'
        "<file><segment>a@b</segment></file></nzb>"
    )
    assert parse_nzb(data.encode()).metas == {"password": "a  b"}


def test_junk_before_the_declaration_does_no_harm():
    nzb = nzb_of(6)
    assert parse_nzb(b"\r\n\xef\xbb\xbf junk >" + text_of(nzb)) == nzb


@pytest.mark.parametrize("seed", range(3))
def test_a_file_that_breaks_off_gives_what_is_complete(seed):
    nzb = nzb_of(seed, files=2, segments=4)
    data = text_of(nzb)
    complete = [nzb.files[0].segments.message_id(i) for i in range(4)]
    for stop in range(data.index(b"</file>"), len(data)):
        first, *others = parse_nzb(data[:stop]).files
        assert [first.segments.message_id(i) for i in range(len(first.segments))] == complete
        for other in others:
            ids = [other.segments.message_id(i) for i in range(len(other.segments))]
            known = [nzb.files[1].segments.message_id(i) for i in range(4)]
            assert ids == known[: len(ids)]


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", NzbFault.EMPTY, "empty"),
        (b"\0\0 \n", NzbFault.EMPTY, "empty"),
        (b"<nzb></nzb>", NzbFault.EMPTY, "no article"),
        (b"<nzb><file subject='a'/></nzb>", NzbFault.EMPTY, "no article"),
        (b"<nzb><segment>a@b</segment></nzb>", NzbFault.EMPTY, "no article"),
        (b"<nzb><file><segment>no id</segment></file></nzb>", NzbFault.EMPTY, "no article"),
        (b"<!DOCTYPE html><html><body>Log in", NzbFault.NOT_AN_NZB, "web page"),
        (b"<html><head></head></html>", NzbFault.NOT_AN_NZB, "web page"),
        (b'<?xml version="1.0"?><html/>', NzbFault.NOT_AN_NZB, "web page"),
        (
            b'<?xml version="1.0"?><error code="100" description="Wrong &amp; bad key"/>',
            NzbFault.NOT_AN_NZB,
            r"Wrong & bad key \(code 100\)",
        ),
        (b"<error/>", NzbFault.NOT_AN_NZB, "no reason given"),
        (b'{"error": 1}', NzbFault.NOT_AN_NZB, "not an NZB"),
        (b"<rss><channel/></rss>", NzbFault.NOT_AN_NZB, "not an NZB"),
        (b"PK\x03\x04abc", NzbFault.NOT_AN_NZB, "archive"),
        (b'<?xml version="1.0" encod', NzbFault.MALFORMED, "breaks off"),
        (b"\x1f\x8b\x08damaged", NzbFault.MALFORMED, "gzip"),
    ],
)
def test_what_is_no_nzb_is_told_for_what_it_is(data, code, words):
    with pytest.raises(NzbError, match=words) as caught:
        parse_nzb(data)
    assert caught.value.code is code


def assert_parsed_or_refused(data):
    try:
        nzb = parse_nzb(data)
    except NzbError:
        return
    assert any(len(file.segments) for file in nzb.files)
    for file in nzb.files:
        numbers = list(file.segments.numbers)
        names = [file.segments.message_id(index) for index in range(len(numbers))]
        assert numbers == sorted(set(numbers))
        assert len(set(names)) == len(names) == len(file.segments.encoded_sizes)
        assert all(name.isascii() and name.isprintable() and " " not in name for name in names)


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_or_refused(data):
    assert_parsed_or_refused(data)


_SCRAPS = [
    "<nzb>", "<file ", 'subject="', "poster='", ">", "</file>", "<segments>", "<segment ", "bytes=",
    'number="1"', "a@b", "</segment>", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "<!DOCTYPE [",
    "&", "&lt;", "&#1;", "<", '"', "\0", "é", "/>", " ", "<meta type='a'>", "<group>",
]  # fmt: skip


@given(st.lists(st.sampled_from(_SCRAPS), max_size=40))
def test_any_heap_of_scraps_is_parsed_or_refused(scraps):
    assert_parsed_or_refused("".join(scraps).encode())


@given(st.randoms(use_true_random=False), st.integers(1, 8))
def test_a_damaged_nzb_is_parsed_or_refused(chance, flips):
    data = bytearray(text_of(nzb_of(7, files=2, segments=3)))
    for _ in range(flips):
        data[chance.randrange(len(data))] = chance.randrange(256)
    assert_parsed_or_refused(bytes(data[: chance.randrange(len(data) + 1)]))


@given(st.binary(min_size=1, max_size=8), st.integers(0, 400))
def test_a_damaged_gzip_is_parsed_or_refused(noise, at):
    packed = gzip.compress(text_of(nzb_of(8)), mtime=0)
    at = min(at, len(packed))
    assert_parsed_or_refused(packed[:at] + noise + packed[at + len(noise) :])


_REPEATED = """< <a <a_b=' <a_b=" <file_ <file_subject=" <segment> <segments> <!-- <![CDATA[ <? <!
<!a_' & &# &a <a> <file> <segment_ _ > " <file_poster='a"_> </segment <!DOCTYPE_[ <segment_bytes='>
"""


@pytest.mark.parametrize("piece", [word.replace("_", " ") for word in _REPEATED.split()])
def test_hostile_repetition_takes_linear_time(piece):
    # In quadratic time each of these would take minutes.
    data = b"<nzb><file subject='s'>&nbsp;" + piece.encode() * (500_000 // len(piece))
    assert_parsed_or_refused(data)


def test_one_endless_token_takes_linear_time():
    for opening in (b"<!--", b"<?a ", b"<nzb a='", b"<![CDATA[", b"<!DOCTYPE nzb ["):
        assert_parsed_or_refused(
            b"<nzb><a/>"[: 0 if opening[1:2] == b"n" else 5] + opening + b"x" * 20_000_000
        )


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_shuffled_and_repeated_segments_are_put_in_order(seed):
    nzb = nzb_of(seed % 5, files=2, segments=random.Random(seed).randrange(1, 40))
    style = Style(shuffled=seed, repeated=True, indent="")
    broken = xml_of(nzb, style).replace("<groups>", "<groups>& ")
    assert parse_nzb(text_of(nzb, style)) == parse_nzb(broken.encode()) == nzb
