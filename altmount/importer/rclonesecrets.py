"""What the keys of posts that rclone's crypt has encrypted are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

_SALT = "salt"


class Secret(NamedTuple):
    """A password and a salt, which rclone calls the second password."""

    password: str
    salt: str = ""
    """Empty if there is none."""


NO_SECRET = Secret("")


def secrets(
    passwords: Iterable[str], metas: Mapping[str, str], always: Secret
) -> tuple[Secret, ...]:
    """What to try, in this order, each once.

    A post says its salt beside its password. Where that does not open it, the one of the settings
    may be meant.

    Args:
        passwords: Those that may open the post.
        metas: Of the head of the NZB.
        always: By the settings.
    """
    own = dict.fromkeys([*passwords, always.password])
    salts = dict.fromkeys([metas.get(_SALT, ""), always.salt])
    return tuple(Secret(password, salt) for salt in salts for password in own if password)
