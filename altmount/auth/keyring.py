"""The API keys of accounts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from altmount.auth.caller import Scope
from altmount.auth.directory import Directory
from altmount.auth.keys import Seal, digest_of, new_key
from altmount.auth.names import check_key_name
from altmount.db.errors import ConflictError
from altmount.db.users import Key, UserRepository
from altmount.errors import NotFoundError, ObstacleError

FIRST = "default"
"""The name of the key that each account has, which can be shown again."""

_MOST_KEYS = 50
"""Of one account."""


class Keyring:
    """Every way that keys come, change and go."""

    def __init__(
        self,
        repository: UserRepository,
        directory: Directory,
        seal: Seal,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._repository = repository
        self._directory = directory
        self._seal = seal
        self._now = now

    def list(self, user_id: int) -> list[Key]:
        """The keys of an account, the oldest first."""
        return sorted(self._directory.people.keys_of(user_id), key=lambda key: key.id)

    def shown(self, user_id: int) -> str | None:
        """The first key of an account; None if it has none, or if the secret has changed."""
        key = self._first(user_id)
        return self._seal.open(key.sealed) if key is not None and key.sealed else None

    async def ensure(self, user_id: int) -> None:
        """Make the first key of an account that has none."""
        if self._first(user_id) is None:
            text = new_key()
            await self._add(user_id, FIRST, Scope.FULL, text, self._seal.close(text))

    async def add(self, user_id: int, name: str, scope: Scope) -> tuple[Key, str]:
        """A new key of an account, and the key itself, which is not told again.

        Raises:
            InvalidRequestError: It may not be called that.
            ObstacleError: There is one of that name, or there are too many.
        """
        check_key_name(name)
        if len(self.list(user_id)) >= _MOST_KEYS:
            raise ObstacleError(f"an account has {_MOST_KEYS} keys at most; remove one first")
        text = new_key()
        return await self._add(user_id, name, scope, text, None), text

    async def renew(self, user_id: int, key_id: int) -> tuple[Key, str]:
        """Another key in place of one, which opens nothing from now on; and the key itself.

        Raises:
            NotFoundError: The account has no such key.
        """
        key = self._find(user_id, key_id)
        text = new_key()
        sealed = self._seal.close(text) if key.name == FIRST else None
        renewed = await self._repository.renew_key(
            user_id, key_id, digest_of(text), sealed, self._now()
        )
        await self._directory.refresh()
        return renewed, text

    async def renew_first(self, user_id: int) -> str:
        """Another first key of an account; the key itself."""
        await self.ensure(user_id)
        first = self._first(user_id)
        if first is None:
            raise NotFoundError(f"there is no account {user_id}")
        _, text = await self.renew(user_id, first.id)
        return text

    async def remove(self, user_id: int, key_id: int) -> None:
        """Remove a key.

        Raises:
            NotFoundError: The account has no such key.
            ObstacleError: It is the first.
        """
        if self._find(user_id, key_id).name == FIRST:
            raise ObstacleError("each account keeps that key; renew it instead")
        await self._repository.remove_key(user_id, key_id)
        await self._directory.refresh()

    def _first(self, user_id: int) -> Key | None:
        return next((key for key in self.list(user_id) if key.name == FIRST), None)

    def _find(self, user_id: int, key_id: int) -> Key:
        for key in self.list(user_id):
            if key.id == key_id:
                return key
        raise NotFoundError(f"there is no key {key_id} of this account")

    async def _add(
        self, user_id: int, name: str, scope: Scope, text: str, sealed: str | None
    ) -> Key:
        try:
            key = await self._repository.add_key(
                user_id, name, scope, digest_of(text), sealed, self._now()
            )
        except ConflictError:
            raise ObstacleError(f"there is a key named {name} already") from None
        await self._directory.refresh()
        return key
