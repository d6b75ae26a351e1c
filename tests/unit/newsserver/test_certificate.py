from __future__ import annotations

import sys

import pytest

from altmount.errors import InvalidRequestError
from altmount.newsserver.certificate import context_from, self_signed_context
from altmount.newsserver.selfsigned import self_signed


def test_a_certificate_of_ones_own_can_be_used(tmp_path):
    certificate, key = self_signed()
    (tmp_path / "c.pem").write_bytes(certificate)
    (tmp_path / "k.pem").write_bytes(key)
    context_from(tmp_path / "c.pem", tmp_path / "k.pem")


def test_a_key_of_another_certificate_is_refused(tmp_path):
    (tmp_path / "c.pem").write_bytes(self_signed()[0])
    (tmp_path / "k.pem").write_bytes(self_signed()[1])
    with pytest.raises(InvalidRequestError, match=r"c\.pem"):
        context_from(tmp_path / "c.pem", tmp_path / "k.pem")


def test_files_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(InvalidRequestError, match="No such file"):
        context_from(tmp_path / "c.pem", tmp_path / "k.pem")


def test_without_the_package_the_user_is_told_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "altmount.newsserver.selfsigned", None)
    with pytest.raises(InvalidRequestError, match="install it, or give a certificate"):
        self_signed_context()
