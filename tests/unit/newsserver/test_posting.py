from __future__ import annotations

import pytest

from altmount.errors import InvalidRequestError
from altmount.newsserver.posting import LARGEST_ARTICLE, Envelope
from altmount.newsserver.synthetic import SyntheticPosting


def test_every_part_but_the_last_is_full():
    posting = SyntheticPosting(1, 250, Envelope(100))
    assert posting.total == 3
    assert [(posting.header(n).begin, posting.header(n).size) for n in (1, 2, 3)] == [
        (0, 100),
        (100, 100),
        (200, 50),
    ]


def test_a_file_that_fills_its_parts_has_no_empty_one():
    assert SyntheticPosting(1, 200, Envelope(100)).total == 2


def test_the_subject_is_the_usual_one():
    posting = SyntheticPosting(1, 250, Envelope(100))
    assert posting.subject(2, file=3, files=9) == '[3/9] - "synthetic-1.mkv" yEnc (2/3)'


def test_subject_and_yenc_name_can_be_others():
    posting = SyntheticPosting(1, 250, Envelope(100, yenc_name="x", subject="nothing to see"))
    assert posting.subject(2) == "nothing to see"
    assert posting.header(1).name == "x"


@pytest.mark.parametrize("size", [0, -1, LARGEST_ARTICLE + 1])
def test_an_article_size_out_of_bounds_is_refused(size):
    with pytest.raises(InvalidRequestError):
        Envelope(size)


@pytest.mark.parametrize(
    "values",
    [{"yenc_name": "a\r\nb"}, {"subject": "a\nb"}, {"poster": "a\0"}, {"groups": ("ok", "a\r")}],
)
def test_a_line_end_never_gets_into_a_header(values):
    with pytest.raises(InvalidRequestError, match="line end"):
        Envelope(**values)
