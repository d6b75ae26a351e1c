from __future__ import annotations

import contextlib

import pytest

from altmount.aio.budget import ByteBudget
from altmount.nntp.pool import Pool
from altmount.nntp.provider import Provider


@pytest.fixture
async def make_pool():
    """Makes pools that are closed at the test's end."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(server, **options):
            provider = Provider("fake", "news.example", 119, **options)
            pool = Pool(provider, server.dial, ByteBudget(1 << 30))
            return await stack.enter_async_context(pool)

        yield make
