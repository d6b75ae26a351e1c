"""The command ``altmount links``, whether the server runs or not."""

from __future__ import annotations

import sys

from altmount.api.regeneration import RegenerationAnswer, as_json, regenerated
from altmount.config.settings import Settings
from altmount.db.errors import DatabaseInUseError
from altmount.library.paths import parse_virtual_path
from altmount.program import running
from altmount.runningserver import running_server


async def regenerate(settings: Settings, path: str) -> int:
    """Make the links of a path of the library again; the exit code.

    Raises:
        NotFoundError: Nothing is there.
        ObstacleError: The settings want no links.
        LinkError, LinkUnavailableError: One could not be made.
    """
    wanted = parse_virtual_path(path)
    done: RegenerationAnswer
    try:
        async with running(settings) as program:
            done = as_json(await regenerated(program.keeper, wanted))
    except DatabaseInUseError:
        async with running_server(settings) as server:
            done = await server.post("/links/regenerate", json={"path": wanted})
    match done["links"]:
        case 0:
            print("no link stands")
        case 1:
            print("1 link stands")
        case count:
            print(f"{count} links stand")
    for obstacle in done["obstacles"]:
        print(obstacle, file=sys.stderr)
    if unnamed := done["taken"] - len(done["obstacles"]):
        print(f"and {unnamed} more", file=sys.stderr)
    return 1 if done["taken"] else 0
