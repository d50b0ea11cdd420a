"""What staff do about a customer's proof and protection: one transaction each, whoever asks (the console or the API).

Every function loads, lets the core decide and commits; a refused decision has changed nothing.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from bot.intake import RowError, standard
from bot.reach import owned, require
from bot.verdict import checker_of, decides_here
from dialogs import freezing, handoff, lost_contact, offline, on_behalf, reverting
from dialogs.access import Permission
from dialogs.approval import Checker
from dialogs.effects import Decision, File, Link, Refusal
from dialogs.facts import Fresh, OnRecord
from dialogs.lost_contact import InPerson, Vouched
from dialogs.offline import Received
from dialogs.policy import Policy
from dialogs.reading import enabled, lacking
from dialogs.request import ChangeRequest
from dialogs.step import Turn
from dialogs.types import Actor, ActorKind, Conversation, Draft, Inbound, Item
from nlu.custom import Learned
from nlu.language import home_region
from nlu.replaced import replaced
from nlu.types import Language, Operation, Understanding, Value
from store.uow import UnitOfWork


class UnreadableValue(Exception):
    """What was written is no whole value of this field. Says which field, never what was written."""


class UnknownStaff(LookupError):
    """There is no member of staff of this name."""


class Act(msgspec.Struct, frozen=True):
    """Who does something, when and from where, with the ids and codes that it may use. `own` are the company's own
    fields, as they were learned."""

    staff: str
    policy: Policy
    fresh: Fresh
    now: dt.datetime
    origin: str = ""
    own: tuple[Learned, ...] = ()

    @property
    def actor(self) -> Actor:
        """The person, for the trace."""
        return Actor(ActorKind.STAFF, self.staff, self.origin)


def person_of(uow: UnitOfWork, act: Act) -> Checker:
    """The person as the rules know them. Raises UnknownStaff."""
    found = checker_of(uow, act.staff)
    if found is None:
        raise UnknownStaff
    return found


def turn_of(uow: UnitOfWork, conversation: Conversation, act: Act, item: Item | None = None) -> Turn:
    """A turn in which the customer says nothing: what the store knows of a conversation as it stands, or as it would be
    with a draft of this item."""
    nothing = Understanding(conversation.language)
    if item is not None:
        conversation = replaced(conversation, draft=Draft("", (item,), act.now))
    inbound = silent(conversation, act.staff, act.now)
    facts = uow.facts(conversation, inbound, nothing, act.now)
    if conversation.channel == offline.CHANNEL:  # its link is ours and says nothing about whoever asked
        facts = replaced(facts, linked_at=None, linked_via=None)
    return Turn(inbound, nothing, facts, act.policy, act.fresh, act.now)


def silent(conversation: Conversation, staff: str, now: dt.datetime) -> Inbound:
    """Nothing said by the customer: staff act or look."""
    return Inbound(conversation.channel, conversation.chat, f"staff:{staff}", now, text="")


def commit(uow: UnitOfWork, decision: Decision, act: Act) -> Decision:
    """Keep what was decided, unless it was refused. Whoever acts where they speak is not idle."""
    decision = handoff.watched(decision, act.staff, act.policy.owner_idle, act.now)
    if decision.refused is None:
        uow.commit(decision, act.actor, act.now)
    return decision


def callable_numbers(uow: UnitOfWork, conversation: Conversation, now: dt.datetime) -> tuple[OnRecord, ...]:
    """The numbers that may be called back about the draft of this conversation."""
    draft = conversation.draft
    if draft is None or conversation.customer is None:
        return ()
    facts = uow.facts(conversation, silent(conversation, "", now), Understanding(conversation.language), now)
    return lost_contact.callable_numbers(facts.record, lost_contact.barred(draft, facts, now), draft.began_at, now)


def record_proof(uow: UnitOfWork, id: str, vouched: Vouched, digest: str, act: Act) -> Decision:
    """Keep that this person has made sure who the customer is, for exactly the draft with this digest."""
    conversation = uow.conversations.by_id(id)
    turn = turn_of(uow, conversation, act)
    return commit(uow, lost_contact.record(conversation, person_of(uow, act), vouched, digest, turn), act)


def start_change(uow: UnitOfWork, id: str, field: str, text: str, act: Act) -> Decision:
    """Show the customer a change that this person began for them. Raises UnreadableValue."""
    conversation = uow.conversations.by_id(id)
    item = item_of(field, text, conversation.language, act)
    turn = turn_of(uow, conversation, act, item)
    return commit(uow, on_behalf.start(conversation, item, person_of(uow, act), turn), act)


def enter_offline(
    uow: UnitOfWork, customer: str, field: str, text: str, vouched: Vouched, received: Received, act: Act
) -> tuple[Decision, str]:
    """File what came in at the counter, on the hotline or by letter; returns the request's number. Raises
    UnreadableValue, NotYours."""
    require(uow, person_of(uow, act).person, Permission.CONVERSE, customer)
    language = Language.ZH if uow.customers.by_id(customer).locale.lower().startswith("zh") else Language.EN
    item = item_of(field, text, language, act)
    conversation = paper_of(uow, customer, act)
    turn = turn_of(uow, conversation, act, item)
    decision = offline.enter(conversation, item, vouched, received, person_of(uow, act), turn)
    return commit(uow, decision, act), number_in(decision)


def uphold(uow: UnitOfWork, number: str, reason: str, act: Act) -> Decision:
    """Keep what was applied, although it was disputed."""
    request = uow.requests.load(number)
    if not decides_here(person_of(uow, act), request.field, owned(uow, request.customer), act.policy):
        return Decision(refused=Refusal.NOT_YOURS)
    return commit(uow, reverting.uphold(request, person_of(uow, act), reason, act.now), act)


def revert_in_chat(uow: UnitOfWork, number: str, id: str, act: Act) -> Decision:
    """Ask the customer in this conversation whether the old value shall be put back."""
    disputed, conversation = uow.requests.load(number), uow.conversations.by_id(id)
    turn = turn_of(uow, conversation, act)
    old = old_value(uow, disputed)
    return commit(uow, reverting.start(conversation, disputed, old, person_of(uow, act), turn), act)


def revert_in_person(uow: UnitOfWork, number: str, seen: InPerson, act: Act) -> tuple[Decision, str]:
    """File a request that puts the old value back for a customer who came; returns its number."""
    disputed = uow.requests.load(number)
    conversation = paper_of(uow, disputed.customer, act)
    turn = turn_of(uow, conversation, act)
    old = old_value(uow, disputed)
    decision = reverting.file_in_person(conversation, disputed, old, seen, person_of(uow, act), turn)
    return commit(uow, decision, act), number_in(decision)


def release(uow: UnitOfWork, freeze: str, reason: str, act: Act) -> Decision:
    """Lift a freeze. One that is lifted already is refused."""
    frozen = uow.protection.by_id(freeze)
    if frozen is None:
        return Decision(refused=Refusal.ILLEGAL_MOVE)
    disowned, stopped = uow.requests.load(frozen.request), uow.requests.frozen_of(frozen.customer)
    by = person_of(uow, act)
    return commit(uow, freezing.release(frozen, disowned, stopped, by, reason, act.policy, act.now), act)


def disown(uow: UnitOfWork, token: str, fresh_id: str, policy: Policy, now: dt.datetime, origin: str) -> str | None:
    """Whoever has the old contact says "this wasn't me": freeze. Returns the conversation that is flagged, None when
    the page is used up. A customer who is frozen already stays so."""
    page = uow.protection.page_use(token, now)
    if page is None:
        return None
    request = uow.requests.load(page.request)
    actor = Actor(ActorKind.CUSTOMER, f"version:{page.version}", origin)
    uow.audit.append("request.disowned", f"request:{page.request}", actor, now, customer=page.customer)
    if not uow.protection.is_frozen(page.customer):
        decision = freezing.freeze(request, uow.requests.open_of(page.customer), fresh_id, policy, now)
        uow.commit(decision, actor, now)
    return request.conversation


def paper_of(uow: UnitOfWork, customer: str, act: Act) -> Conversation:
    """The conversation that holds what this customer asks for outside the chat."""
    conversation = uow.conversations.load(offline.CHANNEL, customer, act.now)
    if conversation.customer is None:
        uow.commit(Decision(conversation, effects=(Link(customer, "api"),)), act.actor, act.now)
        conversation = uow.conversations.by_id(conversation.id)
    if conversation.customer != customer:
        raise ValueError("a conversation of this channel is named after its customer and belongs to them")
    return conversation


def old_value(uow: UnitOfWork, request: ChangeRequest) -> Value | None:
    """What was on record before this request, None when nothing was."""
    return None if request.against is None else uow.customers.value_of(request.against).value


def number_in(decision: Decision) -> str:
    """The number of the request that a decision files; "" when it files none."""
    filed = (request.number for effect in decision.effects if isinstance(effect, File) for request in effect.requests)
    return next(filed, "")


def item_of(field: str, text: str, language: Language, act: Act) -> Item:
    """A change of this field to what was written, in standard form and whole. Raises UnreadableValue."""
    if not enabled(field, act.policy):
        raise UnreadableValue(field)
    try:
        value = standard(field, text, home_region(act.policy.region, language), act.now, act.own)
    except RowError:
        raise UnreadableValue(field) from None
    item = Item(field, Operation.CHANGED, value)
    if lacking(item, value, act.policy):
        raise UnreadableValue(field)
    return item
