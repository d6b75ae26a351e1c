from __future__ import annotations

import asyncio
import threading

import pytest

from altmount.auth import passwords as passwords_module
from altmount.auth.passwords import LONGEST, BusyError, Passwords, check_password
from altmount.errors import InvalidRequestError

PASSWORD = "correct horse"


@pytest.mark.parametrize("text", ["", "x" * 11, "x" * (LONGEST + 1)])
def test_a_password_is_neither_short_nor_endless(text):
    with pytest.raises(InvalidRequestError, match="12 to 1000"):
        check_password(text)


def test_any_other_may_be_chosen():
    check_password("x" * 12)
    check_password("ü" * LONGEST)


async def test_a_password_is_known_again_by_its_hash_and_no_other_is():
    passwords = Passwords()
    hashed = await passwords.hash(PASSWORD)
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.hash(PASSWORD) != hashed
    assert await passwords.verify(hashed, PASSWORD)
    for wrong in ("", "Correct horse", "\ud800"):
        assert not await passwords.verify(hashed, wrong)


@pytest.mark.parametrize("hashed", [None, "", "junk", "$2b$12$abcdefghijklmnopqrstuv"])
async def test_where_there_is_no_hash_that_is_known_none_is_right(hashed):
    assert not await Passwords().verify(hashed, "of nobody")


async def test_there_is_as_much_to_do_where_there_is_no_account(monkeypatch):
    compared = []
    monkeypatch.setattr(
        passwords_module, "_compare", lambda password, hashed: compared.append(hashed)
    )
    await Passwords().verify(None, PASSWORD)
    assert compared[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


class Thread:
    """What hashes, held up until it is told to go on."""

    def __init__(self):
        self.at_once, self.most, self.go_on = 0, 0, threading.Event()

    def __call__(self, password, _hashed):
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        assert self.go_on.wait(10)
        self.at_once -= 1
        return password


async def test_one_is_hashed_at_a_time_and_few_may_wait(monkeypatch):
    thread, passwords = Thread(), Passwords()
    monkeypatch.setattr(passwords_module, "_hash", thread)
    waiting = [asyncio.create_task(passwords.hash(str(number))) for number in range(20)]
    while sum(task.done() for task in waiting) < 4:
        await asyncio.sleep(0)
    thread.go_on.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert results[:16] == [str(number) for number in range(16)]
    assert {type(one) for one in results[16:]} == {BusyError}
    assert thread.most == 1
    assert await passwords.hash("x") == "x"


async def test_who_leaves_lets_the_thread_end_first(monkeypatch):
    thread, passwords = Thread(), Passwords()
    monkeypatch.setattr(passwords_module, "_hash", thread)
    leaving = asyncio.create_task(passwords.hash("a"))
    while not thread.at_once:
        await asyncio.sleep(0)
    leaving.cancel()
    after = asyncio.create_task(passwords.hash("b"))
    await asyncio.sleep(0)
    thread.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert await after == "b"
    assert thread.most == 1
