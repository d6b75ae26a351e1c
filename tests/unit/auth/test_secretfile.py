from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from altmount.auth.secretfile import SecretError, derived, secret_of


def test_it_is_made_once_for_the_eyes_of_its_owner(tmp_path):
    path = tmp_path / "deep" / "secret"
    secret = secret_of(path)
    assert len(secret) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret_of(path) == secret
    assert [file.name for file in path.parent.iterdir()] == ["secret"]
    assert secret_of(tmp_path / "other") != secret


def test_where_another_process_was_faster_its_secret_counts(tmp_path, monkeypatch):
    path, link = tmp_path / "secret", os.link

    def slow(source, target):
        path.write_text("ab" * 32)
        link(source, target)

    monkeypatch.setattr(os, "link", slow)
    assert secret_of(path) == b"\xab" * 32


def test_what_is_sealed_with_it_can_be_opened_after_a_power_cut(tmp_path, monkeypatch):
    synced, sync = [], os.fsync

    def note(handle):
        synced.append(Path(f"/proc/self/fd/{handle}").readlink())
        sync(handle)

    monkeypatch.setattr(os, "fsync", note)
    secret_of(tmp_path / "secret")
    assert len(synced) == 2
    assert synced[-1] == tmp_path


def test_a_file_system_without_links_will_do(tmp_path, monkeypatch):
    def refuse(_source, _target):
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    assert secret_of(tmp_path / "secret") == secret_of(tmp_path / "secret")


@pytest.mark.parametrize("content", ["", "abc", "ab" * 31, "xy" * 32, "\xff"])
def test_a_file_that_holds_something_else_is_left_alone(tmp_path, content):
    path = tmp_path / "secret"
    path.write_text(content, "latin-1")
    with pytest.raises(SecretError, match="remove it"):
        secret_of(path)
    assert path.read_text("latin-1") == content


def test_one_that_cannot_be_written_is_said_to_be(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SecretError, match="cannot use"):
        secret_of(tmp_path / "file" / "secret")


def test_what_is_derived_for_one_purpose_is_of_no_use_for_another():
    assert derived(b"s", "a") == derived(b"s", "a")
    assert len({derived(b"s", "a"), derived(b"s", "b"), derived(b"t", "a"), b"s"}) == 4
    assert len(derived(b"s", "a")) == 32
