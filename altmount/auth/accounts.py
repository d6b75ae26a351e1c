"""Accounts: who there is, their passwords and their logins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from altmount.auth.caller import Role
from altmount.auth.directory import Directory
from altmount.auth.errors import RegistrationClosedError, WrongLoginError
from altmount.auth.keyring import Keyring
from altmount.auth.names import check_email, check_name
from altmount.auth.passwords import Passwords, check_password
from altmount.auth.tokens import Tokens, new_ticket
from altmount.db.errors import ConflictError
from altmount.db.users import Session, User, UserRepository
from altmount.errors import NotFoundError, ObstacleError

LOGIN_HOURS = 24
"""How long a login lasts that is not refreshed; the ancestor's."""

LOGIN_DAYS = 30
"""How long one lasts at most."""

_MOST_SESSIONS = 100
"""Of one account."""

_LONGEST_CLIENT = 200


@dataclass(frozen=True, slots=True)
class Login:
    """What a client shows from now on."""

    user: User
    token: str = field(repr=False)
    expires: datetime


class Accounts:
    """Every way that accounts and logins come, change and go."""

    def __init__(
        self,
        repository: UserRepository,
        directory: Directory,
        tokens: Tokens,
        keyring: Keyring,
        *,
        passwords: Passwords | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._repository = repository
        self._directory = directory
        self._tokens = tokens
        self._keyring = keyring
        self._passwords = passwords or Passwords()
        self._now = now

    @property
    def registration_open(self) -> bool:
        """Whether whoever comes is the first."""
        return not self._directory.people.any_password

    @property
    def users(self) -> list[User]:
        return list(self._directory.people.users.values())

    def get(self, user_id: int) -> User:
        """An account by its number.

        Raises:
            NotFoundError: There is none.
        """
        user = self._directory.people.users.get(user_id)
        if user is None:
            raise NotFoundError(f"there is no account {user_id}")
        return user

    async def register(self, name: str, email: str | None, password: str) -> User:
        """Make the first account, which is an admin's.

        Raises:
            InvalidRequestError: Name, address or password may not be chosen.
            RegistrationClosedError: Someone came before.
        """
        check_name(name)
        check_email(email)
        check_password(password)
        closed = RegistrationClosedError("there is an account already; its admin makes others")
        if not self.registration_open:
            raise closed
        hashed = await self._passwords.hash(password)
        try:
            user = await self._repository.add_first(
                name, email, hashed, Role.ADMIN.word, self._now()
            )
        except ConflictError:
            raise closed from None
        return await self._with_key(user)

    async def add(self, name: str, email: str | None, password: str | None, role: Role) -> User:
        """Make another account. Nobody logs in to it without a password, but keys of it work.

        Raises:
            InvalidRequestError: Name, address or password may not be chosen.
            ObstacleError: There is one with that name or address.
        """
        check_name(name)
        check_email(email)
        if password is not None:
            check_password(password)
        hashed = await self._passwords.hash(password) if password is not None else None
        try:
            user = await self._repository.add(name, email, hashed, role.word, self._now())
        except ConflictError:
            raise ObstacleError("there is an account with that name or address") from None
        return await self._with_key(user)

    async def login(self, name: str, password: str, address: str, client: str) -> Login:
        """Begin a session, by an account's name or e-mail address.

        Raises:
            WrongLoginError: There is no such account, or it has another password.
        """
        user = self._directory.people.user(name)
        if not await self._passwords.verify(user.password if user else None, password) or not user:
            raise WrongLoginError("wrong user or password")
        now, ticket = self._now(), new_ticket()
        expires = now + timedelta(hours=LOGIN_HOURS)
        said = client[:_LONGEST_CLIENT].encode(errors="replace").decode()
        begun = Session(0, user.id, ticket.digest, now, now, expires, address, said)
        await self._repository.begin_session(begun, _MOST_SESSIONS)
        await self._directory.refresh()
        return Login(self.get(user.id), self._tokens.issue(ticket, user.id, now, expires), expires)

    async def refresh(self, token: str) -> Login:
        """Let the session of a token last longer; the token for it.

        Raises:
            WrongLoginError: It has ended.
        """
        now, ticket = self._now(), self._tokens.read(token)
        people = self._directory.people
        caller = people.caller_by_session(ticket.digest, now) if ticket is not None else None
        session = people.session(caller.session_id or 0) if caller is not None else None
        if ticket is None or session is None:
            raise WrongLoginError("this login has ended; log in again")
        last = session.created + timedelta(days=LOGIN_DAYS)
        expires = min(now + timedelta(hours=LOGIN_HOURS), last)
        await self._repository.extend_session(session.id, now, expires)
        await self._directory.refresh()
        user = self.get(session.user)
        return Login(user, self._tokens.issue(ticket, user.id, now, expires), expires)

    def sessions(self, user_id: int) -> list[Session]:
        """The logins of an account that last, the oldest first."""
        now = self._now()
        own = self._directory.people.sessions_of(user_id)
        return [session for session in own if session.expires > now]

    async def end_session(self, user_id: int, session_id: int) -> None:
        """End a login of an account.

        Raises:
            NotFoundError: It has no such login.
        """
        await self._repository.end_session(user_id, session_id)
        await self._directory.refresh()

    async def change_password(
        self, user_id: int, current: str, new: str, *, session_id: int | None
    ) -> None:
        """Change a password, and end all logins of the account but one.

        Raises:
            WrongLoginError: ``current`` is not the password.
            InvalidRequestError: The new one may not be chosen.
        """
        if not await self._passwords.verify(self.get(user_id).password, current):
            raise WrongLoginError("that is not the present password")
        await self.set_password(user_id, new, but=session_id)

    async def set_password(self, user_id: int, new: str, *, but: int | None = None) -> None:
        """Give an account a password whatever it had, and end all its logins but one.

        Raises:
            InvalidRequestError: It may not be chosen.
            NotFoundError: There is no such account.
        """
        check_password(new)
        await self._repository.change(user_id, password=await self._passwords.hash(new))
        await self._repository.end_sessions(user_id, but=but)
        await self._directory.refresh()

    def named(self, name: str) -> User:
        """An account by its name or its e-mail address.

        Raises:
            NotFoundError: There is none.
        """
        user = self._directory.people.user(name)
        if user is None:
            raise NotFoundError(f"there is no account named {name}")
        return user

    async def set_role(self, user_id: int, role: Role) -> User:
        """Change what an account may do.

        Raises:
            NotFoundError: There is no such account.
            ObstacleError: There would be no admin any more.
        """
        if role is not Role.ADMIN:
            self._check_not_last(user_id)
        user = await self._repository.change(user_id, role=role.word)
        await self._directory.refresh()
        return user

    async def remove(self, user_id: int) -> None:
        """Remove an account with its keys and its logins.

        Raises:
            NotFoundError: There is no such account.
            ObstacleError: There would be no admin any more.
        """
        self._check_not_last(user_id)
        await self._repository.remove(user_id)
        await self._directory.refresh()

    async def of_nobody(self) -> User:
        """The account that stands for whoever comes where no login is required.

        It is the first admin's; where there is none, one without a password is made.
        """
        admins = [user for user in self.users if user.role == Role.ADMIN.word]
        return admins[0] if admins else await self.add("admin", None, None, Role.ADMIN)

    def _check_not_last(self, user_id: int) -> None:
        self.get(user_id)
        others = (user for user in self.users if user.id != user_id)
        if not any(user.role == Role.ADMIN.word for user in others):
            raise ObstacleError("that is the only admin; make another one first")

    async def _with_key(self, user: User) -> User:
        await self._directory.refresh()
        await self._keyring.ensure(user.id)
        return user
