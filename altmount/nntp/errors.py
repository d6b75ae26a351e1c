"""What can go wrong between this program and a news server."""

from altmount.errors import PermanentError, TemporaryError


class ConnectionLostError(TemporaryError):
    """The connection ended, or could not be made."""


class UnreachableError(ConnectionLostError):
    """The connection could not be made."""

    def __init__(self, message: str, *, silent: bool) -> None:
        super().__init__(message)
        self.silent = silent
        """Nothing came back, not even a refusal, as when the network is down."""


class CertificateError(ConnectionLostError):
    """The server's certificate is not valid for it."""

    def __init__(self, message: str, *, code: int) -> None:
        super().__init__(message)
        self.code = code
        """What is wrong with it, as OpenSSL numbers that (``X509_V_ERR_…``)."""


class RetiredError(ConnectionLostError):
    """The account was taken out of the settings, or changed, before its turn came."""


class ServerBusyError(TemporaryError):
    """The server refuses another connection, or any work, for now."""


class DeadlineError(TemporaryError):
    """The server took longer than it may."""


class ProtocolError(TemporaryError):
    """The server said something that is not NNTP; the connection cannot be trusted."""


class QuotaError(TemporaryError):
    """What may be downloaded from the account in this period was downloaded."""


class AuthenticationError(PermanentError):
    """The server refuses the user name or the password."""
