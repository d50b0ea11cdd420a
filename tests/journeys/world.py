"""A whole TellOnce on a database file, with a clock that stands still, phones that can be read and staff on call."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from bot import desk, intake, vouching
from bot.app import App
from bot.checkins import CheckIns, plan_batch
from bot.config import Config
from bot.fresh import fresh as secret_fresh
from bot.sync import Sync
from bot.timers import Timers
from bot.turn import handle_turn
from bot.verdict import Verdict, checker_of, give_verdict
from dialogs import consent
from dialogs.decide import decide
from dialogs.effects import Decision
from dialogs.facts import Facts, Fresh
from dialogs.lost_contact import Callback, InPerson, Place
from dialogs.offline import Received, Way
from dialogs.request import ChangeRequest
from dialogs.types import Actor, ActorKind, Conversation, Inbound
from nlu.replaced import replaced
from nlu.types import Understanding, Value
from store.deliveries import DeliveryStore, Outcome
from store.instant import from_micros
from store.jobs import Lease
from store.said import Said
from store.uow import UnitOfWork

T = TypeVar("T")

START = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)  # a Monday morning
OPERATOR = Actor(ActorKind.SYSTEM, "test")
STAFF = {
    "mei": "reviewer", "rita": "reviewer", "omar": "supervisor", "sue": "supervisor", "ada": "agent",
    "vera": "security_officer",
}  # fmt: skip
FORM = InPerson(Place.VIDEO, hashlib.sha256(b"the signed form").hexdigest())
SECRET = "whsec_" + "c2VjcmV0" * 4
TARGETS = (
    {"name": "CRM", "url": "http://crm.test/", "secret": SECRET, "fields": ["address", "phone", "email", "name"]},
    {"name": "Orders", "url": "http://orders.test/", "secret": SECRET, "fields": ["address"]},
)
LEASE = dt.timedelta(seconds=30)
KINDS = ("notice", "sync", "timer", "check_in")
CHANNEL = "webchat"
_CODE = re.compile(r"(?<![\w-])\d{6}(?![\w-])")
_PAGE = re.compile(r"/not-me/(\S+)")


class World:
    """One company. Everything that is due is done at once, in the order and by the functions of the real worker."""

    def __init__(self, app: App) -> None:
        self.now = START
        self._run(app)
        self.received: list[tuple[str, str]] = []  # (address, text) of every notice that was sent
        self.refusing = False  # whether the targets refuse for good
        self.messages = 0

        def staff(uow: UnitOfWork) -> None:
            for name, role in STAFF.items():
                uow.staff.add(name, role, self.now, OPERATOR)

        self.write(staff)

    def _run(self, app: App) -> None:
        self.app = app
        app.clock = lambda: self.now
        check_ins = CheckIns(app.policy, app.clock)
        self.check_ins, self.timers = check_ins, Timers(app.policy, app.clock, check_ins)
        self.sync = Sync(app.database, (), app.policy, app.clock)

    def restart(self) -> None:
        """The process ends, and another begins on the same database: nothing is left but what was kept."""
        config = self.app.config
        self.app.close()
        self._run(App(config, make_fresh=fresh))

    def write(self, act: Callable[[UnitOfWork], T]) -> T:
        return self.app.database.write(act)

    def read(self, act: Callable[[UnitOfWork], T]) -> T:
        return self.app.database.read(act)

    # --- who there is ----------------------------------------------------------------------------------------------

    def customer(self, given: Mapping[str, str], region: str, locale: str) -> str:
        """Add a customer from words; returns the id."""
        values = {f: self.standard(f, given[f], region) for f in ("phone", "email", "address") if f in given}
        new = intake.NewCustomer(
            name={"full": given["name"]}, no=given.get("number"), locale=locale, tier=given.get("tier", "standard"),
            timezone=given.get("timezone", "UTC"), **values,
        )  # fmt: skip
        return self.write(lambda uow: uow.customers.add(new, self.now, OPERATOR))

    def standard(self, field: str, text: str, region: str) -> Value:
        return intake.standard(field, text, region, self.now)

    def link(self, chat: str, customer: str) -> None:
        """The customer opened the chat from the company's own app, long ago."""
        lifetime = dt.timedelta(hours=1)
        token = self.write(lambda uow: uow.customers.link_token(customer, self.now, lifetime))
        self.turn(Inbound(CHANNEL, chat, "linked", self.now, link_token=token))

    # --- what happens ----------------------------------------------------------------------------------------------

    def inbound(self, chat: str, **content: str) -> Inbound:
        """A new message."""
        self.messages += 1
        return Inbound(CHANNEL, chat, f"m{self.messages}", self.now, **content)  # type: ignore[arg-type]

    def turn(self, inbound: Inbound) -> tuple[Said, ...]:
        """One real turn, then all that it made due."""
        with patch("bot.turn.decide", decide_alike):
            said = self.write(lambda uow: handle_turn(inbound, uow, self.app.kit, self.now))
        self.work()
        return said

    def staff(self, chat: str, name: str, verb: str, text: str) -> Decision:
        """A member of staff acts on a conversation; then all that it made due."""
        decision = self._desk(chat, name, verb, text)
        self.work()
        return decision

    def _desk(self, chat: str, name: str, verb: str, text: str) -> Decision:
        """What staff do at the desk."""
        here = self.conversation(chat).id
        match verb:
            case "takes over":
                return self.write(lambda uow: desk.take_over(uow, here, name, self.now))
            case "hands back":
                return self.write(lambda uow: desk.hand_back(uow, here, name, self.now))
            case "writes":
                return self.write(lambda uow: desk.write(uow, here, name, text, self.now))
            case "notes":
                return self.write(lambda uow: desk.note(uow, here, name, text, self.now))
        raise ValueError(f"staff cannot: {verb}")

    def acting(self, name: str) -> vouching.Act:
        """A member of staff about to do something."""
        drawn = secret_fresh(self.app.policy.codes.digits)
        return vouching.Act(name, self.app.policy, drawn, self.now, own=self.app.own_fields)

    def vouch(self, chat: str, name: str, how: str) -> Decision:
        """A member of staff makes sure who the customer is, for the draft that is on the screen."""
        here, act = self.conversation(chat), self.acting(name)
        digest = here.draft.digest if here.draft is not None else None
        vouched = FORM if how != "callback" else self._number_of(here.customer or "")
        decision = self.write(lambda uow: vouching.record_proof(uow, here.id, vouched, digest or "0" * 64, act))
        self.work()
        return decision

    def _number_of(self, customer: str) -> Callback:
        record = self.read(lambda uow: uow.customers.record(customer))
        return Callback(record["phone"].version if "phone" in record else "none")

    def start_change(self, chat: str, name: str, field: str, text: str) -> Decision:
        """A member of staff begins a change for the customer."""
        here, act = self.conversation(chat).id, self.acting(name)
        return self.write(lambda uow: vouching.start_change(uow, here, field, text, act))

    def enter(self, customer: str, name: str, field: str, text: str, way: Way, ago: dt.timedelta) -> Decision:
        """A member of staff enters what came in outside the chat."""
        received, act = Received(way, self.now - ago), self.acting(name)
        vouched = FORM if way is Way.COUNTER else self._number_of(customer)
        decision, _ = self.write(lambda uow: vouching.enter_offline(uow, customer, field, text, vouched, received, act))
        self.work()
        return decision

    def settle(self, chat: str, number: str, name: str, how: str, reason: str) -> Decision:
        """A member of staff looks at a disputed request, or at a freeze."""
        act, here = self.acting(name), self.conversation(chat)

        def settled(uow: UnitOfWork) -> Decision:
            match how:
                case "upholds":
                    return vouching.uphold(uow, number, reason, act)
                case "reverts":
                    return vouching.revert_in_chat(uow, number, here.id, act)
                case "reverts in person":
                    return vouching.revert_in_person(uow, number, FORM, act)[0]
                case "releases":
                    frozen = uow.protection.of_customer(here.customer or "")
                    return vouching.release(uow, frozen.id if frozen is not None else "none", reason, act)
            raise ValueError(f"staff cannot: {how}")

        decision = self.write(settled)
        self.work()
        return decision

    def pages(self, address: str) -> list[str]:
        """The secrets of the "this wasn't me" pages that came to a phone or mailbox, oldest first."""
        return [found[1] for at, text in self.received if at == address and (found := _PAGE.search(text))]

    def not_me(self, token: str) -> bool:
        """Somebody presses the button on such a page; False when it is used up."""
        policy, now = self.app.policy, self.now
        drawn = secret_fresh(policy.codes.digits).ids[0]
        flagged = self.write(lambda uow: vouching.disown(uow, token, drawn, policy, now, "10.0.0.9"))
        self.work()
        return flagged is not None

    def verdict(self, number: str, name: str, verdict: Verdict, reason: str) -> Decision:
        """A member of staff decides on a request, with its digest on the screen."""
        checker = self.read(lambda uow: checker_of(uow, name))
        assert checker is not None
        digest = self.read(lambda uow: uow.requests.load(number)).digest
        policy, now = self.app.policy, self.now
        decision = self.write(lambda uow: give_verdict(uow, number, verdict, checker, digest, reason, policy, now))
        self.work()
        return decision

    def forward(self, by: dt.timedelta) -> None:
        """Time passes; what becomes due on the way is done at its time."""
        until = self.now + by
        while (due := self._next_due()) is not None and due <= until:
            self.now = max(self.now, due)
            if not self.work():
                break
        self.now = until
        self.work()

    def plan_check_ins(self) -> int:
        """What the worker's chore does every five minutes."""
        opened = self.write(lambda uow: plan_batch(uow, self.app.policy, self.now))
        self.work()
        return opened.count

    def another_change(self, customer: str, field: str, value: Value) -> None:
        """Somebody changed the record from elsewhere."""

        def act(uow: UnitOfWork) -> None:
            subject = f"customer:{customer}/1"
            audit = uow.audit.append("customer.filled", subject, OPERATOR, self.now, customer=customer)
            uow.customers.values.close(customer, field, self.now, None)
            uow.customers.values.open_imported(customer, field, value, self.now, audit)

        self.write(act)

    def _next_due(self) -> dt.datetime | None:
        kinds = ",".join("?" * len(KINDS))
        sql = f"SELECT MIN(due_at) FROM job WHERE state = 'ready' AND kind IN ({kinds})"
        (due,) = self.read(lambda uow: uow.run(sql, KINDS).fetchone())
        return None if due is None else from_micros(due)

    def work(self) -> int:
        """Do every job that is due, each in one transaction with its end; returns how many."""
        done = 0
        while leases := self.write(lambda uow: uow.jobs.claim(KINDS, "w", self.now, LEASE, 1)):
            self._do(leases[0])
            done += 1
        return done

    def _do(self, lease: Lease) -> None:
        payload = {key: str(value) for key, value in lease.payload.items()}
        if lease.kind == "notice":
            notice = self.read(lambda uow: uow.notices.load(payload["notice"]))
            if notice is not None:
                self.received.append((notice.address, notice.text))

        def act(uow: UnitOfWork) -> None:
            if lease.kind == "sync" and self.refusing:
                uow.jobs.park(lease, "http:410")
                self.sync._gave_up(uow, lease, "http:410")
                return
            uow.jobs.done(lease)
            match lease.kind:
                case "notice":
                    uow.notices.sent(payload["notice"], self.now)
                case "sync":
                    DeliveryStore(uow).tried(payload["delivery"], Outcome.ACKNOWLEDGED, 200, self.now)
                    self.sync._acknowledged(uow, payload["delivery"])
                case "timer":
                    self.timers.fire(uow, payload["kind"], payload["subject"])
                case "check_in":
                    self.check_ins.ask(uow, payload["check_in"])

        self.write(act)

    # --- what is there ---------------------------------------------------------------------------------------------

    def conversation(self, chat: str) -> Conversation:
        found = self.read(lambda uow: uow.conversations.find(CHANNEL, chat))
        assert found is not None, f"nobody has written in the chat {chat} yet"
        return found

    def said(self, chat: str, after: int = 0) -> list[Said]:
        """What was said in a chat, by anybody."""

        def look(uow: UnitOfWork) -> list[Said]:
            found = uow.conversations.find(CHANNEL, chat)
            return [] if found is None else uow.conversations.messages(found.id, after)

        return self.read(look)

    def shown(self, chat: str) -> list[Said]:
        """What the customer's own channel shows."""
        found = self.conversation(chat).id
        return self.read(lambda uow: uow.conversations.messages_for_customer(found))

    def requests(self) -> list[ChangeRequest]:
        return self.read(lambda uow: uow.requests.page())

    def on_record(self, customer: str, field: str) -> Value | None:
        """What is live, in clear."""

        def look(uow: UnitOfWork) -> Value | None:
            live = uow.customers.record(customer).get(field)
            return None if live is None else uow.customers.value_of(live.version).value

        return self.read(look)

    def codes(self, address: str) -> list[str]:
        """The codes that arrived at a phone or mailbox, oldest first."""
        return [code for at, text in self.received if at == address for code in codes_in(text)]


