"""Sign-ins through an identity provider: each counts once, and may wait for a code of our own.

What one was begun with is derived from a secret in the browser's cookie; here is kept only that it was used.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from store.indexes import Index
from store.instant import to_micros

if TYPE_CHECKING:
    from store.uow import UnitOfWork

LASTS = dt.timedelta(minutes=10)
"""From the beginning to the return, and from the return to the code."""

USE = "INSERT INTO oidc_login (key, used_at) VALUES (?, ?) ON CONFLICT (key) DO NOTHING RETURNING key"


class OidcLogins:
    """Keeps which sign-ins were used, and for whom one waits."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def use(self, secret: str, now: dt.datetime) -> bool:
        """Use it up, before the provider is asked. False when it was used already."""
        self._uow.run("DELETE FROM oidc_login WHERE used_at <= ?", (to_micros(now - 2 * LASTS),))
        return self._uow.run(USE, (self._key(secret), to_micros(now))).fetchone() is not None

    def wait(self, secret: str, staff: str, now: dt.datetime) -> None:
        """The provider named this person, whose own code is still to come."""
        self._uow.run(
            "UPDATE oidc_login SET staff = ?, used_at = ? WHERE key = ?", (staff, to_micros(now), self._key(secret))
        )

    def waiting(self, secret: str, now: dt.datetime) -> str | None:
        """Whose code is awaited; None when nobody's, or no longer."""
        row = self._uow.run(
            "SELECT staff FROM oidc_login WHERE key = ? AND staff IS NOT NULL AND used_at > ?",
            (self._key(secret), to_micros(now - LASTS)),
        ).fetchone()
        return None if row is None else str(row[0])

    def end(self, secret: str) -> None:
        """Nobody's code is awaited any more."""
        self._uow.run("UPDATE oidc_login SET staff = NULL WHERE key = ?", (self._key(secret),))

    def _key(self, secret: str) -> bytes:
        return self._uow.keyring.index(Index.TOKEN, "oidc", secret)
