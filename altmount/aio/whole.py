"""What is done whole, whether whoever asked for it stays or not."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from altmount.aio.scope import TaskScope
from altmount.aio.uninterrupted import uninterrupted

T = TypeVar("T")


async def whole(work: Coroutine[Any, Any, T], name: str = "change") -> T:
    """Do it, and feel a cancellation only when it is done; ``name`` is that of its task."""
    async with TaskScope() as scope:
        return await uninterrupted(scope.start(work, name=name))
