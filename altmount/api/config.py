"""The settings: seen, tried and changed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Protocol

from aiohttp import web
from pydantic import BaseModel, ConfigDict
from typing_extensions import TypedDict

from altmount.aio.whole import whole
from altmount.api.reload import ReloadAnswer, as_json
from altmount.auth.caller import Access
from altmount.errors import InvalidRequestError
from altmount.reload import Reloaded
from altmount.web.answers import answer
from altmount.web.route import Route

_KEY = re.compile(r"(?:^|: )([a-z_]+(?:\[[0-9]+\]|\.[a-z_]+)*) (?:is|has)\b")
_CHANGED = "The settings were changed."


class ConfigBody(BaseModel):
    """Settings by section and key, with the names that they have in the file."""

    model_config = ConfigDict(extra="allow")


class SectionBody(BaseModel):
    """Settings of one section by key; or the section by its name, with these in it."""

    model_config = ConfigDict(extra="allow")


class Problem(TypedDict):
    """What is wrong with a setting; the field is empty where it is not about one."""

    field: str
    message: str


class CheckedConfig(TypedDict):
    """Whether settings could be used."""

    valid: bool
    errors: list[Problem]
    warnings: list[str]


class Settings(Protocol):
    """The settings, and the file that holds them."""

    def shown(self) -> dict[str, Any]: ...

    def part(self, section: str, body: Mapping[str, Any]) -> Mapping[str, Any]: ...

    async def change(self, body: Mapping[str, Any]) -> Reloaded: ...

    async def check(self, body: Mapping[str, Any]) -> Sequence[str]: ...


class ConfigApi:
    """The handlers of ``<prefix>/config``, but for reading the file again."""

    def __init__(self, prefix: str, settings: Settings) -> None:
        self._prefix = f"{prefix}/config"
        self._settings = settings

    @property
    def routes(self) -> Sequence[Route]:
        conflict = frozenset({HTTPStatus.CONFLICT})
        return [
            Route("GET", self._prefix, self.get, dict[str, Any], who=Access.ADMIN),
            Route(
                "PUT",
                self._prefix,
                self.put,
                ReloadAnswer,
                conflict,
                body=ConfigBody,
                who=Access.ADMIN,
            ),
            Route(
                "POST",
                f"{self._prefix}/validate",
                self.validate,
                CheckedConfig,
                conflict,
                body=ConfigBody,
                who=Access.ADMIN,
            ),
            Route(
                "PATCH",
                f"{self._prefix}/{{section}}",
                self.patch,
                ReloadAnswer,
                conflict,
                body=SectionBody,
                who=Access.ADMIN,
            ),
        ]

    async def get(self, _request: web.Request) -> web.Response:
        """All settings as they were read last.

        A secret is `********` if there is one, and has `_set` beside it.
        """
        return answer(self._settings.shown())

    async def put(self, _request: web.Request, body: ConfigBody) -> web.Response:
        """Change settings of any sections, in the file and in the running program.

        What is not spoken of stays as it is, and so does a secret that is empty or `********`;
        null brings back a default. Of a list, what is left out goes.
        """
        return await self._change(body.model_dump())

    async def patch(self, request: web.Request, body: SectionBody) -> web.Response:
        """Change settings of one section, as with all of them."""
        section = request.match_info["section"]
        return await self._change(self._settings.part(section, body.model_dump()))

    async def validate(self, _request: web.Request, body: ConfigBody) -> web.Response:
        """Whether settings could be changed so. Nothing is changed."""
        said: CheckedConfig = {"valid": True, "errors": [], "warnings": []}
        try:
            said["warnings"] = list(await self._settings.check(body.model_dump()))
        except InvalidRequestError as error:
            said["valid"] = False
            said["errors"] = [
                {"field": _field_of(line), "message": line} for line in str(error).splitlines()
            ]
        return answer(said)

    async def _change(self, body: Mapping[str, Any]) -> web.Response:
        """Once it is read it is done whole, whether the client stays or not."""
        changed = await whole(self._settings.change(body), "change settings")
        return answer(as_json(changed, _CHANGED))


def _field_of(problem: str) -> str:
    """The key that a line is about, as people write it."""
    found = _KEY.search(problem)
    return found[1] if found else ""
