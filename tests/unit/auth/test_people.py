from __future__ import annotations

from altmount.auth.caller import Role
from altmount.auth.people import NO_PEOPLE
from tests.support.people import Town


def test_an_account_is_found_by_its_name_and_by_its_address():
    town = Town()
    user = town.add("me", email="me@example.com")
    town.add("you")
    people = town.people
    assert people.user("me") is people.user("me@example.com") is user
    assert people.user("nobody") is None
    assert NO_PEOPLE.user("me") is None


def test_what_an_account_has_is_listed_the_oldest_first():
    town = Town()
    me, you = town.add("me"), town.add("you", Role.ADMIN)
    for user in (me, you, me):
        town.key(user)
        town.login(user)
    people = town.people
    assert [key.id for key in people.keys_of(me.id)] == [1, 3]
    assert [one.id for one in people.sessions_of(me.id)] == [1, 3]
    assert people.session(2).user == you.id
    assert people.session(9) is None


def test_who_has_no_password_does_not_keep_the_first_one_out():
    town = Town()
    town.add("admin", Role.ADMIN)
    assert not town.people.any_password
    town.add("me", password="$argon2id$x")
    assert town.people.any_password
