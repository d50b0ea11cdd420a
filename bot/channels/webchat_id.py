"""Which chat a browser is. The cookie is a secret of ours with our seal; the chat id is its digest.

So a chat id that somebody sees (staff do) opens nothing, and a browser cannot choose its own.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from urllib.parse import urlsplit

from starlette.responses import Response

from store.database import Database
from store.indexes import Index

LIFETIME = 30 * 24 * 3600
COOKIE = re.compile(r"[0-9a-f]{64}\.[0-9a-f]{32}")


def fresh_cookie(database: Database) -> str:
    """256 random bits, sealed."""
    secret = secrets.token_hex(32)
    return f"{secret}.{seal(database, secret)}"


def chat_of(database: Database, cookie: str | None) -> str | None:
    """The 128-bit chat id bound to this cookie; None when it is none of ours."""
    if cookie is None or not COOKIE.fullmatch(cookie):
        return None
    secret, sealed = cookie.split(".")
    if not hmac.compare_digest(sealed, seal(database, secret)):
        return None
    return hashlib.sha256(b"tellonce webchat\x00" + bytes.fromhex(secret)).hexdigest()[:32]


def seal(database: Database, secret: str) -> str:
    return database.read(lambda uow: uow.keyring.index(Index.TOKEN, "webchat", secret)).hex()[:32]


def cookie_name(public_url: str) -> str:
    """`__Host-` binds the cookie to this very host; browsers take it over https only."""
    return "__Host-tellonce_chat" if urlsplit(public_url).scheme == "https" else "tellonce_chat"


def set_cookie(response: Response, cookie: str, public_url: str) -> None:
    """Give or renew the cookie; it ends when the page has not been opened for 30 days."""
    https = urlsplit(public_url).scheme == "https"
    response.set_cookie(
        cookie_name(public_url), cookie, max_age=LIFETIME, httponly=True, secure=https, samesite="lax", path="/"
    )
