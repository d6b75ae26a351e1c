from __future__ import annotations

from altmount.nntp.network import Network


def network(*accounts):
    network = Network()
    network.watch(accounts)
    return network


def test_one_that_fails_alone_says_nothing_about_the_network():
    here = network("a", "b")
    here.unreachable("a", 0.0, silent=True)
    assert not here.down


def test_all_that_fail_together_do():
    here = network("a", "b")
    here.unreachable("a", 0.0, silent=False)
    here.unreachable("b", 15.0, silent=False)
    assert here.down


def test_all_that_fail_one_after_the_other_for_reasons_of_their_own_do_not():
    here = network("a", "b")
    here.unreachable("a", 0.0, silent=False)
    here.unreachable("b", 15.1, silent=True)
    assert not here.down


def test_when_nothing_comes_back_from_any_it_is_the_network_whenever_it_began():
    here = network("a", "b")
    here.unreachable("a", 0.0, silent=True)
    here.unreachable("b", 100.0, silent=True)
    assert here.down


def test_with_one_account_a_refusal_is_its_own_and_silence_is_the_network():
    here = network("a")
    here.unreachable("a", 0.0, silent=False)
    assert not here.down
    here.unreachable("a", 1.0, silent=True)
    assert here.down


def test_one_that_is_reached_is_proof():
    here, told = network("a", "b"), []
    here.when_changed(lambda: told.append(here.down))
    here.unreachable("a", 0.0, silent=True)
    here.unreachable("b", 0.0, silent=True)
    here.reached("b")
    assert told == [True, False]
    assert not here.down
    here.unreachable("b", 20.0, silent=False)
    assert not here.down  # "a" has failed for longer than that


def test_only_accounts_that_are_in_use_count():
    here = network("a", "b")
    here.unreachable("a", 0.0, silent=True)
    here.watch(["a"])
    assert here.down
    here.watch(["a", "c"])
    assert not here.down
    here.watch([])
    assert not here.down


def test_who_has_forgotten_it_is_not_told():
    here, told = network("a"), []
    listener = lambda: told.append(1)  # noqa: E731
    here.when_changed(listener)
    here.forget(listener)
    here.unreachable("a", 0.0, silent=True)
    assert told == []
