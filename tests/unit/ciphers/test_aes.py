from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.ciphers.aes import BLOCK, CbcDecryptor, window
from altmount.spans import Span
from tests.support.encrypted import cbc

KEY, IV = bytes(range(16)), bytes(range(16, 32))


@given(st.integers(0, 300), st.integers(1, 300))
def test_a_window_has_what_is_wanted_and_at_most_a_block_around_it(start, size):
    found = window(Span(start, start + size))
    stored, drop = found.stored, found.drop
    begin = stored.start + BLOCK * found.iv_first
    assert begin + drop == start
    assert 0 <= drop < BLOCK
    assert 0 <= stored.stop - (start + size) < BLOCK
    assert stored.start % BLOCK == stored.stop % BLOCK == 0
    assert found.iv_first == (begin > 0)


@given(st.integers(1, 400), st.integers(1, 60), st.integers(0, 9))
def test_however_a_chain_is_cut_it_decrypts_the_same(size, step, seed):
    plain = random.Random(seed).randbytes(size)
    stored = cbc(plain, KEY, IV)
    decryptor = CbcDecryptor(KEY, IV)
    pieces = [
        bytes(decryptor.decrypt(memoryview(stored)[at : at + step]))
        for at in range(0, len(stored), step)
    ]
    assert b"".join(pieces)[:size] == plain


def test_memory_is_used_again():
    stored = cbc(bytes(64), KEY, IV)
    decryptor = CbcDecryptor(KEY, IV)
    first = decryptor.decrypt(stored)
    assert decryptor.decrypt(stored).obj is first.obj


@pytest.mark.parametrize(("key", "iv"), [(KEY[:5], IV), (KEY, IV[:5])])
def test_a_key_or_an_iv_of_no_size_is_refused(key, iv):
    with pytest.raises(ValueError, match=r"(?i)invalid"):
        CbcDecryptor(key, iv)
