"""HTML pages: templates, the language of the reader, links to static files that may be cached for ever."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse

from bot.served import served
from bot.wording import LANGUAGES, NAMES, TAGS, chosen_language, say

HERE = Path(__file__).parent
STATIC = HERE / "static"
LANGUAGE_COOKIE = "tellonce_lang"
YEAR = 365 * 24 * 3600

environment = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(["html"], default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@cache
def static_version(name: str) -> str:
    """A short digest of a static file, so that a new one has a new address. "" when the file is not there."""
    path = STATIC / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else ""


def static(name: str) -> str:
    """The address of a static file."""
    version = static_version(name)
    return f"/static/{name}?v={version}" if version else f"/static/{name}"


def has_static(name: str) -> bool:
    """Whether the file is there (vendor files may not be)."""
    return bool(static_version(name))


environment.globals.update(static=static, has_static=has_static, language_names=NAMES)


def language_of(request: HTTPConnection, otherwise: str = "en") -> str:
    """The language this reader wants."""
    return chosen_language(
        request.query_params.get("lang"),
        request.cookies.get(LANGUAGE_COOKIE),
        request.headers.get("accept-language"),
        otherwise,
    )


def page(
    request: HTTPConnection,
    template: str,
    values: Mapping[str, object] | None = None,
    *,
    status: int = 200,
    otherwise: str = "en",
) -> HTMLResponse:
    """A whole page or a fragment in the reader's language. Templates have `t(id, …)`, `lang`, `lang_tag`, `path`."""
    language = language_of(request, otherwise)
    body = environment.get_template(template).render(
        {
            "t": partial(say, language),
            "lang": language,
            "lang_tag": TAGS[language],
            "path": request.url.path,
            "company": "TellOnce",
            "staff": None,
            "csrf": "",
            **(values or {}),
        }
    )
    response = HTMLResponse(
        body, status, headers={"Content-Language": TAGS[language], "Vary": "Accept-Language, Cookie"}
    )
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE,
            language,
            max_age=YEAR,
            samesite="lax",
            secure=urlsplit(served(request).config.web.public_url).scheme == "https",
            httponly=True,
        )
    return response


def crowded(request: HTTPConnection, wait: dt.timedelta, *, back: str = "") -> HTMLResponse:
    """The page for whoever asked too often: when to come again."""
    seconds, language = math.ceil(wait.total_seconds()) or 1, language_of(request)
    values = {
        "heading": say(language, "error-crowded-heading"),
        "sentence": say(language, "error-crowded", seconds=seconds),
        "back": back,
    }
    response = page(request, "error.html", values, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response
