from __future__ import annotations

import contextlib

import pytest

from altmount.aio.budget import ByteBudget
from altmount.nntp.pool import Pool
from tests.support.news import account, providers_of


@pytest.fixture
async def make_pool():
    """Makes pools that are closed at the test's end."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(server, **options):
            pool = Pool(account("fake", **options), server.dial, ByteBudget(1 << 30))
            return await stack.enter_async_context(pool)

        yield make


@pytest.fixture
async def make_providers():
    """Makes providers of fake servers, each with an account ``p0``, ``p1`` … of its own.

    ``options`` are those of all accounts. The ``dial_of`` of the result can be given more.
    """
    async with contextlib.AsyncExitStack() as stack:

        async def make(*servers, **options):
            return await stack.enter_async_context(providers_of(*servers, **options))

        yield make
