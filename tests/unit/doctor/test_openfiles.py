from __future__ import annotations

import os
import resource

from hypothesis import given
from hypothesis import strategies as st

from altmount.doctor.finding import Grade
from altmount.doctor.openfiles import Limit, judged, limit_of, own_limit


def test_a_usual_limit_will_do_for_usual_accounts_and_not_for_large_ones():
    assert judged(Limit("it", 1024), 50).grade is Grade.OK
    assert judged(Limit("it", 1024), 800).grade is Grade.WARNING
    tight = judged(Limit("it", 256), 200)
    assert tight.grade is Grade.ERROR
    assert "LimitNOFILE" in tight.fix
    assert judged(Limit("it", None), 10**6).grade is Grade.OK


@given(st.integers(0, 10**6), st.integers(0, 10**4), st.integers(0, 10**4))
def test_a_higher_limit_is_never_worse(limit, more, connections):
    low, high = (
        judged(Limit("it", limit), connections),
        judged(Limit("it", limit + more), connections),
    )
    assert high.grade <= low.grade


def test_the_limit_of_this_process_and_of_another():
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert own_limit().files == soft
    found = limit_of(os.getpid())
    assert found.files == soft
    assert str(os.getpid()) in found.whose


def test_a_process_that_is_gone_or_not_ours_to_know_has_none(tmp_path):
    assert limit_of(1 << 30) is None
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "limits").write_bytes(b"\xff nonsense")
    assert limit_of(7, tmp_path) is None
    (tmp_path / "7" / "limits").write_text(
        "Max open files            unlimited   unlimited  files\n"
    )
    assert limit_of(7, tmp_path).files is None
