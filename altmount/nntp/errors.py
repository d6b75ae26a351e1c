"""What can go wrong between this program and a news server."""

from altmount.errors import PermanentError, TemporaryError


class ConnectionLostError(TemporaryError):
    """The connection ended, or could not be made."""


class ServerBusyError(TemporaryError):
    """The server refuses another connection, or any work, for now."""


class DeadlineError(TemporaryError):
    """The server took longer than it may."""


class ProtocolError(TemporaryError):
    """The server said something that is not NNTP; the connection cannot be trusted."""


class AuthenticationError(PermanentError):
    """The server refuses the user name or the password."""
