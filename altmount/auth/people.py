"""Who there is, at a moment: looked up without asking anyone."""

from __future__ import annotations

from datetime import datetime

from altmount.auth.caller import Caller, Means, Role, Scope
from altmount.db.users import Everyone, Key, Session, User


class People:
    """All accounts, with what opens the door in their name."""

    def __init__(self, everyone: Everyone) -> None:
        self.users = {user.id: user for user in everyone.users}
        self._by_name = {user.name: user for user in everyone.users}
        self._by_email = {user.email: user for user in everyone.users if user.email}
        self._keys = {key.digest: key for key in everyone.keys}
        self._sessions = {session.digest: session for session in everyone.sessions}

    @property
    def any_password(self) -> bool:
        """Whether anyone can log in; whoever comes first may register until then."""
        return any(user.password is not None for user in self.users.values())

    def user(self, name: str) -> User | None:
        """The account of a name, or of an e-mail address."""
        return self._by_name.get(name) or self._by_email.get(name)

    def keys_of(self, user_id: int) -> list[Key]:
        """The oldest first."""
        return [key for key in self._keys.values() if key.user == user_id]

    def sessions_of(self, user_id: int) -> list[Session]:
        """The oldest first."""
        return [session for session in self._sessions.values() if session.user == user_id]

    def session(self, session_id: int) -> Session | None:
        found = (one for one in self._sessions.values() if one.id == session_id)
        return next(found, None)

    def caller_by_key(self, digest: str) -> Caller | None:
        """Whose key it is that has this digest."""
        key = self._keys.get(digest)
        user = self.users.get(key.user) if key is not None else None
        if key is None or user is None:
            return None
        role = Role[user.role.upper()]
        return Caller(user.name, role, Means.KEY, Scope(key.scope), user.id)

    def caller_by_session(self, digest: str, now: datetime) -> Caller | None:
        """Whose login it is that has this digest, if it has not expired."""
        session = self._sessions.get(digest)
        user = self.users.get(session.user) if session is not None else None
        if session is None or user is None or session.expires <= now:
            return None
        role = Role[user.role.upper()]
        return Caller(user.name, role, Means.SESSION, Scope.FULL, user.id, session.id)


NO_PEOPLE = People(Everyone((), (), ()))
