"""What accounts and keys may be called."""

from __future__ import annotations

from altmount.errors import InvalidRequestError

_SHORTEST, _LONGEST = 3, 64
_LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3


def check_name(text: str) -> None:
    """Look whether an account may be called that.

    Raises:
        InvalidRequestError: It may not.
    """
    if not _SHORTEST <= len(text) <= _LONGEST:
        raise InvalidRequestError(f"a user name has {_SHORTEST} to {_LONGEST} characters")
    # A colon would end it in Basic authentication, and an @ makes it an e-mail address.
    if not text.isprintable() or text != text.strip() or ":" in text or "@" in text:
        raise InvalidRequestError("a user name has no colon, no @, and no space at its ends")


def check_email(text: str | None) -> None:
    """Look whether that may be an e-mail address; it may be left out.

    Raises:
        InvalidRequestError: It may not.
    """
    if text is None:
        return
    user, at, host = text.rpartition("@")
    if not (at and user and host and text.isprintable()) or " " in text:
        raise InvalidRequestError("that is no e-mail address; leave it out")
    if len(text) > _LONGEST_EMAIL:
        raise InvalidRequestError("that e-mail address is too long")


def check_key_name(text: str) -> None:
    """Look whether a key may be called that.

    Raises:
        InvalidRequestError: It may not.
    """
    if not (0 < len(text) <= _LONGEST and text.isprintable() and text == text.strip()):
        raise InvalidRequestError(
            f"a key's name has 1 to {_LONGEST} characters, and no space at its ends"
        )
