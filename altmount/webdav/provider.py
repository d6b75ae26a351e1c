"""The share, as wsgidav sees it.

wsgidav takes apart paths and Destination headers as if they were URLs still encoded, so that a
``?`` or ``;`` in a name would end it. Therefore the paths that it deals in *are* percent-encoded
all along: ``/a%3Fb`` is what it calls ``/a?b``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar
from urllib.parse import quote, unquote

from lxml import etree
from wsgidav.dav_error import DAVError
from wsgidav.dav_provider import DAVCollection, DAVNonCollection, DAVProvider

from altmount.errors import AltmountError, NotFoundError
from altmount.library.errors import TakenError
from altmount.library.nodes import File, Folder
from altmount.library.paths import VirtualPath, join, name_of, parse_virtual_path
from altmount.webdav.bodies import Body
from altmount.webdav.bridge import Bridge
from altmount.webdav.environ import BODY, CREATED, PREFIX, Environ, actor_of
from altmount.webdav.properties import (
    ALTMOUNT,
    FILESYSTEM,
    NOT_IN_ALL,
    content_type,
    created,
    id_of,
)
from altmount.webdav.receipts import Receipt
from altmount.webdav.refusals import PLAIN, RefusedError
from altmount.webdav.share import Node
from altmount.webdav.urls import href
from altmount.webdav.writing import Writing
from altmount.webdav.xml import DAV

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Provider(DAVProvider):  # type: ignore[misc] # wsgidav has no types
    """Finds resources for wsgidav."""

    def __init__(self, writing: Writing, bridge: Bridge, bodies: Mapping[str, Body]) -> None:
        super().__init__()
        self.writing = writing
        self._bridge = bridge
        self._bodies = bodies

    def body_of(self, environ: Environ) -> Body:
        """What the client sent with a PUT.

        Raises:
            DAVError: It has gone.
        """
        try:
            return self._bodies[environ[BODY]]
        except KeyError:
            raise DAVError(HTTPStatus.BAD_REQUEST.value, "the client has left") from None

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine on the loop, and have its errors as wsgidav's."""
        try:
            return self._bridge.run(work)
        except AltmountError as error:
            raise RefusedError.of(error) from None
        except DAVError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, wsgidav would hide it
            _log.exception("a WebDAV request failed")
            raise DAVError(
                HTTPStatus.INTERNAL_SERVER_ERROR.value, "something went wrong in here"
            ) from None

    def get_resource_inst(self, path: str, environ: Environ) -> Resource | None:
        try:
            virtual = parse_virtual_path(unquote(path))
            node = self._bridge.run(lambda: self.writing.share.find(virtual))
        except NotFoundError:
            return None
        except AltmountError as error:
            raise RefusedError.of(error) from None
        return resource_of(virtual, node, environ)

    def exists(self, path: str, environ: Environ) -> bool:
        return self.get_resource_inst(path, environ) is not None

    def is_collection(self, path: str, environ: Environ) -> bool:
        found = self.get_resource_inst(path, environ)
        return found is not None and bool(found.is_collection)

    def ref_url_to_path(self, ref_url: str) -> str:
        return ref_url


