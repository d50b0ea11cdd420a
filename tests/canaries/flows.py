"""What happens to one customer: every way in, every kind of change, and whatever may go wrong with personal words in
hand."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote, urlencode

from bot.app import App
from bot.commands.customers import import_file
from tests.canaries.company import Company
from tests.canaries.talk import Talk
from tests.canaries.values import Person

FORM = {"kind": "in_person", "place": "counter", "signed_form": "ab" * 32}
MINUTE = dt.timedelta(minutes=1)


def customer(company: Company, person: Person) -> str:
    """The company knows them; returns the number."""
    on_file = {**person.on_file, "locale": person.language}
    no: str = company.call("POST", "/customers", "shop", 201, **on_file)["customer"]
    return no


def decided(company: Company, number: str, reason: str) -> None:
    """Approved, by two people where one does not suffice."""
    for who in ("rita", "sam"):
        seen = company.call("GET", f"/change-requests/{number}", who)
        if seen["state"] in ("in_review", "in_second_review"):
            verdict = {"decision": "approve", "reason": reason, "digest": seen["digest"]}
            company.call("POST", f"/change-requests/{number}/decisions", who, **verdict)


def changes(talk: Talk, fields: list[str], *, right: bool) -> int:
    """Each of these, to the end; the receipts are answered with yes or no. Returns how many were filed."""
    filed = [number for field in fields for number in change(talk, field, right=right)]
    return len(filed)


def change(talk: Talk, field: str, *, right: bool) -> list[str]:
    """One of them."""
    numbers = talk.change(field)
    for number in numbers:
        decided(talk.company, number, talk.person.words)
        talk.receipt(number, "right" if right else "wrong")
    return numbers


def colleagues(talk: Talk) -> None:
    """Somebody takes the chat over, writes, notes, hands back; and does what they may not."""
    company, here, words = talk.company, talk.conversation, talk.person.words
    company.call("POST", f"/conversations/{here}/takeover", "ann")
    talk.say(words)
    company.call("POST", f"/conversations/{here}/messages", "ann", 201, text=words)
    company.call("POST", f"/conversations/{here}/notes", "ann", 201, text=words)
    company.wrong("POST", f"/conversations/{here}/messages", "ann", text=words * 900)
    company.wrong("POST", f"/conversations/{quote(words, safe='')[:64]}/messages", "ann", text=words)
    for who in ("bob", "rita"):
        company.desk("GET", f"/console/conversations/{here}", who)
        company.desk("POST", f"/console/conversations/{here}/messages", who, text=words)
        company.desk("POST", f"/console/conversations/{here}/notes", who, text=words)
    company.call("POST", f"/conversations/{here}/handback", "ann")
    no, number = talk.no, talk.person.on_file["phone"]
    company.desk("GET", f"/console/customers?no={quote(number)}", "ann")
    company.desk("GET", f"/console/customers/{quote(number)}", "ann")
    company.desk("GET", f"/console/customers?owner={quote(talk.person.on_file['name'])}", "ann")
    company.desk("POST", f"/console/customers/{no}/reveal", "ann", field="phone", reason=words)
    company.desk("POST", f"/console/customers/{no}/reveal", "ann", field=words, reason=words)
    company.desk("POST", f"/console/customers/{no}/labels", "ann", tier=words[:30], owner=number, tags=words)
    company.desk("GET", "/console/audit", "vera")
    company.desk("GET", f"/console/audit?before={quote(number)}", "vera")


def at_the_counter(talk: Talk, field: str) -> None:
    """Entered afterwards by staff who vouch for it, and what cannot be entered."""
    company, person = talk.company, talk.person
    if field not in person.new:
        return
    entered: dict[str, Any] = {
        "customer": talk.no,
        "field": field,
        "text": person.new[field],
        "way": "counter",
        "received_at": company.now().isoformat(),
        "proof": FORM,
    }
    answer = company.post("/api/v1/offline-requests", entered, company.bearer("ann"))
    if answer.status == 201:
        decided(company, json.loads(answer.text)["number"], person.words)
    else:
        assert answer.status in (409, 422), answer
    company.wrong("POST", "/offline-requests", "ann", **entered | {"field": "phone", "text": person.words})
    company.wrong("POST", "/offline-requests", "ann", **entered | {"way": person.words})
    company.wrong("POST", "/offline-requests", "ann", **entered | {"customer": person.on_file["phone"]})


def callers(talk: Talk) -> None:
    """What an integrator gets wrong, with personal words in every place where words can stand."""
    company, person, no = talk.company, talk.person, talk.no
    words, phone = person.words, person.on_file["phone"]
    message = {"channel": "api", "chat": f"wrong-{talk.tag}", "id": "m1"}
    company.call("POST", "/messages", "shop", **message, text=words)
    company.wrong("POST", "/messages", "shop", **message, text=f"{words}!")
    company.wrong("POST", "/messages", "shop", **message, text=words * 900)
    for wrong in ({"text": [words]}, {"at": words}, {"locale": words}, {words: words}, {"button": words * 9}):
        company.wrong("POST", "/messages", "shop", **message | {"id": "m2", "text": words} | wrong)
    new = {"name": person.new["name"], "email": phone, "timezone": words, "tier": words, "locale": words}
    company.wrong("POST", "/customers", "shop", **new)
    company.wrong("POST", "/customers", "shop", name=person.new["name"], phone=f"{phone} {words}")
    company.wrong("POST", "/customers", "shop", name=person.new["name"], customer=no, phone=person.new["phone"])
    company.wrong("GET", f"/customers/{quote(phone)}", "shop")
    company.wrong("GET", f"/customers?tag={quote(words)}", "shop")
    company.wrong("GET", f"/customers?limit={quote(words)}", "shop")
    company.wrong("GET", f"/customers/{no}/export?reason={quote(words)}", "shop")
    company.wrong("POST", "/signals", "shop", customer=no, field=words, kind=words)
    company.wrong("POST", "/links", "shop", channel="api", chat=person.on_file["email"], customer=phone)
    company.wrong("GET", f"/chats/api/{quote(phone)}/messages", "shop")
    token = {"Authorization": f"Bearer {words.encode().hex()}"}
    for path in (f"/api/v1/{quote(words)}", f"/{quote(words)}?name={quote(words)}", f"/not-me/{quote(phone)}"):
        company.request("GET", path, token)
    shop = company.bearer("shop")
    for body in (f'{{"text": "{words}'.encode(), words.encode("utf-16"), f'["{phone}"]'.encode()):
        company.request("POST", "/api/v1/messages", shop | {"content-type": "application/json"}, body)
    company.post("/api/v1/customers", {"name": words}, shop | {"Idempotency-Key": phone})
    form = {"name": person.on_file["email"], "password": words, "next": f"/console/{words}"}
    sent = {"content-type": "application/x-www-form-urlencoded"}
    company.request("POST", "/console/sign-in", sent, urlencode(form).encode())
    for channel in ("telegram", "whatsapp"):
        company.request("POST", f"/channels/{channel}/webhook", token, words.encode())


def accidents(talk: Talk) -> None:
    """Our own mistakes and the database's, in mid-turn, in a job and on a page, whose words quote the customer."""
    company, words = talk.company, f"{talk.person.words} {talk.person.new['phone']}"
    message = {"channel": "api", "chat": f"broken-{talk.tag}", "id": "m1", "text": words}

    def fail(*_: object, **__: object) -> None:
        raise ValueError(words)

    def deep(*_: object, **__: object) -> None:
        try:
            fail()
        except ValueError as cause:
            raise KeyError(words) from cause

    for where, how in (
        ("bot.app.handle_turn", fail),
        ("bot.turn.decide", deep),
        ("bot.turn.understand", fail),
        ("store.conversations.ConversationStore.save", deep),
    ):
        with mock.patch(where, how):
            company.call("POST", "/messages", "shop", 500, **message)
    with mock.patch("bot.console.customers.card_of", deep):
        company.desk("GET", f"/console/customers/{talk.no}", "ann")
    with mock.patch("bot.worker.Worker._renew", fail), mock.patch("bot.timers.Timers.fire", deep):
        company.forward(20 * MINUTE)
        company.wait(
            lambda: b"worker.round_failed" in company.watch.log.getvalue().encode(), "an accident of the worker"
        )
    company.call("POST", "/messages", "shop", **message)


