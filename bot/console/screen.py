"""One page of the console: who is signed in, where they may go, words of the catalogues, moments in words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from bot.console.times import Times
from bot.pages import language_of, page
from bot.served import Served
from bot.signin import SignedIn
from bot.viewed import following
from bot.wording import catalogue, say
from dialogs.access import sections
from dialogs.replies import Catalogue
from dialogs.types import Actor, ActorKind
from nlu.types import Language


def show(
    app: Served,
    request: Request,
    staff: SignedIn,
    template: str,
    values: Mapping[str, object],
    *,
    section: str = "",
    status: int = 200,
    path: str = "",
) -> Response:
    """A page or a fragment. `path` is where the language switch leads when the request's own path cannot be asked
    for again (the answer to a form)."""
    language = language_of(request, staff.language)
    frame: dict[str, object] = {
        "staff": staff,
        "csrf": staff.csrf,
        "company": app.policy.company,
        "section": section,
        "sections": sections(staff.person),
        "times": Times(language, app.config.timezone, app.clock()),
        "term": partial(term, app.catalogues[Language(language)]),
        "named": partial(named, language),
        "following": partial(following, app, staff.session.id),
        "trouble": "",
        "done": "",
    }
    if path:
        frame["path"] = path
    return page(request, template, frame | dict(values), status=status, otherwise=staff.language)


def words(request: Request, staff: SignedIn, id: str, **values: object) -> str:
    """One sentence in the reader's language."""
    return say(language_of(request, staff.language), id, **values)


def term(known: Catalogue, id: str) -> str:
    """A term of the dialog's catalogue (names of fields, parts, purposes); an unknown one, such as the part of a field
    that was switched off since, is shown as its last word. It begins with a capital, for it stands alone."""
    try:
        text = known.format(id, {})
    except LookupError:
        text = id.rpartition("-")[2].replace("_", " ")
    return text[:1].upper() + text[1:]


def named(language: str, kind: str, name: object) -> str:
    """The words for one member of a set (a state, a flag's reason, an act); one without words is shown as it is."""
    return catalogue(language).get(f"console-{kind}-{name}", str(name).replace("_", " ").replace(".", " "))


def actor_of(staff: SignedIn) -> Actor:
    """The person, for the trace."""
    return Actor(ActorKind.STAFF, staff.name, staff.origin)


def go_to(path: str) -> Response:
    """After a form: the page to look at next."""
    return RedirectResponse(path, 303)


def is_live(request: Request) -> bool:
    """Whether a script asks for a part of the page, and not a person for the page."""
    return "hx-request" in request.headers or request.headers.get("x-live") == "1"
