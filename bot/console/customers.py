"""Customers: found by number, the record masked, one value shown with a reason."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Form, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.permissions import Finder, Revealer
from bot.console.screen import actor_of, go_to, show, words
from bot.intake import RowError, tags_of
from bot.pages import language_of
from bot.reach import owners_of, require
from bot.served import Served
from bot.signin import SignedIn
from bot.viewed import write_form_down
from dialogs.access import Owned, Permission, Person, allowed
from dialogs.request import ChangeRequest
from nlu.replaced import replaced
from nlu.types import Language, Value
from nlu.values.present import present
from store.customers import Customer, UnknownCustomer
from store.duplicates import Duplicate, find_duplicates
from store.labels import Labels, Wanted
from store.signals import Signal
from store.tasks import Task
from store.uow import UnitOfWork
from store.values import Version

REASON_LENGTH = 300
SHOWN = 20
PAGE = 50
No = Annotated[str, Path(max_length=128)]


class Card(msgspec.Struct, frozen=True):
    """One customer, every value masked: what is on record, what was, and the chats that are theirs."""

    customer: Customer
    owned: Owned
    live: tuple[Version, ...]
    past: tuple[Version, ...]
    requests: tuple[ChangeRequest, ...]
    conversations: tuple[tuple[str, str], ...]  # id and channel
    tags: tuple[str, ...]
    signals: tuple[Signal, ...]
    tasks: tuple[Task, ...]
    duplicates: tuple[Duplicate, ...]


def card_of(uow: UnitOfWork, no: str) -> Card:
    """Gather the page. Raises UnknownCustomer."""
    customer = uow.customers.by_no(no)
    if customer is None:
        raise UnknownCustomer
    versions = uow.customers.history(customer.id)
    return Card(
        customer=customer,
        owned=uow.staff.owned(customer.owner),
        live=tuple(sorted((one for one in versions if one.until is None), key=lambda one: one.field)),
        past=tuple(sorted((one for one in versions if one.until is not None), key=lambda one: one.since, reverse=True)),
        requests=tuple(uow.requests.open_of(customer.id)),
        conversations=tuple((one.id, one.channel) for one in uow.conversations.of_customer(customer.id)),
        tags=uow.customers.labels.tags(customer.id),
        signals=tuple(uow.signals.of_customer(customer.id, SHOWN)),
        tasks=tuple(uow.tasks.of_customer(customer.id)[:SHOWN]),
        duplicates=find_duplicates(uow, customer.id),
    )


class Line(msgspec.Struct, frozen=True):
    """A customer in the list. `to_verify` and `tasks` are how many."""

    customer: Customer
    tags: tuple[str, ...]
    to_verify: int
    tasks: int


class Asked(BaseModel):
    """Which customers the list holds."""

    model_config = ConfigDict(extra="ignore")

    tier: Annotated[str, Field(max_length=32)] = ""
    tag: Annotated[str, Field(max_length=32)] = ""
    owner: Annotated[str, Field(max_length=128)] = ""
    to_verify: bool = False
    with_task: bool = False
    after: Annotated[str, Field(max_length=128)] = ""

    def wanted(self) -> Wanted:
        """The same for the store."""
        return Wanted(
            tier=self.tier or None,
            tag=self.tag or None,
            owner=self.owner.strip() or None,
            to_verify=self.to_verify,
            with_task=self.with_task,
        )

    def following(self, after: str) -> str:
        """The query of the next page."""
        given = {name: value for name, value in self.model_dump().items() if value} | {"after": after}
        return urlencode({name: int(value) if value is True else value for name, value in given.items()})


def lines_of(uow: UnitOfWork, asked: Asked, person: Person) -> list[Line]:
    """One page and one more, which tells that there is another."""
    return [
        Line(
            one,
            uow.customers.labels.tags(one.id),
            uow.customers.values.in_doubt(one.id),
            sum(1 for task in uow.tasks.of_customer(one.id) if task.done_at is None),
        )
        for one in uow.customers.page(asked.after, PAGE + 1, replaced(asked.wanted(), owners=owners_of(uow, person)))
    ]


def may_reveal(app: Served, staff: SignedIn, card: Card, field: str) -> bool:
    """Whether this person may see this value of this customer."""
    return allowed(staff.person, Permission.REVEAL, app.policy.access, about=card.owned, field=field)


def router(app: Served) -> APIRouter:
    """Search, the record, and the form that shows one value."""
    routes = APIRouter()

    def screen(
        request: Request,
        staff: SignedIn,
        no: str,
        *,
        trouble: str = "",
        status: int = 200,
        asked: str = "",
        revealed: Value | None = None,
        labels_trouble: bool = False,
    ) -> Response:
        if request.method != "GET" and revealed is None:
            write_form_down(request, actor_of(staff))
        try:
            card = app.database.read(lambda uow: card_of(uow, no))
        except UnknownCustomer:
            raise HTTPException(404) from None
        language = Language(language_of(request, staff.language))
        values = {
            "card": card,
            "trouble": trouble,
            "asked": asked,
            "revealed": None if revealed is None else present(asked, revealed, language=language),
            "reason_length": REASON_LENGTH,
            "labels_trouble": labels_trouble,
            "tiers": sorted({*app.policy.check_in.cycles, card.customer.tier}),
            "may_converse": allowed(staff.person, Permission.CONVERSE),
            "may_archive": allowed(staff.person, Permission.ERASE),
            "may_reveal": partial(may_reveal, app, staff, card),
            "may_decide": allowed(staff.person, Permission.DECIDE),
        }
        path = f"/console/customers/{no}"
        return show(app, request, staff, "console/customer.html", values, section="customers", status=status, path=path)

    @routes.get("/console/customers")
    def find(
        request: Request,
        staff: Finder,
        asked: Annotated[Asked, Query()],
        no: Annotated[str, Query(max_length=128)] = "",
    ) -> Response:
        """The search form, where a number that is known leads to its customer, and the list."""
        number = no.strip()
        found = app.database.read(lambda uow: uow.customers.by_no(number)) if number else None
        found = found or (app.database.read(lambda uow: uow.customers.by_no(number.upper())) if number else None)
        if found is not None:
            return go_to(f"/console/customers/{found.no}")
        trouble = words(request, staff, "console-customer-unknown") if number else ""
        lines, tags = app.database.read(lambda uow: (lines_of(uow, asked, staff.person), uow.customers.labels.in_use()))
        named = partial(words, request, staff)
        values = {
            "no": number,
            "trouble": trouble,
            "asked": asked,
            "lines": lines[:PAGE],
            "more": asked.following(lines[PAGE - 1].customer.no) if len(lines) > PAGE else "",
            "choices": (
                ("tier", named("console-customer-tier"), sorted(app.policy.check_in.cycles)),
                ("tag", named("records-tags"), tags),
            ),
        }
        status = 404 if number else 200
        return show(app, request, staff, "console/customers.html", values, section="customers", status=status)

    @routes.post("/console/customers/{no}/labels")
    def sort(
        request: Request,
        no: No,
        staff: Finder,
        tier: Annotated[str, Form(max_length=32)] = "",
        owner: Annotated[str, Form(max_length=128)] = "",
        tags: Annotated[str, Form(max_length=1_000)] = "",
    ) -> Response:
        """Change tier, owner and tags; nothing personal."""
        try:
            words_ = tags_of(tags)
        except RowError:
            return screen(request, staff, no, status=422, labels_trouble=True)
        responsible = owner.strip()

        def act(uow: UnitOfWork) -> bool:
            customer = uow.customers.by_no(no)
            if customer is None:
                raise UnknownCustomer
            if tier not in {*app.policy.check_in.cycles, customer.tier} or len(responsible.split()) > 1:
                return False
            labels = Labels(tier, responsible or None, words_)
            uow.customers.labels.sort(customer.id, labels, actor_of(staff), app.clock())
            return True

        try:
            done = app.database.write(act)
        except UnknownCustomer:
            raise HTTPException(404) from None
        if not done:
            return screen(request, staff, no, status=422, labels_trouble=True)
        return go_to(f"/console/customers/{no}")

    @routes.post("/console/customers/{no}/tasks")
    def task_done(no: No, staff: Finder, task: Annotated[str, Form(max_length=64)] = "") -> Response:
        """A colleague saw to it."""

        def act(uow: UnitOfWork) -> None:
            customer = uow.customers.by_no(no)
            if customer is None:
                raise UnknownCustomer
            uow.tasks.done(task, customer.id, actor_of(staff), app.clock())

        try:
            app.database.write(act)
        except UnknownCustomer:
            raise HTTPException(404) from None
        return go_to(f"/console/customers/{no}")

    @routes.get("/console/customers/{no}")
    def one(request: Request, no: No, staff: Finder) -> Response:
        """One customer, masked."""
        return screen(request, staff, no)

    @routes.post("/console/customers/{no}/reveal")
    def reveal(
        request: Request,
        no: No,
        staff: Revealer,
        field: Annotated[str, Form()] = "",
        reason: Annotated[str, Form()] = "",
    ) -> Response:
        """One value in clear, in the answer to this form only; who looked and why is in the trace."""
        if not reason.strip() or len(reason) > REASON_LENGTH:
            trouble = words(request, staff, "console-reveal-reason-needed", limit=REASON_LENGTH)
            return screen(request, staff, no, trouble=trouble, status=422, asked=field)

        def act(uow: UnitOfWork) -> Value:
            customer = uow.customers.by_no(no)
            if customer is None:
                raise UnknownCustomer
            require(uow, staff.person, Permission.REVEAL, customer.id, field)
            return uow.customers.reveal(customer.id, field, actor_of(staff), reason.strip(), app.clock())

        try:
            value = app.database.write(act)
        except UnknownCustomer:
            raise HTTPException(404) from None
        return screen(request, staff, no, asked=field, revealed=value)

    return routes