class Resource:
    """What a file's and a folder's resources have in common."""

    provider: Provider
    path: str
    is_collection: bool
    environ: Environ
    virtual: VirtualPath
    node: Node

    def get_display_name(self) -> str:
        return name_of(self.node.path)

    def get_creation_date(self) -> float:
        return created(self.node).timestamp()

    def get_last_modified(self) -> float:
        return self.node.modified.timestamp()

    def get_preferred_path(self) -> str:
        return self.path

    def get_ref_url(self) -> str:
        return quote(self.virtual)

    def get_href(self) -> str:
        prefix = self.environ.get(PREFIX, "")
        return href(prefix, self.virtual, folder=isinstance(self.node, Folder))

    def get_property_names(self, *, is_allprop: bool) -> list[str]:
        live = super().get_property_names(is_allprop=is_allprop)  # type: ignore[misc]
        shown = [name for name in live if not (is_allprop and name in NOT_IN_ALL)]
        own = [f"{ALTMOUNT}filesystem-id", f"{ALTMOUNT}id"]
        return [*shown, *own, *self.provider.writing.dead.of(id_of(self.node))]

    def get_property_value(self, name: str) -> object:
        if name == f"{DAV}getetag" and not isinstance(self.node, Folder):
            return f'"{self.node.etag}"'
        if name == f"{ALTMOUNT}filesystem-id":
            return FILESYSTEM
        if name == f"{ALTMOUNT}id":
            return id_of(self.node)
        if (value := self.provider.writing.dead.of(id_of(self.node)).get(name)) is not None:
            return etree.XML(value, parser=etree.XMLParser(resolve_entities=False))
        value = super().get_property_value(name)  # type: ignore[misc]
        if value is None:
            raise DAVError(HTTPStatus.NOT_FOUND.value)
        return str(value) if isinstance(value, int) else value

    def set_property_value(
        self, name: str, value: etree._Element | None, *, dry_run: bool = False
    ) -> None:
        if name.startswith((DAV, ALTMOUNT)):
            raise DAVError(HTTPStatus.FORBIDDEN.value, "that property is the server's")
        node, writing = self.node, self.provider.writing
        if isinstance(node, Receipt):
            return  # nobody will ask for it again
        text = None if value is None else etree.tostring(value, with_tail=False).decode()
        self.provider.run(lambda: writing.set_property(node, name, text, only_check=dry_run))

    def handle_delete(self) -> bool:
        self._check_locks(self.virtual)
        self.provider.run(
            lambda: self.provider.writing.remove(self.virtual, actor_of(self.environ))
        )
        self._forget_locks(self.virtual)
        return True

    def handle_move(self, dest_path: str) -> bool:
        writing, actor = self.provider.writing, actor_of(self.environ)
        target = parse_virtual_path(unquote(dest_path))
        self._replacing(lambda may: writing.move(self.virtual, target, actor, overwrite=may))
        self._forget_locks(self.virtual)
        return True

    def handle_copy(self, dest_path: str, *, depth_infinity: bool) -> bool:
        writing, actor = self.provider.writing, actor_of(self.environ)
        target = parse_virtual_path(unquote(dest_path))
        deep = depth_infinity or not isinstance(self.node, Folder)
        self._replacing(
            lambda may: writing.copy(self.virtual, target, actor, overwrite=may, deep=deep)
        )
        return True

    def prevent_locking(self) -> bool:
        return False

    def support_etag(self) -> bool:
        return not isinstance(self.node, Folder)

    def _replacing(self, work: Callable[[bool], Coroutine[Any, Any, bool]]) -> None:
        """Do what may replace something, or not, as the client says; note whether it did."""
        may = self.environ["HTTP_OVERWRITE"] == "T"

        async def run() -> bool:
            try:
                return await work(may)
            except TakenError as error:
                raise RefusedError(
                    HTTPStatus.PRECONDITION_FAILED.value, (PLAIN, f"{error}\n".encode())
                ) from None

        self.environ[CREATED] = not self.provider.run(run)

    def _check_locks(self, path: VirtualPath) -> None:
        """See that nobody else holds a lock on it, or on anything below.

        Raises:
            RefusedError: Somebody does.
        """
        try:
            self.provider.lock_manager.check_write_permission(
                url=quote(path),
                depth="infinity",
                token_list=self.environ["wsgidav.ifLockTokenList"],
                principal=self.environ["wsgidav.user_name"],
            )
        except DAVError as error:
            raise RefusedError.like(error, self.environ.get(PREFIX, "")) from None

    def _forget_locks(self, path: VirtualPath) -> None:
        self.provider.lock_manager.remove_all_locks_from_url(quote(path), recursive=True)


