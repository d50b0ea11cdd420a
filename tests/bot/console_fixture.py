"""Staff at their desks: signed-in people, each with a session of their own, and chats that led to requests."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from httpx import Response

from bot.signin import csrf_of
from dialogs.request import ChangeRequest
from tests.bot.app_fixture import House

OAK = "Hi, I moved to 12 Oak Street, Springfield, IL 62704 last week"


@dataclass(frozen=True)
class Desk:
    """One signed-in member of staff."""

    home: House
    name: str
    token: str

    @property
    def cookie(self) -> dict[str, str]:
        return {"Cookie": f"tellonce_staff={self.token}"}

    def get(self, path: str, **headers: str) -> Response:
        return self.home.client.get(path, headers=self.cookie | headers, follow_redirects=False)

    def post(self, path: str, *, csrf: str | None = None, origin: str | None = None, **form: str) -> Response:
        """Send a form with this session's token, unless another is given."""
        data = {"csrf": csrf_of(self.token) if csrf is None else csrf, **form}
        headers = self.cookie | ({} if origin is None else {"Origin": origin})
        return self.home.client.post(path, data=data, headers=headers, follow_redirects=False)


def desk(home: House, name: str, role: str) -> Desk:
    """A new member of staff, signed in."""
    home.staff(name, role)
    token = home.app.database.write(lambda uow: uow.sessions.open(name, "10.0.0.7", home.clock()))
    home.client.cookies.clear()
    return Desk(home, name, token)


class Chat:
    """A customer's chat over the API."""

    def __init__(self, home: House, chat: str = "c1", customer: str | None = None) -> None:
        self.home, self.chat, self.serial = home, chat, 0
        self.token = home.token("site", ["messages", "links"])
        if customer is not None:
            body = {"channel": "api", "chat": chat, "customer": customer}
            home.client.post("/api/v1/links", json=body, headers=self.token).raise_for_status()

    def say(self, text: str) -> dict[str, object]:
        self.serial += 1
        body = {"channel": "api", "chat": self.chat, "id": f"m{self.serial}", "text": text}
        answer: dict[str, object] = self.home.client.post("/api/v1/messages", json=body, headers=self.token).json()
        return answer

    @property
    def id(self) -> str:
        """The conversation's id."""
        found = self.home.app.database.read(lambda uow: uow.conversations.find("api", self.chat))
        assert found is not None
        return found.id


def code_of(home: House) -> str:
    """The code that is on its way to the customer."""

    def look(uow):  # type: ignore[no-untyped-def]
        (payload,) = uow.run("SELECT payload FROM job WHERE kind = 'notice' ORDER BY id DESC LIMIT 1").fetchone()
        return uow.notices.load(json.loads(payload)["notice"])

    found = re.search(r"\d{6}", home.app.database.read(look).text)
    assert found
    return found[0]


def filed(home: House, what: str = OAK, *, no: str = "CUST202601010001", chat: str = "c1") -> ChangeRequest:
    """A request that waits for review, from a customer's own words."""
    home.customer(no)
    talk = Chat(home, chat, no)
    talk.say(what)
    talk.say("yes")
    talk.say(code_of(home))
    return newest(home)


def newest(home: House) -> ChangeRequest:
    return home.app.database.read(lambda uow: uow.requests.open_soonest())[-1]


def acts(home: House, act: str) -> list[tuple[str, str]]:
    """Who did this, and to what, by the trace."""
    entries = home.app.database.read(lambda uow: uow.audit.latest(None, 500))
    return [(one.actor, one.subject) for one in entries if one.act == act]
