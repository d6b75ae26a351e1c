"""Links in .strm files, on the whole program: they never end, and outlive moves."""

from __future__ import annotations

import aiohttp

from altmount.entrance import registry
from altmount.library.actor import Actor
from altmount.library.paths import VirtualPath, join
from altmount.newsserver.server import NewsServer
from tests.support.program import KEY, serving, synthetic

US = Actor("webdav")
AUTH = {"Authorization": aiohttp.encode_basic_auth("usenet", "usenet")}


async def test_a_lasting_link_plays_its_file_wherever_it_is_and_no_other(tmp_path):
    async with (
        NewsServer() as server,
        serving(tmp_path, server, auth={"login_required": False}) as ours,
        aiohttp.ClientSession(f"http://127.0.0.1:{ours.port}") as session,
        registry(ours.program.settings, ours.program.database) as kept,
    ):
        library = ours.program.library
        job = await ours.bring(synthetic(300_000), "Fïlm & more #1+ 100%", "Movies")
        file = await ours.only_file(job.path)
        signed = kept.signer.sign_lasting(file.path, file.id)

        async def size(query=signed.query, **headers):
            async with session.get(f"/api/files/stream?{query}", headers=headers) as answer:
                return answer.status, len(await answer.read()) if answer.ok else 0

        assert await size() == (200, 300_000)
        assert await size(Range="bytes=10-19") == (206, 10)
        assert (await size(f"path={file.path}"))[0] == 401

        target = join(VirtualPath("/"), "Elsewhere ü.mkv")
        headers = {**AUTH, "Destination": f"/webdav{target}"}
        source = "/webdav" + aiohttp.helpers.quote(file.path)
        async with session.request("MOVE", source, headers=headers) as answer:
            assert answer.status == 201
        assert await size() == (200, 300_000)

        another = signed.query.replace(file.id, "00000000-0000-0000-0000-000000000000")
        assert (await size(another))[0] == 401
        await library.changes.remove(target, US)
        assert (await size())[0] == 404
        [entry, *_] = await library.changes.history(limit=1)
        await library.changes.undo(entry.number, US)
        assert await size() == (200, 300_000)
        assert KEY not in signed.query
