"""What the commands that need settings do."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp

from altmount import app
from altmount.aio.scope import TaskScope
from altmount.api.jobanswer import as_json
from altmount.config.file import SettingsFile
from altmount.config.load import load_settings
from altmount.config.settings import Settings
from altmount.db.errors import DatabaseInUseError
from altmount.errors import InvalidRequestError, NotFoundError, TemporaryError
from altmount.jobs import Priority
from altmount.logs.rotation import Retention
from altmount.logs.setup import set_up
from altmount.program import running
from altmount.runningserver import running_server

_LOOK_SECONDS = 0.2
"""How often a job's state is asked for."""


def read_settings(path: Path) -> Settings:
    """The settings of a file, with warnings on standard error.

    Raises:
        SettingsError: Something in them is wrong.
    """
    loaded = load_settings(path, os.environ)
    for warning in loaded.warnings:
        print(f"altmount: {warning}", file=sys.stderr)
    return loaded.settings


async def serve(path: Path) -> int:
    """Serve the library until told to stop; the exit code."""
    settings = read_settings(path)
    log = settings.log
    try:
        set_up(
            log.level,
            json_console=log.format == "json",
            file=log.file,
            retention=Retention(
                log.max_size * 1_000_000, log.max_backups, log.max_age, compress=log.compress
            ),
        )
    except OSError as error:
        raise InvalidRequestError(f"log.file cannot be written: {error}") from None
    return await app.serve(settings, SettingsFile(path, os.environ))


async def rebuild(settings: Settings) -> int:
    """Make the index anew from the sidecars; the exit code."""
    try:
        async with running(settings) as program:
            report = await program.library.rebuild()
    except DatabaseInUseError as error:
        raise TemporaryError(f"{error}; stop the server first") from None
    print(f"{report.files} files of {report.releases} releases are in the index")
    for moved in report.moved:
        print(f"{moved.claimed} was taken; release {moved.release} is at {moved.given}")
    for bad in report.bad:
        print(f"left out: {bad.path}: {bad.reason}", file=sys.stderr)
    return 1 if report.bad else 0


async def import_files(
    settings: Settings, files: Sequence[Path], fields: Mapping[str, str | None]
) -> int:
    """Bring NZBs into the library, through the server if one is running; the exit code.

    ``fields`` are the ``category`` and the ``password`` of all of them, where they have one.
    """
    contents = []
    for file in files:
        try:
            contents.append((file.name, file.read_bytes()))
        except OSError as error:
            raise NotFoundError(f"cannot read {file}: {error.strerror}") from None
    try:
        results = await _import_here(settings, contents, fields)
    except DatabaseInUseError:
        results = await _import_there(settings, contents, fields)
    for job in results:
        if job["status"] == "completed":
            print(f"{job['target_path']}: {job['storage_path']} ({job['file_size']:,} bytes)")
            if job["note"]:
                print(job["note"], file=sys.stderr)
        elif job["status"] == "paused":
            print(f"{job['target_path']}: waits, since it is paused", file=sys.stderr)
        else:
            said = f"{job['target_path']}: refused ({job['error_code']}): {job['error_message']}"
            print(said, file=sys.stderr)
    return 0 if all(job["status"] == "completed" for job in results) else 1


async def _import_here(
    settings: Settings, contents: Sequence[tuple[str, bytes]], fields: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    async with running(settings) as program, TaskScope() as scope:
        ids = [
            (
                await program.queue.add(
                    data,
                    name,
                    fields.get("category"),
                    fields.get("password"),
                    priority=Priority.FORCE,
                )
            ).id
            for name, data in contents
        ]
        working = scope.start(program.worker.run(), name="imports")
        results = []
        for number in ids:
            job = as_json(await program.jobs.get(number))
            while job["status"] in {"pending", "processing"} and not working.done():
                await asyncio.sleep(_LOOK_SECONDS)
                job = as_json(await program.jobs.get(number))
            results.append(dict(job))
        return results


async def _import_there(
    settings: Settings, contents: Sequence[tuple[str, bytes]], fields: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    async with running_server(settings) as server:
        jobs = []
        for name, data in contents:
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("file", data, filename=name, content_type="application/x-nzb")
            for field, text in fields.items():
                if text:
                    form.add_field(field, text)
            jobs.append(await server.post("/queue/upload", form=form))
        results = []
        for handed_in in jobs:
            job = handed_in
            while job["status"] in {"pending", "processing"}:
                await asyncio.sleep(_LOOK_SECONDS)
                job = await server.get(f"/queue/{job['id']}")
            results.append(job)
        return results