class FolderResource(Resource, DAVCollection):  # type: ignore[misc]
    """A folder, or what there will be when it is made."""

    def __init__(self, virtual: VirtualPath, node: Folder, environ: Environ) -> None:
        DAVCollection.__init__(self, quote(virtual), environ)
        self.virtual, self.node = virtual, node

    def get_used_bytes(self) -> int:
        return self.provider.run(self.provider.writing.share.usage).local

    def get_available_bytes(self) -> int:
        return self.provider.run(self.provider.writing.share.usage).room

    def get_member_list(self) -> list[Resource]:
        share = self.provider.writing.share
        nodes = self.provider.run(lambda: share.children(self.virtual))
        return [
            resource_of(join(self.virtual, name_of(node.path)), node, self.environ)
            for node in nodes
        ]

    def get_member_names(self) -> list[str]:
        return [member.path.rpartition("/")[2] for member in self.get_member_list()]

    def get_member(self, name: str) -> Resource | None:
        return self.provider.get_resource_inst(f"{self.path.rstrip('/')}/{name}", self.environ)

    def create_collection(self, name: str) -> None:
        path = self._below(name)
        self.provider.run(lambda: self.provider.writing.make_folder(path, actor_of(self.environ)))

    def create_empty_resource(self, name: str) -> Resource:
        """What a PUT is about to fill; an empty file at once where it is a LOCK that asks."""
        made = NewFileResource(self._below(name), self.environ)
        if self.environ["REQUEST_METHOD"] == "LOCK":
            with Body() as nothing:
                made.write(nothing)
        return made

    def support_recursive_delete(self) -> bool:
        return True

    def _below(self, name: str) -> VirtualPath:
        try:
            return parse_virtual_path(str(join(self.virtual, unquote(name))))
        except AltmountError as error:
            raise RefusedError.of(error) from None


class FileResource(Resource, DAVNonCollection):  # type: ignore[misc]
    """A file, or what is told of one that was taken in otherwise."""

    def __init__(self, virtual: VirtualPath, node: File | Receipt, environ: Environ) -> None:
        DAVNonCollection.__init__(self, quote(virtual), environ)
        self.virtual: VirtualPath = virtual
        self.node: File | Receipt = node

    def get_content_length(self) -> int:
        return self.node.size

    def get_content_type(self) -> str:
        return content_type(self.node)

    def get_etag(self) -> str:
        return self.node.etag

    def support_ranges(self) -> bool:
        return True

    def get_content(self) -> NoReturn:
        raise DAVError(HTTPStatus.METHOD_NOT_ALLOWED.value, "files are read at the front door")

    def begin_write(self, *, content_type: str | None = None) -> Upload:
        del content_type  # the name says it
        return Upload(self)

    def write(self, body: Body) -> None:
        """Have this content from now on."""
        writing, actor = self.provider.writing, actor_of(self.environ)
        self.node = self.provider.run(lambda: writing.put(self.virtual, body, actor))


class NewFileResource(FileResource):
    """A file that is not there yet."""

    def __init__(self, virtual: VirtualPath, environ: Environ) -> None:
        nothing = Receipt(virtual, 0, datetime.now(UTC), "")
        super().__init__(virtual, nothing, environ)


class Upload:
    """Where wsgidav writes the body of a PUT, which the front door has taken in already."""

    def __init__(self, resource: FileResource) -> None:
        self._resource = resource

    def writelines(self, lines: Iterable[bytes]) -> None:
        for _ in lines:  # there are none, but only so does wsgidav see the end
            pass

    def close(self) -> None:
        """Have the body take effect."""
        self._resource.write(self._resource.provider.body_of(self._resource.environ))


def resource_of(virtual: VirtualPath, node: Node, environ: Environ) -> Resource:
    """The resource of what is at a path."""
    if isinstance(node, Folder):
        return FolderResource(virtual, node, environ)
    return FileResource(virtual, node, environ)
