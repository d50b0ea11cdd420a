"""Customers: listed, added, and seen masked."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import AfterValidator, BaseModel, Field

from bot.api.links import customer_by_no, living
from bot.api.once import IdempotencyKey, call_of, write_once
from bot.api.problems import Problem, Wrong, documented
from bot.api.shapes import After, Ident, In, Limit, Page, Text
from bot.api.tokens import actor_of, holder_with, person_in
from bot.intake import RowError, standard, zones
from bot.reach import owners_of, require
from bot.served import Served
from bot.whole_html import page as written
from dialogs.access import Permission
from dialogs.facts import OnRecord
from nlu.language import home_region
from nlu.replaced import replaced
from nlu.types import Language, Value
from store.customers import Customer, DuplicateCustomer, NewCustomer
from store.labels import TAG_LENGTH, TAGS, Labels, Wanted
from store.staff import Scope, TokenHolder
from store.uow import UnitOfWork
from store.values import Version
from store.whole import export as whole

PAGE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {"schema": {"type": "string"}}}}}
"""What an export may be besides JSON."""


def known_zone(name: str) -> str:
    if name not in zones():
        raise ValueError("is no time zone of the IANA list")
    return name


Short = Annotated[str, Field(min_length=1, max_length=200), *Text.__metadata__[1:]]

Tier = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[a-z0-9_-]+$")]
Tag = Annotated[str, Field(min_length=1, max_length=TAG_LENGTH, pattern=r"^[\w-]+$")]
Tags = Annotated[list[Tag], Field(max_length=TAGS)]

Holder = Annotated[TokenHolder, Depends(holder_with(Scope.CUSTOMERS))]
Exporter = Annotated[TokenHolder, Depends(holder_with(Scope.CUSTOMERS, permission=Permission.EXPORT))]
Sorted = Annotated[str | None, Query(max_length=128)]
No = Annotated[str, Path(max_length=128, description="The customer number")]


class CustomerIn(In):
    """A new customer; the names are those of the import file. Values are plain text and brought into standard form."""

    customer: Annotated[Ident, Field(description="The number; one is made if absent")] | None = None
    name: Short
    phone: Short | None = None
    email: Short | None = None
    address: Short | None = None
    tier: Tier = "standard"
    type: Literal["person", "company"] = "person"
    locale: Literal["en", "zh"] = "en"
    timezone: Annotated[str, Field(max_length=64), AfterValidator(known_zone)] | None = None
    owner: Ident | None = None
    tags: Tags = Field(default_factory=list)


class LabelsIn(In):
    """How a customer is sorted. A member that is left out stays; `owner` null: nobody's."""

    tier: Tier | None = None
    owner: Ident | None = None
    tags: Tags | None = None


class CustomerOut(BaseModel):
    """A customer without any personal value."""

    customer: str
    type: str
    tier: str
    locale: str
    timezone: str
    owner: str | None
    tags: list[str]
    status: str
    created_at: dt.datetime


class FieldOut(BaseModel):
    """What is on record for one field: masked, at most four characters of it."""

    field: str
    masked: str
    version: str
    since: dt.datetime
    proven_at: dt.datetime | None
    to_verify: bool


class CustomerRecordOut(CustomerOut):
    """A customer with the masked record."""

    record: list[FieldOut]


class VersionOut(BaseModel):
    """One version of one field, masked. `until` is null while it is live."""

    id: str
    field: str
    masked: str
    since: dt.datetime
    until: dt.datetime | None
    proven_at: dt.datetime | None
    origin: str
    request: str | None


class HistoryOut(BaseModel):
    """Every version, oldest first: nothing is overwritten."""

    items: list[VersionOut]


def customer_out(uow: UnitOfWork, one: Customer) -> CustomerOut:
    return CustomerOut(
        customer=one.no,
        type=one.type,
        tier=one.tier,
        locale=one.locale,
        timezone=one.timezone,
        owner=one.owner,
        tags=list(uow.customers.labels.tags(one.id)),
        status=one.status,
        created_at=one.created_at,
    )


def field_out(live: OnRecord) -> FieldOut:
    return FieldOut(
        field=live.field,
        masked=live.masked,
        version=live.version,
        since=live.since,
        proven_at=live.proven_at,
        to_verify=live.to_verify,
    )


def version_out(one: Version) -> VersionOut:
    return VersionOut(
        id=one.id,
        field=one.field,
        masked=one.masked,
        since=one.since,
        until=one.until,
        proven_at=one.proven_at,
        origin=one.origin,
        request=one.request,
    )


