"""Whose customer an address is about, and whether the person who asks may go there: asked of dialogs.access for every
route of console and API, by what its path names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dialogs.access import Owned, Permission, Person, Reach, allowed
from store.archiving import UnknownProposal
from store.conversations import UnknownConversation
from store.customers import UnknownCustomer
from store.database import Database
from store.requests import UnknownRequest
from store.uow import UnitOfWork


class NotYours(Exception):
    """What is asked for is about a customer, or a kind of detail, that is not this person's work."""


def guard(database: Database, person: Person, needed: Permission, route: str, path: Mapping[str, str]) -> None:
    """Raises NotYours when the path names a customer, a conversation, a request or a freeze that is not theirs; names
    that nobody has are for the route to answer. Without rules there is nothing to look up."""
    if not path:
        return

    def look(uow: UnitOfWork) -> None:
        if uow.policy.access.rules and (customer := customer_in(uow, route, path)) is not None:
            require(uow, person, needed, customer)

    database.read(look)


def customer_in(uow: UnitOfWork, route: str, path: Mapping[str, str]) -> str | None:
    """The id of the customer whom a path is about; None where there is none."""
    try:
        if (no := path.get("no")) is not None:
            found = uow.customers.by_no(no)
            return None if found is None else found.id
        if (number := path.get("number")) is not None:
            return uow.requests.load(number).customer
        if (id := path.get("id")) is None:
            return None
        if "/conversations/{id}" in route:
            return uow.conversations.by_id(id).customer
        if "/erase/{id}" in route:
            return uow.archiving.by_id(id).customer
        if "/freezes/{id}" in route:
            frozen = uow.protection.by_id(id)
            return None if frozen is None else frozen.customer
    except (UnknownRequest, UnknownConversation, UnknownProposal):
        return None
    return None


def owned(uow: UnitOfWork, customer: str) -> Owned:
    """Whose a customer is."""
    return uow.staff.owned(uow.customers.by_id(customer).owner)


def require(uow: UnitOfWork, person: Person, needed: Permission, customer: str, *fields: str) -> None:
    """Raises NotYours unless they may do this to this customer, and with each of these fields."""
    access = uow.policy.access
    if not access.rules:
        return
    about = owned(uow, customer)
    if not all(allowed(person, needed, access, about=about, field=field) for field in (None, *fields)):
        raise NotYours


def among(uow: UnitOfWork, person: Person, needed: Permission) -> Callable[[str | None], bool]:
    """For lists: whether the customer with this id is theirs. None, a chat of nobody known, is everybody's."""
    access = uow.policy.access
    if access.rule_of(person).customers is Reach.ALL:
        return lambda customer: True
    seen: dict[str, bool] = {}

    def theirs(customer: str | None) -> bool:
        if customer is None:
            return True
        if customer not in seen:
            try:
                seen[customer] = allowed(person, needed, access, about=owned(uow, customer))
            except UnknownCustomer:
                seen[customer] = False
        return seen[customer]

    return theirs


def owners_of(uow: UnitOfWork, person: Person) -> tuple[str, ...] | None:
    """Whose customers this person sees, besides nobody's; None: everybody's."""
    match uow.policy.access.rule_of(person).customers:
        case Reach.ALL:
            return None
        case Reach.OWN:
            return (person.name,)
        case Reach.TEAM:
            mates = (one.name for one in uow.staff.all() if person.team and one.team == person.team)
            return tuple(dict.fromkeys((person.name, *mates)))
