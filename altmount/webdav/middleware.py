"""What stands between cheroot and wsgidav: who the client is, and how errors are told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator

from wsgidav.dav_error import DAVError, get_http_status_string
from wsgidav.mw.base_mw import BaseMiddleware

from altmount.webdav.environ import CREATED, PREFIX, USER, Environ
from altmount.webdav.refusals import PLAIN, told

StartResponse = Callable[..., object]

_log = logging.getLogger(__name__)


class Identity(BaseMiddleware):  # type: ignore[misc] # wsgidav has no types
    """Takes the front door's word for who the client is."""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgidav.auth.user_name"] = environ.get(USER, "")

        def start(status: str, *rest: object) -> object:
            # Where we copy or move ourselves, wsgidav says 204 whatever was there before.
            made = environ.get(CREATED) and status.startswith("204 ")
            return start_response("201 Created" if made else status, *rest)

        result: Iterable[bytes] = self.next_app(environ, start)
        return result


class Errors(BaseMiddleware):  # type: ignore[misc]
    """Tells errors in plain text, or in the XML of RFC 4918, section 16."""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        try:
            yield from self.next_app(environ, start_response)
        except DAVError as error:
            status = get_http_status_string(error)
            kind, body = told(error, environ.get(PREFIX, ""))
        except Exception:  # noqa: BLE001 - the client must be answered
            _log.exception("%s %r failed", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            status = "500 Internal Server Error"
            kind, body = PLAIN, b"something went wrong in here\n"
        else:
            return
        start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
        yield body
