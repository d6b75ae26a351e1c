from __future__ import annotations

import pytest
from wsgidav.dav_error import DAVError

from altmount.webdav import locks as module
from altmount.webdav.locks import LONGEST_SECONDS, MOST_OWNER_BYTES, Locks


@pytest.fixture
def locks():
    locks = Locks()
    locks.open()
    return locks


def lock(timeout=60, owner=b""):
    return {
        "type": "write",
        "scope": "exclusive",
        "depth": "0",
        "owner": owner,
        "timeout": timeout,
        "principal": "",
    }


def test_what_is_locked_is_seen_by_its_path(locks):
    owner = b"<?xml version='1.0' encoding='UTF-8'?>\n<D:owner xmlns:D=\"DAV:\">me ?></D:owner>"
    made = locks.create("/a%20b", lock(owner=owner))
    [content] = locks.active()["/a b"]
    assert made["token"] in content
    assert '</D:depth><D:owner xmlns:D="DAV:">me ?></D:owner><D:timeout>Second-' in content
    locks.delete(made["token"])
    assert locks.active() == {}


@pytest.mark.parametrize("timeout", [-1, 10 * LONGEST_SECONDS])
def test_no_lock_holds_for_ever(locks, timeout):
    made = locks.create("/a", lock(timeout))
    assert made["timeout"] == LONGEST_SECONDS
    assert locks.refresh(made["token"], timeout=timeout)["timeout"] == LONGEST_SECONDS
    assert locks.refresh(made["token"], timeout=None)["timeout"] == LONGEST_SECONDS
    assert locks.refresh(made["token"], timeout=0)["timeout"] == 1


def test_a_lock_whose_time_is_over_is_not_seen(locks):
    made = locks.create("/a", lock())
    made["expire"] = 1.0
    assert locks.active() == {}


def test_there_are_so_many_locks_and_no_more(locks, monkeypatch):
    monkeypatch.setattr(module, "MOST", 3)
    made = [locks.create(f"/{number}", lock()) for number in range(3)]
    with pytest.raises(DAVError) as refused:
        locks.create("/x", lock())
    assert refused.value.value == 507
    made[1]["expire"] = 1.0
    locks.create("/x", lock())
    assert sorted(locks.active()) == ["/0", "/2", "/x"]


def test_an_owner_says_so_much_and_no_more(locks):
    with pytest.raises(DAVError) as refused:
        locks.create("/a", lock(owner=bytes(MOST_OWNER_BYTES + 1)))
    assert refused.value.value == 413
    assert locks.active() == {}
