"""Another downloader that speaks SABnzbd's API, to hand NZBs over to."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus

import aiohttp
from aiohttp import hdrs
from pydantic import BaseModel, ValidationError

from altmount.fetch.errors import FetchRefusedError
from altmount.fetch.fetch import USER_AGENT

_SECONDS = 30.0
_MOST_BYTES = 64 * 1024
_MOST_SAID = 300


class _Answer(BaseModel):
    status: bool = False
    nzo_ids: list[str] = []
    error: str = ""


@dataclass(frozen=True, slots=True)
class Downloader:
    """Where it is, and the key that it wants."""

    base: str
    """Its URL, without ``/api``."""

    key: str = field(repr=False)

    async def add(
        self, nzb: bytes, name: str, category: str | None, priority: int, password: str | None
    ) -> str:
        """Hand an NZB over (``mode=addfile``).

        Cancelling leaves open whether it was taken.

        Args:
            nzb: The NZB, as text.
            name: What it is called, without ``.nzb``.
            category: Its category there, if it has one.
            priority: In SABnzbd's numbers.
            password: Opens what it leads to.

        Returns:
            What its job is called there.

        Raises:
            FetchRefusedError: It did not take it, or cannot be reached.
        """
        form = aiohttp.FormData(quote_fields=False)  # SABnzbd takes %20 in a name as it is
        said = {"mode": "addfile", "output": "json", "apikey": self.key, "nzbname": name}
        form.add_fields(*said.items(), ("priority", str(priority)))
        if category is not None:
            form.add_field("cat", category)
        if password is not None:
            form.add_field("password", password)
        form.add_field("nzbfile", nzb, filename=f"{name}.nzb", content_type="application/x-nzb")
        try:
            async with (
                aiohttp.ClientSession(
                    timeout=aiohttp.ClientTimeout(total=_SECONDS),
                    headers={hdrs.USER_AGENT: USER_AGENT},
                ) as session,
                session.post(f"{self.base}/api", data=form, allow_redirects=False) as response,
            ):
                answer = await _beginning(response)
                status = response.status
        except TimeoutError:
            raise FetchRefusedError(f"{self.base} took more than {_SECONDS:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise FetchRefusedError(f"{self.base} cannot be asked: {error}") from None
        if status != HTTPStatus.OK:
            raise FetchRefusedError(f"{self.base} answers {status}; check its URL")
        return self._taken(answer)

    def _taken(self, said: bytes) -> str:
        try:
            answer = _Answer.model_validate_json(said)
        except ValidationError:
            answer = _Answer()
        if answer.status and answer.nzo_ids:
            return answer.nzo_ids[0]
        if answer.error:
            raise FetchRefusedError(f"{self.base} says: {answer.error[:_MOST_SAID]}")
        raise FetchRefusedError(f"{self.base} does not answer as SABnzbd does")


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """As much of an answer as one that is sound may have; of a longer one the beginning."""
    body = bytearray()
    async for piece in response.content.iter_chunked(_MOST_BYTES):
        body += piece
        if len(body) > _MOST_BYTES:
            break
    return bytes(body)
