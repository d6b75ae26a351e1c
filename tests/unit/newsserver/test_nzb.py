from __future__ import annotations

import itertools
from xml.etree import ElementTree as ET

from altmount.newsserver.nzb import nzb_lines, nzb_of
from altmount.newsserver.posting import Envelope
from altmount.newsserver.spool import Spool
from altmount.newsserver.synthetic import SyntheticPosting

NS = "{http://www.newzbin.com/DTD/2003/nzb}"


def test_every_article_of_every_file_is_in_it():
    postings = [SyntheticPosting(seed, 250, Envelope(100)) for seed in (1, 2)]
    nzb = ET.fromstring(nzb_of(*postings))
    assert nzb.tag == f"{NS}nzb"
    files = nzb.findall(f"{NS}file")
    assert [file.get("subject") for file in files] == [
        '[1/2] - "synthetic-1.mkv" yEnc (1/3)',
        '[2/2] - "synthetic-2.mkv" yEnc (1/3)',
    ]
    for file, posting in zip(files, postings, strict=True):
        segments = list(file.iter(f"{NS}segment"))
        assert [segment.text for segment in segments] == [
            posting.message_id(number) for number in (1, 2, 3)
        ]
        assert [segment.get("number") for segment in segments] == ["1", "2", "3"]


def test_what_the_poster_chose_is_in_it_whatever_it_is():
    envelope = Envelope(subject="<&\">'", poster="a & b <c@d>", groups=("x<y", "z"))
    posting = Spool().post_bytes("a.bin", b"x", envelope)
    nzb = ET.fromstring(nzb_of(posting, metas={"password": "a<&>b", 'ti"tle': "t"}))
    [file] = nzb.findall(f"{NS}file")
    assert file.get("subject") == "<&\">'"
    assert file.get("poster") == "a & b <c@d>"
    assert file.get("date") == "1767268800"
    assert [group.text for group in file.iter(f"{NS}group")] == ["x<y", "z"]
    metas = {meta.get("type"): meta.text for meta in nzb.iter(f"{NS}meta")}
    assert metas == {"password": "a<&>b", 'ti"tle': "t"}


def test_the_size_of_a_segment_is_about_what_goes_over_the_wire():
    posting = SyntheticPosting(1, 1_000_000)
    nzb = ET.fromstring(nzb_of(posting))
    for number, segment in enumerate(nzb.iter(f"{NS}segment"), 1):
        real = sum(map(len, posting.body(number)))
        assert abs(int(segment.get("bytes")) - real) < 0.01 * real


def test_it_is_written_piece_by_piece():
    pieces = nzb_lines([SyntheticPosting(1, 1 << 50)])
    assert len("".join(itertools.islice(pieces, 1000))) < 200_000
