from __future__ import annotations

import pytest

from altmount.auth.caller import (
    NOBODY,
    Access,
    Caller,
    Means,
    Role,
    Scope,
    parse_role,
    parse_scope,
)
from altmount.errors import InvalidRequestError

ASKED = [access for access in Access if access not in {Access.OPEN, Access.OWN}]


@pytest.mark.parametrize("access", ASKED)
def test_each_role_may_do_what_those_before_it_may(access):
    may = [Caller("me", role, Means.SESSION).may(access) for role in Role]
    assert may == sorted(may)
    assert may[-1]


@pytest.mark.parametrize("scope", [scope for scope in Scope if scope is not Scope.FULL])
def test_no_scope_lets_anyone_change_accounts_settings_or_the_library(scope):
    caller = Caller("me", Role.ADMIN, Means.KEY, scope)
    for access in (Access.CHANGE, Access.SHARE_CHANGE, Access.ADMIN, Access.ACCOUNT):
        assert not caller.may(access)


def test_a_scope_gives_no_role():
    assert not Caller("me", Role.READER, Means.KEY, Scope.NZB).may(Access.NZB)


def test_everyone_may_do_what_is_open():
    link = Caller("me", Role.READER, Means.LINK, Scope.FILES)
    assert link.may(Access.OPEN)
    assert link.may(Access.OWN)


def test_nobody_is_trusted_by_the_pages_of_others():
    assert NOBODY.ambient
    assert not any(access.kept for access in (Access.READ, Access.NZB, Access.ADMIN))


@pytest.mark.parametrize("role", Role)
def test_roles_are_read_as_they_are_written(role):
    assert parse_role(role.word) is role


@pytest.mark.parametrize("text", ["", "root", "1"])
def test_other_roles_and_scopes_are_refused(text):
    with pytest.raises(InvalidRequestError, match="reader, user, admin"):
        parse_role(text)
    with pytest.raises(InvalidRequestError, match="read, nzb, full"):
        parse_scope(text)


def test_no_key_can_be_made_with_the_scope_of_links():
    assert parse_scope("nzb") is Scope.NZB
    with pytest.raises(InvalidRequestError):
        parse_scope("files")