def refusals(talk: Talk) -> None:
    """Everybody outside refuses what they are given next, in words that quote it."""
    refuse = {
        "/notice": (500, 1),
        "/crm": (503, 1),
        "/told": (400, 1),
        "/bot": (400, 1),
        "/v23.0": (500, 1),
        "/1055": (500, 1),
    }
    talk.company.outside.refuse = refuse


def not_me(talk: Talk) -> None:
    """The old contact says that it was somebody else."""
    for page in talk.company.outside.pages(talk.person.addresses):
        talk.typed.append(page)
        talk.company.request("GET", f"/not-me/{page}")
        talk.company.request("POST", f"/not-me/{page}")


def a_sheet(app: App, folder: Path, person: Person, other: Person) -> None:
    """Customers come from a file; what cannot be read is left out."""
    sheet, out = folder / "customers.csv", folder / "left-out.csv"
    rows = [
        "customer,name,phone,email,address",
        *(
            ",".join(f'"{one.on_file[name]}"' for name in ("phone", "name", "email", "phone", "address"))
            for one in (person, other)
        ),
        f'C1{person.on_file["phone"][-4:]},"{other.new["name"]}","{other.new["phone"]}",,"{other.on_file["address"]}"',
    ]
    sheet.write_text("\n".join(rows), encoding="utf-8")
    import_file(app, sheet, report=out)
