"""Walks a real database along the road of a change: linked, agreed to, proven, filed, approved."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from dialogs.effects import (
    Decision,
    Effect,
    File,
    Link,
    Move,
    NewContact,
    Nowhere,
    OnFile,
    Purpose,
    RecordConsent,
    RecordProof,
    SendCode,
)
from dialogs.policy import FieldPolicy, Policy
from dialogs.request import Approval, ChangeRequest, Importance, State
from dialogs.types import (
    Actor,
    ActorKind,
    Conversation,
    Draft,
    Inbound,
    Item,
    Message,
    Need,
    Pending,
    Proof,
    Reply,
    Stage,
)
from nlu.replaced import replaced
from nlu.types import Language, Operation, Value
from store.customers import NewCustomer
from store.database import Database, open_database
from store.said import Said
from store.uow import UnitOfWork
from tests.store.kit import ACTOR, MASTER, NOW, keyring

T = TypeVar("T")

NAME = {"full": "Ada Lovelace"}
PHONE = {"e164": "+12025550147"}
EMAIL = {"email": "ada.lovelace@example.org"}
ADDRESS = {"street": "Quillfeather Lane", "number": "77", "city": "Springfield", "postcode": "62704"}
NEW_PHONE = {"e164": "+12025550199"}
NEW_ADDRESS = {"street": "Thistlewick Road", "number": "12", "city": "Shelbyville", "postcode": "62565"}
CHAT = "chat-of-ada-90210"
CODE = "493022"
DIGEST = "d1" * 32

POLICY = Policy(
    fields={
        "phone": FieldPolicy("phone", recipients=("crm", "orders")),
        "email": FieldPolicy("email"),
        "address": FieldPolicy("address", recipients=("crm",)),
        "name": FieldPolicy("name", importance=Importance.IMPORTANT),
    }
)
STAFF = Actor(ActorKind.STAFF, "rita", "10.0.0.1")
_serial = itertools.count(1)


def written(reply: Reply, language: Language) -> Message:
    """Says the sentence's id and every argument, so that a test sees what was told to whom."""
    args = " ".join(str(arg) for arg in reply.args.values())
    buttons = tuple((button.id, button.label) for button in reply.buttons)
    return Message(reply.id, f"{language}: {reply.id} {args}".strip(), buttons)


def fresh() -> str:
    """An id of our own."""
    return f"{next(_serial):032x}"


def open_road(place: Path | str) -> Iterator[Road]:
    """A road on the database in this file, or at this URL."""
    database = open_database(
        place if isinstance(place, str) else f"sqlite:///{place}",
        keyring(MASTER),
        written,
        POLICY,
        frozenset({"telegram"}),
        frozenset({"acme-app"}),
    )
    yield Road(database)
    database.close()


def inbound(text: str | None = "hello", *, id: str = "m1", chat: str = CHAT, channel: str = "webchat") -> Inbound:
    """A message."""
    return Inbound(channel, chat, id, NOW, text=text)


