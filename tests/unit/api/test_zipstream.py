from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from altmount.api.zipstream import ZipStream

NOON = datetime(2026, 1, 2, 12, 30, 8, tzinfo=UTC)
names = st.text(st.characters(exclude_characters="/\\\0", codec="utf-8"), min_size=1, max_size=8)


@given(st.lists(st.tuples(names, st.binary(max_size=300)), max_size=6))
def test_the_pieces_together_are_a_zip_of_all_that_was_added(files):
    made = ZipStream()
    whole = b"".join([*(made.add(name, data, NOON) for name, data in files), made.end()])
    with zipfile.ZipFile(io.BytesIO(whole)) as read:
        assert read.testzip() is None
        assert [read.read(one) for one in read.infolist()] == [data for _, data in files]
        assert len({one.filename for one in read.infolist()}) == len(files)
        for info, (name, _) in zip(read.infolist(), files, strict=True):
            assert info.filename == name or info.filename.startswith(name.rpartition(".")[0])
            assert info.date_time == (2026, 1, 2, 12, 30, 8)


def test_of_two_of_the_same_name_the_other_gets_a_number():
    made = ZipStream()
    old = datetime(1970, 1, 1, tzinfo=UTC)
    names = ["a/b.nzb", "a/b.nzb", "a/b.nzb", "a/b (2).nzb", "c", "c"]
    whole = b"".join([*(made.add(name, b"", old) for name in names), made.end()])
    with zipfile.ZipFile(io.BytesIO(whole)) as read:
        assert read.namelist() == [
            "a/b.nzb",
            "a/b (2).nzb",
            "a/b (3).nzb",
            "a/b (2) (2).nzb",
            "c",
            "c (2)",
        ]
        assert read.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)


def test_a_piece_comes_before_the_next_file_is_known():
    made = ZipStream()
    assert len(made.add("a", b"x" * 100_000, NOON)) > 30
    assert len(made.end()) < 200
