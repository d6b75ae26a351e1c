from __future__ import annotations

import os

from altmount.db.lock import exclusive
from altmount.doctor.holder import holder_of


def test_who_holds_a_lock_is_seen_and_who_has_let_go_is_not(tmp_path):
    lock = tmp_path / "a.lock"
    assert holder_of(lock) is None
    with exclusive(lock):
        assert holder_of(lock) == os.getpid()
        assert holder_of(lock) == os.getpid()
    assert lock.read_text().strip() == str(os.getpid())
    assert holder_of(lock) is None


def test_what_is_not_as_expected_is_nobody(tmp_path):
    lock, proc = tmp_path / "a.lock", tmp_path / "proc"
    lock.write_bytes(b"no number\n")
    proc.mkdir()
    assert holder_of(lock, proc) is None
    inode = lock.stat().st_ino
    (proc / "locks").write_text(f"1: FLOCK ADVISORY WRITE 0 fe:01:{inode} 0 EOF\n2: \n\n")
    assert holder_of(lock, proc) is None
    lock.write_bytes(b"4711\n")
    assert holder_of(lock, proc) == 4711
    (proc / "locks").write_text(f"1: POSIX ADVISORY WRITE 0 fe:01:{inode} 0 EOF\n")
    assert holder_of(lock, proc) is None