def new_customer(body: CustomerIn, app: Served) -> NewCustomer:
    """The body in standard form; what cannot be read is a 422 problem that names the member, not the value."""
    region = home_region(app.policy.region, Language(body.locale))
    values: dict[str, Value] = {}
    wrong: list[Wrong] = []
    for field in ("name", "phone", "email", "address"):
        text = getattr(body, field)
        if text is None:
            continue
        try:
            values[field] = standard(field, text, region, app.clock())
        except RowError as error:
            wrong.append(Wrong(pointer=f"/{field}", detail=str(error)))
    if wrong:
        raise Problem(422, "not-valid", "Some values could not be read; see errors.", tuple(wrong))
    return NewCustomer(
        name=values["name"],
        phone=values.get("phone"),
        email=values.get("email"),
        address=values.get("address"),
        no=body.customer,
        tier=body.tier,
        type=body.type,
        locale=body.locale,
        timezone=body.timezone or app.config.timezone,
        owner=body.owner,
        tags=tuple(sorted(set(body.tags))),
    )


def router(app: Served) -> APIRouter:
    """The endpoints."""
    routes = APIRouter(prefix="/customers", tags=["customers"])

    @routes.get("", responses=documented(422))
    def page(
        holder: Holder,
        after: After = "",
        limit: Limit = 100,
        tier: Sorted = None,
        tag: Sorted = None,
        owner: Sorted = None,
        to_verify: Annotated[bool, Query(description="Only those of whom a value is in doubt")] = False,
    ) -> Page[CustomerOut]:
        """Customers by number, without personal values."""
        wanted = Wanted(tier=tier, tag=tag, owner=owner, to_verify=to_verify)

        def look(uow: UnitOfWork) -> Page[CustomerOut]:
            owners = None if holder.staff is None else owners_of(uow, person_in(holder))
            found = uow.customers.page(after, limit, replaced(wanted, owners=owners))
            items = [customer_out(uow, one) for one in found]
            return Page(items=items, next=found[-1].no if len(found) == limit else None)

        return app.database.read(look)

    @routes.post("", responses=documented(409, 422), status_code=201)
    def add(request: Request, body: CustomerIn, holder: Holder, key: IdempotencyKey = None) -> CustomerOut:
        """Add a customer."""
        new = new_customer(body, app)

        def act(uow: UnitOfWork) -> CustomerOut:
            try:
                id = uow.customers.add(new, app.clock(), actor_of(holder, request))
            except DuplicateCustomer:
                raise Problem(409, "customer-exists", "There is a customer with this number already.") from None
            return customer_out(uow, uow.customers.by_id(id))

        return write_once(app, holder, key, call_of("POST /customers", body), CustomerOut, act)

    @routes.get("/{no}", responses=documented(404))
    def one(no: No, holder: Holder) -> CustomerRecordOut:
        """One customer, every value masked."""

        def look(uow: UnitOfWork) -> CustomerRecordOut:
            customer = customer_by_no(uow, no)
            record = [field_out(live) for _, live in sorted(uow.customers.record(customer.id).items())]
            return CustomerRecordOut(**customer_out(uow, customer).model_dump(), record=record)

        return app.database.read(look)

    @routes.patch("/{no}", responses=documented(404, 409, 422))
    def sort(request: Request, no: No, body: LabelsIn, holder: Holder, key: IdempotencyKey = None) -> CustomerOut:
        """Change tier, owner and tags. Personal details change by change requests only."""

        def act(uow: UnitOfWork) -> CustomerOut:
            customer = customer_by_no(uow, no)
            now = {"tier": customer.tier, "owner": customer.owner, "tags": uow.customers.labels.tags(customer.id)}
            new = now | body.model_dump(exclude_unset=True)
            labels = Labels(new["tier"] or customer.tier, new["owner"], tuple(sorted(set(new["tags"] or ()))))
            uow.customers.labels.sort(customer.id, labels, actor_of(holder, request), app.clock())
            return customer_out(uow, uow.customers.by_id(customer.id))

        return write_once(app, holder, key, call_of(f"PATCH /customers/{no}", body), CustomerOut, act)

    @routes.get("/{no}/history", responses=documented(404))
    def history(no: No, holder: Holder) -> HistoryOut:
        """Every version of every field, masked."""

        def look(uow: UnitOfWork) -> HistoryOut:
            versions = uow.customers.history(customer_by_no(uow, no).id)
            return HistoryOut(items=[version_out(one) for one in versions])

        return app.database.read(look)

    @routes.get("/{no}/export", responses=documented(404, 409, 422) | PAGE, response_model=dict[str, Any])
    def export(
        request: Request,
        no: No,
        holder: Exporter,
        reason: Annotated[str, Query(min_length=3, max_length=300, description="Why; it is kept")],
        html: Annotated[
            Literal["en", "zh"] | None, Query(description="A page to read and print instead of JSON")
        ] = None,
    ) -> Any:
        """Everything held on one customer, in clear. It is a disclosure: who had it, and why, is in the trace."""

        def act(uow: UnitOfWork) -> dict[str, Any]:
            customer = living(uow, no)
            if holder.staff is not None:
                require(uow, person_in(holder), Permission.EXPORT, customer.id, *uow.customers.record(customer.id))
            return whole(uow, customer, actor_of(holder, request), reason, app.clock())

        everything = app.database.write(act)
        return everything if html is None else HTMLResponse(written(everything, html, app.catalogues))

    return routes
