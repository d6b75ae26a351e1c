from __future__ import annotations

from altmount.importer.rclonesecrets import NO_SECRET, Secret, secrets


def test_the_passwords_of_a_post_come_before_that_of_the_settings():
    found = secrets(["one", "two"], {"salt": "s"}, Secret("always", "t"))
    assert found == (
        *(Secret("one", "s"), Secret("two", "s"), Secret("always", "s")),
        *(Secret("one", "t"), Secret("two", "t"), Secret("always", "t")),
    )


def test_each_is_tried_once():
    assert secrets(["one", "one"], {"salt": "s"}, Secret("one", "s")) == (Secret("one", "s"),)


def test_there_may_be_no_salt_and_nothing_in_the_settings():
    assert secrets(["one"], {}, NO_SECRET) == (Secret("one"),)
    assert secrets(["one"], {"salt": "s"}, NO_SECRET) == (Secret("one", "s"), Secret("one"))
    assert secrets([""], {}, Secret("", "salt")) == ()
