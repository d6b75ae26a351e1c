from __future__ import annotations

import pytest

from altmount.errors import InvalidRequestError
from altmount.nntp.commands import Command, Credentials, Verb
from tests.support.payloads import message_id


def test_a_command_is_one_line():
    assert Command(Verb.BODY, message_id(7)).encode() == b"BODY <s0-000007@fake>\r\n"
    assert Command(Verb.DATE).encode() == b"DATE\r\n"


@pytest.mark.parametrize("text", ["", "a\r\nQUIT", "a\0b", "a\tb", "x" * 101])
def test_a_login_that_could_change_the_command_is_refused(text):
    with pytest.raises(InvalidRequestError):
        Credentials(text, "secret")
    with pytest.raises(InvalidRequestError):
        Credentials("me", text)


def test_a_login_does_not_show_itself():
    assert "secret" not in repr(Credentials("me", "secret"))
