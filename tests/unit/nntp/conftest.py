from __future__ import annotations

import contextlib
import itertools

import pytest

from altmount.aio.budget import ByteBudget
from altmount.nntp.pool import Pool
from altmount.nntp.provider import Provider
from altmount.nntp.providers import Providers


def account(name, **options):
    """An account with a server of its own."""
    return Provider(name, f"{name}.example", 119, **options)


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

        async def make(*servers, backups=(), **options):
            numbers = itertools.count()
            dials, accounts = {}, []
            for server in (*servers, *backups):
                one = account(f"p{next(numbers)}", backup=server in backups, **options)
                accounts.append(one)
                dials[one.host] = server.dial
            providers = Providers(ByteBudget(1 << 30), dial_of=lambda one: dials[one.host])
            await stack.enter_async_context(providers)
            providers.apply(accounts)
            return providers

        yield make
