from __future__ import annotations

from datetime import UTC, datetime

from altmount.library.nodes import File

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_file_keeps_its_id_wherever_it_is_moved():
    here = File("/a/b", 7, NOW, "etag", "a" * 32, 3)
    there = File("/c/d", 7, NOW, "etag", "a" * 32, 3)
    assert here.id == there.id == "a" * 32 + "-3"
    assert here.id != File("/a/b", 7, NOW, "etag", "a" * 32, 4).id