class Road:
    """Short ways to the states the tests begin in. Every step is a commit of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOW

    def write(self, act: Callable[[UnitOfWork], T]) -> T:
        return self.database.write(act)

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        return self.database.read(lambda uow: uow.run(sql, values).fetchall())

    def commit(
        self, decision: Decision, message: Inbound | None = None, actor: Actor | None = None
    ) -> tuple[Said, ...]:
        conversation = decision.conversation
        customer = Actor(ActorKind.CUSTOMER, conversation.id if conversation else "", "webchat")
        return self.write(lambda uow: uow.commit(decision, actor or customer, self.now, message))

    def effects(self, conversation: Conversation, *effects: Effect) -> Conversation:
        """Commit effects and return the conversation as it is then."""
        self.commit(Decision(conversation, effects=effects))
        return self.again(conversation)

    def again(self, conversation: Conversation) -> Conversation:
        return self.write(lambda uow: uow.conversations.by_id(conversation.id))

    def customer(self, **changes: object) -> str:
        given = {"name": NAME, "phone": PHONE, "email": EMAIL, "address": ADDRESS} | changes
        new = NewCustomer(**given)  # type: ignore[arg-type]  # the tests' own arguments
        return self.write(lambda uow: uow.customers.add(new, self.now, ACTOR))

    def version(self, customer: str, field: str) -> str:
        return self.database.read(lambda uow: uow.customers.record(customer)[field].version)

    def chat(self, chat: str = CHAT, channel: str = "webchat") -> Conversation:
        return self.write(lambda uow: uow.conversations.load(channel, chat, self.now))

    def linked(self, customer: str, chat: str = CHAT, channel: str = "webchat") -> Conversation:
        return self.effects(self.chat(chat, channel), Link(customer, "api"))

    def agreed(
        self, conversation: Conversation, value: Value = NEW_PHONE, field: str = "phone", digest: str = DIGEST
    ) -> Conversation:
        """A draft that the customer consented to."""
        draft = Draft(
            fresh(),
            (Item(field, Operation.CHANGED, value),),
            self.now,
            nonce="00" * 32,
            digest=digest,
            form=str(value),
            consent=fresh(),
        )
        assert draft.consent is not None
        record = RecordConsent(
            draft.consent,
            draft.id,
            digest,
            "00" * 32,
            str(value),
            "1",
            Language.EN,
            "typed",
            (f"purpose-{field}",),
            ("crm",),
            "withdraw",
            self.now,
        )
        return self.effects(replaced(conversation, draft=draft, stage=Stage.VERIFYING), record)

    def sent(
        self,
        conversation: Conversation,
        destination: OnFile | NewContact | Nowhere,
        need: Need | None = Need.ON_FILE,
        code: str = CODE,
        customer: str | None = None,
    ) -> Conversation:
        """A code on its way, for the draft or (`need` None) for linking."""
        draft = conversation.draft
        digest = conversation.id if need is None else (draft.digest if draft and draft.digest else "")
        until = self.now + POLICY.codes.lifetime
        contact = (
            destination.version
            if isinstance(destination, OnFile)
            else ("new" if isinstance(destination, NewContact) else "nowhere")
        )
        pending = Pending(fresh(), need, contact, "••", self.now, until, customer=customer)
        purpose = Purpose.LINK if need is None else Purpose.CHANGE
        message = Reply("code-message", {"code": code})
        send = SendCode(pending.challenge, purpose, need, digest, destination, code, message, until)
        return self.effects(replaced(conversation, pending=pending), send)

    def proven(self, conversation: Conversation) -> Conversation:
        """The pending code was answered: the attempt counted, the proof recorded."""
        pending, draft = conversation.pending, conversation.draft
        assert pending is not None
        assert draft is not None
        assert draft.digest is not None
        assert pending.need is not None
        self.write(lambda uow: uow.run("UPDATE challenge SET attempts = 1 WHERE id = ?", (pending.challenge,)))
        proof = Proof(fresh(), pending.need, "code", draft.digest, pending.contact, self.now)
        record = RecordProof(proof.id, pending.challenge, proof.digest, proof.need, proof.contact, self.now)
        draft = replaced(draft, proofs=(*draft.proofs, proof))
        return self.effects(replaced(conversation, draft=draft, pending=None), record)

    def request_of(self, conversation: Conversation, number: str = "CR-2026-000001") -> ChangeRequest:
        """The request that a proven draft becomes."""
        draft, customer = conversation.draft, conversation.customer
        assert draft is not None
        assert customer is not None
        (item,) = draft.items
        record = self.database.read(lambda uow: uow.customers.record(customer))
        return ChangeRequest(
            number=number,
            customer=customer,
            conversation=conversation.id,
            field=item.field,
            operation=item.operation,
            value=item.value,
            digest=draft.digest or "",
            consent=draft.consent or "",
            proofs=tuple(proof.id for proof in draft.proofs),
            makers=frozenset({f"customer:{customer}"}),
            importance=POLICY.fields[item.field].importance,
            filed_at=self.now,
            due_at=self.now + dt.timedelta(days=1),
            against=record[item.field].version if item.field in record else None,
            reason="moved in with my daughter",
            history=((State.FILED, self.now),),
        )

    def filed(
        self, customer: str, value: Value = NEW_PHONE, field: str = "phone", number: str = "CR-2026-000001"
    ) -> ChangeRequest:
        """A request of this customer, filed."""
        conversation = self.linked(customer)
        conversation = self.agreed(conversation, value, field)
        conversation = self.sent(conversation, OnFile(self.version(customer, "email")))
        conversation = self.proven(conversation)
        request = self.request_of(conversation, number)
        self.commit(Decision(replaced(conversation, draft=None, stage=Stage.FILED), effects=(File((request,)),)))
        return self.load(number)

    def load(self, number: str) -> ChangeRequest:
        return self.database.read(lambda uow: uow.requests.load(number))

    def moved(
        self, request: ChangeRequest, to: State, *checkers: tuple[str, str], actor: Actor = STAFF
    ) -> ChangeRequest:
        """The request in another state, with further approvals."""
        approvals = tuple(Approval(name, role, request.digest, self.now) for name, role in checkers)
        new = replaced(request, state=to, approvals=(*request.approvals, *approvals))
        self.commit(Decision(effects=(Move(new, request.state, "because"),)), actor=actor)
        return self.load(request.number)

    def approved(self, request: ChangeRequest) -> ChangeRequest:
        """Reviewed and approved by one checker."""
        return self.moved(self.moved(request, State.IN_REVIEW), State.APPROVED, ("rita", "reviewer"))