def codes_in(text: str) -> list[str]:
    """The code that a notice carries, if it does."""
    return [found[0]] if (found := _CODE.search(text)) else []


def decide_alike(
    conversation: Conversation, inbound: Inbound, understanding: Understanding, facts: Facts, *given: Any
) -> Decision:
    """`decide`, where how many codes are left was not looked up: whatever it is, the decision is the same."""
    decision = decide(conversation, inbound, understanding, facts, *given)
    if not consent.may_be_given(conversation, inbound, understanding):
        assert facts.sends_left == 0
        assert decide(conversation, inbound, understanding, replaced(facts, sends_left=9), *given) == decision
    return decision


def fresh(inbound: Inbound) -> Fresh:
    """Ids and codes that depend on the message only, so that a failure can be walked again."""

    def of(use: str) -> str:
        return hashlib.sha256(f"{inbound.chat}/{inbound.id}/{use}".encode()).hexdigest()

    codes = tuple(f"{int(of(f'code{n}'), 16) % 10**6:06d}" for n in range(3))
    return Fresh(tuple(of(f"id{n}")[:32] for n in range(16)), codes, of("nonce"))


def make_template(folder: Path, url: str | None = None) -> Path:
    """An upgraded empty database and a master key; migrating once and copying keeps the suite fast."""
    app = _app(folder, kept_at(url))
    app.database.upgrade()
    app.close()
    return folder


def kept_at(url: str | None) -> dict[str, object]:
    """The setting that says where the database is; None: in the folder."""
    return {} if url is None else {"store": {"url": url}}


def _app(folder: Path, settings: Mapping[str, object]) -> App:
    key = folder / "master.key"
    if not key.exists():
        key.write_bytes(b"k" * 32)
        key.chmod(0o600)
    given = {
        "store": {"url": f"sqlite:///{folder}/t.db"},
        "keys": {"master_file": str(key)},
        "targets": TARGETS,
        **settings,
    }
    return App(Config.model_validate(given), make_fresh=fresh)


@contextmanager
def open_world(template: Path, folder: Path, settings: Mapping[str, object], url: str | None = None) -> Iterator[World]:
    """A world of its own in this folder, its database there too or, with a URL, on PostgreSQL."""
    for name in ("t.db", "master.key"):
        shutil.copy(template / name, folder / name)
    app = _app(folder, {**settings, **kept_at(url)})
    world = World(app)
    try:
        yield world
    finally:
        world.app.close()
