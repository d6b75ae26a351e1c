"""The command line: arguments in, exit code out.

Exit codes: 0 well, 1 it failed, 2 wrong arguments or settings, 130 interrupted.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from altmount import __version__
from altmount.config.errors import SettingsError
from altmount.errors import AltmountError


def build_parser() -> argparse.ArgumentParser:
    """Every command and option there is."""
    parser = argparse.ArgumentParser(
        prog="altmount", description="A Usenet virtual file system: NZBs become files that play."
    )
    parser.add_argument("--version", action="version", version=f"altmount {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="serve the library")
    _add_config(serve)

    importing = commands.add_parser("import", help="bring NZBs into the library")
    _add_config(importing)
    importing.add_argument("files", nargs="+", type=Path, metavar="FILE", help="an NZB, or .nzb.gz")
    importing.add_argument("--category", help="one of the categories in the settings")
    importing.add_argument("--password", help="opens what is encrypted in them")

    rebuild = commands.add_parser("rebuild", help="make the index anew from the sidecars")
    _add_config(rebuild)

    _add_links(commands.add_parser("links", help="see to the links into the library"))

    _add_db(commands.add_parser("db", help="see to the database"))

    doctor = commands.add_parser("doctor", help="find out what is wrong, and what to do about it")
    _add_config(doctor)
    doctor.add_argument("--json", action="store_true", help="tell it as JSON, for programs")
    doctor.add_argument(
        "--no-download", action="store_true", help="fetch no articles, which count against quotas"
    )

    passwd = commands.add_parser("passwd", help="give an account a new password, or make the first")
    _add_config(passwd)
    passwd.add_argument("user", nargs="?", metavar="USER", help="whose, if there are several")

    _add_users(commands.add_parser("users", help="see to the accounts"))

    news = commands.add_parser("newsserver", help="run a news server to try things with")
    from altmount.newsserver import command as newsserver  # noqa: PLC0415 only what is asked for

    newsserver.add_arguments(news)

    demo = commands.add_parser("demo", help="play a film of our own from a news server of our own")
    demo.add_argument("--folder", type=Path, default=Path("demo-data"), help="where to work")
    demo.add_argument("--port", type=int, default=8080, help="where to serve it")
    return parser


def _add_links(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    again = actions.add_parser("regenerate", help="make links again, also those that were taken")
    _add_config(again)
    again.add_argument("path", nargs="?", default="/", metavar="PATH", help="of the library (/)")


def _add_db(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    upgrade = actions.add_parser("upgrade", help="bring it to what this version needs")
    _add_config(upgrade)
    upgrade.add_argument(
        "--no-backup", action="store_true", help="although there will be no way back"
    )
    check = actions.add_parser("check", help="see whether it is sound, also while it is in use")
    copy = actions.add_parser("copy", help="copy all of it to an empty one, of whatever kind")
    copy.add_argument("target", metavar="TARGET", help="postgresql://user@host/name, or a file")
    copy.add_argument("--from", dest="source", help="copy that one, not the one in the settings")
    for action in (check, copy):
        _add_config(action)


def _add_users(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    roles = ("reader", "user", "admin")
    listing = actions.add_parser("list", help="tell who has an account")
    adding = actions.add_parser("add", help="make an account; its password is asked for")
    adding.add_argument("--role", choices=roles, default="user")
    adding.add_argument("--no-password", action="store_true", help="for a program with a key")
    role = actions.add_parser("role", help="change what an account may do")
    removing = actions.add_parser("remove", help="remove an account, its keys and its logins")
    for action in (listing, adding, role, removing):
        _add_config(action)
        if action is not listing:
            action.add_argument("user", metavar="USER")
    role.add_argument("role", choices=roles)


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, default=Path("config.yaml"), help="the settings (config.yaml)"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit code."""
    arguments = build_parser().parse_args(argv)
    try:
        return _run(arguments)
    except SettingsError as error:
        print(f"altmount: {error}", file=sys.stderr)
        return 2
    except AltmountError as error:
        print(f"altmount: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(arguments: argparse.Namespace) -> int:
    # Each command imports what it needs: a news server needs no database.
    match arguments.command:
        case "newsserver":
            from altmount.newsserver import command  # noqa: PLC0415 only what is asked for

            return run_loop(command.run(arguments))
        case "demo":
            from altmount.demo.command import demo  # noqa: PLC0415 only what is asked for

            return run_loop(demo(arguments.folder.absolute(), arguments.port))
        case "doctor":
            from altmount.doctorcommand import doctor  # noqa: PLC0415 only what is asked for

            return run_loop(
                doctor(
                    arguments.config,
                    for_programs=arguments.json,
                    download=not arguments.no_download,
                )
            )
        case "serve":
            from altmount.commands import serve  # noqa: PLC0415 only what is asked for

            return run_loop(serve(arguments.config))
        case _:
            return run_loop(_with_settings(arguments))


def _with_settings(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """A command that is done when it is done, and is told the settings."""
    from altmount import commands  # noqa: PLC0415 only what is asked for

    settings = commands.read_settings(arguments.config)
    match arguments.command:
        case "db":
            from altmount import dbcommand  # noqa: PLC0415 only what is asked for

            return dbcommand.run(settings, arguments)
        case "links":
            from altmount import linkscommand  # noqa: PLC0415 only what is asked for

            return linkscommand.regenerate(settings, arguments.path)
        case "passwd":
            from altmount import accountcommand  # noqa: PLC0415 only what is asked for

            return accountcommand.passwd(settings, arguments.user)
        case "users":
            from altmount import accountcommand  # noqa: PLC0415 only what is asked for

            return accountcommand.users(settings, arguments)
        case "rebuild":
            return commands.rebuild(settings)
        case _:
            fields = {"category": arguments.category, "password": arguments.password}
            return commands.import_files(settings, arguments.files, fields)


def run_loop(work: Coroutine[Any, Any, int]) -> int:
    """Run on the fastest event loop there is."""
    # A thread that wants the interpreter lock back waits for it up to this long; the default
    # of 5 ms would let one busy thread stall every stream (docs/decisions/0005).
    sys.setswitchinterval(0.00002)
    try:
        import uvloop  # noqa: PLC0415 it exists for some platforms only
    except ImportError:
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
