"""The commands ``altmount passwd`` and ``altmount users``, whether the server runs or not."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from altmount.auth.accounts import Accounts
from altmount.auth.caller import parse_role
from altmount.auth.passwords import LONGEST, check_password
from altmount.config.settings import Settings
from altmount.db.users import User
from altmount.entrance import registry
from altmount.errors import InvalidRequestError
from altmount.program import database_beside


async def passwd(settings: Settings, name: str | None) -> int:
    """Give an account a new password, and end its logins; the exit code.

    Where nobody has one yet, this makes the first account, which is an admin's.

    Raises:
        InvalidRequestError: It is not said whose, or the password may not be chosen.
        NotFoundError: There is no such account.
    """
    async with _accounts(settings) as accounts:
        if accounts.registration_open:
            user = await accounts.register(name or "admin", None, _password())
            print(f"{user.name} has an account now, as admin")
            return 0
        user = accounts.named(name) if name is not None else _only(accounts)
        await accounts.set_password(user.id, _password())
        print(f"{user.name} has a new password, and must log in again")
    return 0


async def users(settings: Settings, arguments: argparse.Namespace) -> int:
    """List, make, change or remove accounts; the exit code.

    Raises:
        InvalidRequestError: Name or password may not be chosen.
        NotFoundError: There is no such account.
        ObstacleError: The name is taken, or there would be no admin any more.
    """
    async with _accounts(settings) as accounts:
        match arguments.action:
            case "list":
                for user in accounts.users:
                    print(f"{user.name}  {user.role}{'' if user.password else '  no password'}")
            case "add":
                password = None if arguments.no_password else _password()
                role = parse_role(arguments.role)
                user = await accounts.add(arguments.user, None, password, role)
                print(f"{user.name} has an account now, as {user.role}")
            case "role":
                role = parse_role(arguments.role)
                user = await accounts.set_role(accounts.named(arguments.user).id, role)
                print(f"{user.name} is {user.role} now")
            case _:
                await accounts.remove(accounts.named(arguments.user).id)
                print(f"{arguments.user} has no account any more")
    return 0


@asynccontextmanager
async def _accounts(settings: Settings) -> AsyncIterator[Accounts]:
    async with database_beside(settings) as database, registry(settings, database) as kept:
        yield kept.accounts


def _only(accounts: Accounts) -> User:
    found = accounts.users
    if len(found) > 1:
        names = ", ".join(user.name for user in found)
        raise InvalidRequestError(f"say whose password it is: {names}")
    return found[0]


def _password() -> str:
    """A password from whoever sits there, or a line of what is piped in.

    Raises:
        InvalidRequestError: It may not be chosen, or was not typed twice the same.
    """
    if not sys.stdin.isatty():
        password = sys.stdin.readline(LONGEST + 2).removesuffix("\n")
        check_password(password)
        return password
    password = getpass.getpass("New password: ")
    check_password(password)
    if getpass.getpass("Once more: ") != password:
        raise InvalidRequestError("these are two passwords; nothing was changed")
    return password
