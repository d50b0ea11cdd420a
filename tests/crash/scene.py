"""The company of the crash test: its configuration, its customers and staff, and chance that can be repeated."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bot.app import App
from bot.config import Config
from dialogs.facts import Fresh
from dialogs.types import Actor, ActorKind, Inbound
from store.customers import NewCustomer
from store.uow import UnitOfWork

START = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)  # a Monday, in opening hours
WORKER_START = START + dt.timedelta(seconds=90)
"""Every message is sent before this moment, everything a worker does happens after it."""

DATABASE, KEY = "tellonce.db", "master.key"
SECRET = "whsec_" + "Q3Jhc2hUZXN0U2VjcmV0Rm9yVGhlVGFyZ2V0cw=="
TARGETS = {"crm": ["address", "phone", "email", "name"], "logistics": ["address"]}
REVIEWER, SUPERVISOR, AGENT = "rita", "sam", "ann"
INVENTOR = Actor(ActorKind.SYSTEM, "scene", "test")


@dataclass(frozen=True)
class Person:
    """A customer on record. `link` is a signed link from the company's app, good for one chat."""

    no: str
    chat: str
    language: str
    phone: str
    email: str
    link: str


def config(folder: Path, port: int, life: int = 0) -> Config:
    """Codes and events go to one HTTP server on this port, under a path that tells which process sent them."""
    home, notice = f"http://127.0.0.1:{port}/{life}", f"json://127.0.0.1:{port}/{life}/notice"
    return Config.model_validate(
        {
            "company": "Acme",
            "store": {"url": f"sqlite:///{folder / DATABASE}"},
            "keys": {"master_file": str(folder / KEY)},
            "web": {"public_url": "http://127.0.0.1:1"},
            "notify": {"phone": [notice], "email": [notice]},
            "targets": [
                {"name": name, "url": f"{home}/{name}", "secret": SECRET, "fields": fields}
                for name, fields in TARGETS.items()
            ],
            "check_ins": {"enabled": False},
            # Here a reviewer alone decides on every contact, whatever was changed before it.
            "risks": {
                "contact_changes": {"count": 1000},
                "failed_codes": {"count": 1000},
                "young_link": {"add_proof": False},
            },
        }
    )


def invent(folder: Path, chance: Random, many: int, now: dt.datetime = START) -> list[Person]:
    """An empty company with its people, in this folder."""
    folder.mkdir()
    key = folder / KEY
    key.write_bytes(chance.randbytes(32))
    key.chmod(0o600)
    app = App(config(folder, 1), clock=lambda: now)
    try:
        app.database.upgrade()
        people = app.database.write(lambda uow: [_person(app, uow, n, now) for n in range(many)])
        app.database.write(_staff)
    finally:
        app.close()
    return people


def _person(app: App, uow: UnitOfWork, n: int, now: dt.datetime) -> Person:
    zh = n % 2 == 1
    no = f"CUST20250101{n:04d}"
    phone = f"+86138001380{n:02d}" if zh else f"+120255501{n:02d}"
    email = f"old{n}@example.org"
    new = NewCustomer(
        name={"full": f"王小{'一二三四五六七八九十'[n % 10]}" if zh else f"Ada Example {chr(65 + n)}"},
        phone={"e164": phone},
        email={"email": email},
        address={"province": "上海市", "city": "上海市", "district": "黄浦区", "road": "南京东路", "number": f"{n}号"}
        if zh
        else {"number": f"{n}", "street": "Elm Street", "city": "Springfield", "postcode": "62701"},
        no=no,
        locale="zh-CN" if zh else "en",
    )
    id = uow.customers.add(new, now, INVENTOR)
    token = uow.customers.link_token(id, now, app.policy.link_token_lifetime)
    return Person(no, f"chat-{n}", "zh" if zh else "en", phone, email, token)


def _staff(uow: UnitOfWork) -> None:
    for name, role in ((REVIEWER, "reviewer"), (SUPERVISOR, "supervisor"), (AGENT, "agent")):
        uow.staff.add(name, role, START, INVENTOR)
    uow.staff.token_new(AGENT, ["conversations"], START, INVENTOR)


def repeatable(seed: str, digits: int) -> Callable[[Inbound], Fresh]:
    """Fresh ids, nonces and codes that depend on the message alone, so that two runs can be compared."""

    def fresh(inbound: Inbound) -> Fresh:
        def made(what: str) -> str:
            text = f"{inbound.channel}|{inbound.chat}|{inbound.id}|{what}"
            return hmac.digest(seed.encode(), text.encode(), hashlib.sha256).hex()

        codes = tuple(f"{int(made(f'code{n}'), 16) % 10**digits:0{digits}d}" for n in range(3))
        return Fresh(tuple(made(f"id{n}")[:32] for n in range(16)), codes, made("nonce"))

    return fresh
