"""Facts: what the understanding named and only the store knows. Looks up no more than the stage can use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from dialogs import consent, disclosure
from dialogs.effects import Purpose
from dialogs.facts import CodeOutcome, Facts, OpenCheckIn, OpenReceipt, TokenOutcome
from dialogs.policy import Risk
from dialogs.request import State
from dialogs.transitions import OPEN
from dialogs.types import Asked, Conversation, Inbound, Stage
from nlu.types import Act, Understanding, Value
from nlu.values.merge import merge
from store.challenges import ChallengeStore, Place, Role, place_of
from store.instant import from_micros, to_micros
from store.schema.columns import quoted
from store.values import LIVE_COLUMNS, Live

if TYPE_CHECKING:
    from store.uow import UnitOfWork

CONTACTS = ("phone", "email")
UNSHARED = frozenset({"phone", "email", "id_document", "bank_account"})
"""Fields whose value belongs to one customer; two people may well share a name or an address."""

SENDING = frozenset({Stage.LINKING, Stage.CONFIRMING, Stage.VERIFYING})
SMALL_TALK = frozenset({Act.GREET, Act.THANK, Act.HELP, Act.REPEAT, Act.WAIT, Act.ASK_HUMAN})

# Two questions to the database where five subjects are asked about: asking costs more than the answer.
HOLD_CUSTOMER = "SELECT 1 FROM customer WHERE id = ? FOR NO KEY UPDATE"
# With the right code a request is about to be filed. Those who file at the same moment take their numbers one after the
# other; else all but one would begin again, and a few would do so until they gave up.
HOLD_NUMBERS = "SELECT 1 FROM counter WHERE name = ? FOR NO KEY UPDATE"
CUSTOMER = (
    "SELECT no, timezone, locale, link.at, link.via, (SELECT value FROM counter WHERE name = ?),"
    " EXISTS (SELECT 1 FROM freeze WHERE freeze.customer = customer.id AND released_at IS NULL), status FROM customer"
    " LEFT JOIN link ON link.conversation = ? AND link.ended_at IS NULL AND link.customer = customer.id"
    " WHERE customer.id = ?"
)
VIA = "SELECT value_index FROM value_version WHERE id = ?"
# What the risk rules count, for a change that was proposed. Linking codes count where they were typed: a stranger who
# guesses at a customer number makes nothing harder for its owner.
LATELY = (
    "SELECT (SELECT COUNT(*) FROM change_request WHERE customer = ? AND field IN ('phone', 'email') AND filed_at >= ?"
    "  AND state NOT IN ('rejected', 'withdrawn', 'expired', 'stale')),"
    " (SELECT COALESCE(SUM(attempts - CASE state WHEN 'spent' THEN 1 ELSE 0 END), 0) FROM challenge"
    "  WHERE customer = ? AND purpose <> 'link' AND created_at >= ?),"
    " (SELECT COALESCE(SUM(attempts - CASE state WHEN 'spent' THEN 1 ELSE 0 END), 0) FROM challenge"
    "  WHERE conversation = ? AND purpose = 'link' AND created_at >= ?),"
    " (SELECT valid_from FROM value_version"
    "  WHERE customer = ? AND field = 'phone' AND origin = 'request' AND valid_to IS NULL)"
)
CHECK_IN = "check_in"  # beside the states of requests
# An open request that a person vouched for, or that puts a value back, in whatever chat of the customer's it was made.
VOUCHED = (
    "EXISTS (SELECT 1 FROM proof WHERE proof.id = change_request.proof AND kind <> 'code')"
    " OR EXISTS (SELECT 1 FROM reversal WHERE reversal.request = number)"
)
WAITING = (
    f"SELECT field, number, state, conversation, {VOUCHED} FROM change_request"  # noqa: S608  # fixed text
    f" WHERE customer = ? AND state IN ({quoted(sorted((*OPEN, State.SYNCED)))})"
    f" UNION ALL SELECT field, id, '{CHECK_IN}', version, false FROM check_in"
    " WHERE customer = ? AND state IN ('planned', 'sent') ORDER BY 2"
)
# The same and what is on record, which most turns need, in one question.
LIVE_AND_WAITING = (
    f"SELECT NULL AS state, {LIVE_COLUMNS}, NULL AS conversation, false AS vouched FROM value_version"  # noqa: S608
    " WHERE customer = ? AND valid_to IS NULL UNION ALL"
    f" SELECT state, number, field, NULL, 0, NULL, NULL, NULL, conversation, {VOUCHED} FROM change_request"
    f" WHERE customer = ? AND state IN ({quoted(sorted((*OPEN, State.SYNCED)))}) UNION ALL"
    f" SELECT '{CHECK_IN}', id, field, NULL, 0, NULL, NULL, NULL, version, false FROM check_in"
    " WHERE customer = ? AND state IN ('planned', 'sent') ORDER BY 2"
)


class _Code(msgspec.Struct, frozen=True):
    """What became of the code typed and of the token presented, and who has the vouched number on file."""

    code: CodeOutcome | None
    attempts_left: int
    token: TokenOutcome | None
    token_customer: str | None
    vouched: tuple[str | None, str | None] = (None, None)
    like: bool = False


class _Customer(msgspec.Struct, frozen=True):
    """The customer whose chat this is or becomes, since when, and through which version; `id` None for nobody.
    `serial` is that of the last request of this year."""

    id: str | None = None
    no: str | None = None
    timezone: str = "UTC"
    locale: str | None = None
    linked_at: dt.datetime | None = None
    linked_via: str | None = None
    serial: int = 0
    frozen: bool = False
    archived: bool = False


class _Lately(msgspec.Struct, frozen=True):
    """What the risk rules look at besides the change itself; nothing before a change was proposed."""

    contact_changes: int = 0
    failed_codes: int = 0
    phone_changed_at: dt.datetime | None = None
    countries: frozenset[str] = frozenset()


class _Waiting(msgspec.Struct, frozen=True):
    """Undecided requests by field, applied ones the customer was told of and has not confirmed, those of this chat
    about which a colleague has a question, an open check-in, and the undecided ones that a person stands for."""

    requests: dict[str, str]
    receipts: tuple[OpenReceipt, ...] = ()
    returned: tuple[str, ...] = ()
    check_in: OpenCheckIn | None = None
    vouched: frozenset[str] = frozenset()


def find_facts(
    uow: UnitOfWork, conversation: Conversation, inbound: Inbound, understanding: Understanding, now: dt.datetime
) -> Facts:
    """Look up what deciding on this message may need. An attempt at a code is counted here, before it is compared.

    A chat that this very message links (right code, valid token) is looked up as the customer's already.
    """
    shown = _shown(uow, conversation, inbound, understanding, now)
    who = _whose(uow, conversation, shown, now)
    customer = who.id
    live: dict[str, Live] = {}
    if customer is None:
        waiting = _Waiting({})
    elif _idle(conversation, inbound, understanding):
        waiting = _waiting(uow.run(WAITING, (customer, customer)), conversation)
    else:
        live, waiting = _live_and_waiting(uow, customer, conversation)
    values = _values(uow, conversation, understanding)
    same, elsewhere = _compared(uow, customer, live, values)
    named, contacts = _named(uow, understanding)
    lately = _lately(uow, conversation, customer, live, now)
    return Facts(
        customer=customer,
        customer_no=who.no,
        timezone=who.timezone,
        locale=who.locale,
        record={field: version.on_record for field, version in live.items()},
        open_requests=waiting.requests,
        vouched_requests=waiting.vouched,
        same_as_record=same,
        elsewhere=elsewhere,
        code=shown.code,
        like_a_code=shown.like,
        attempts_left=shown.attempts_left,
        token=shown.token,
        token_customer=shown.token_customer,
        named_customer=named,
        disclosed=_in_clear(conversation, shown, live),
        vouched_customer=shown.vouched[0],
        vouched_version=shown.vouched[1],
        named_contacts=tuple(contact.on_record for contact in contacts),
        sends_left=_sends_left(uow, conversation, inbound, understanding, customer, named, live, contacts, values, now),
        next_number=who.serial + 1,
        linked_at=who.linked_at,
        linked_via=_through(uow, who.linked_via, live),
        contact_changes=lately.contact_changes,
        failed_codes=lately.failed_codes,
        phone_changed_at=lately.phone_changed_at,
        countries=lately.countries,
        receipts=waiting.receipts,
        returned=waiting.returned,
        check_in=waiting.check_in,
        staff_name_of_owner=conversation.owner,
        frozen=who.frozen,
        archived=who.archived,
    )


def _shown(
    uow: UnitOfWork, conversation: Conversation, inbound: Inbound, understanding: Understanding, now: dt.datetime
) -> _Code:
    code, left, token, whose, like = None, 0, None, None, False
    if conversation.pending is not None and understanding.code is not None:
        uow.code_typed = True
        code, left = ChallengeStore(uow).check(conversation, conversation.pending, understanding.code, now)
    elif (over := ChallengeStore(uow).over(conversation.id, inbound.text or "", now)) is not None:
        uow.code_typed = True
        code, left = CodeOutcome.NONE_LIVE, 0
        if conversation.pending is not None:
            code, left = ChallengeStore(uow).check(conversation, conversation.pending, over, now)
    elif like := ChallengeStore(uow).may_be_one(conversation, inbound.text or "", now):
        uow.code_typed = True
    if inbound.link_token is not None:
        token, whose = uow.customers.token(inbound.link_token, now)
    return _Code(code, left, token, whose, _vouched(uow, conversation, inbound), like)


def _vouched(uow: UnitOfWork, conversation: Conversation, inbound: Inbound) -> tuple[str | None, str | None]:
    if inbound.vouched is None or conversation.customer is not None:
        return None, None
    return uow.customers.values.only_holder("phone", {"e164": inbound.vouched}) or (None, None)


def _whose(uow: UnitOfWork, conversation: Conversation, shown: _Code, now: dt.datetime) -> _Customer:
    linked, through = _just_linked(conversation, shown)
    customer = linked or conversation.customer
    if customer is None:
        return _Customer()
    if customer not in uow.held:
        uow.hold(HOLD_CUSTOMER, (customer,))  # another chat of theirs waits: what is counted here stays true
    series = f"CR-{now.year}"
    if shown.code is CodeOutcome.MATCH and conversation.draft is not None:
        uow.hold(HOLD_NUMBERS, (series,))
    row = uow.run(CUSTOMER, (series, conversation.id, customer)).fetchone()
    no, timezone, locale, at, via, serial, frozen, status = row
    since = None if at is None else from_micros(at)
    if linked is not None:
        since, via = now, through
    archived = status == "archived"
    return _Customer(customer, no, timezone, locale, since, via, serial or 0, bool(frozen), archived)


def _through(uow: UnitOfWork, via: str | None, live: dict[str, Live]) -> str | None:
    """The version through which the chat was linked or, when the record has a new version since, the live one with the
    same value: one number is one factor, however often it was written down."""
    if via is None or not live or any(version.on_record.version == via for version in live.values()):
        return via
    row = uow.run(VIA, (via,)).fetchone()
    index = None if row is None else row[0]
    same = (version.on_record.version for version in live.values() if index in (version.index, *version.older))
    return next(same, via)


def _just_linked(conversation: Conversation, shown: _Code) -> tuple[str | None, str | None]:
    """The customer to whom this very message links the chat, and through which version."""
    pending = conversation.pending
    if conversation.customer is not None:
        return None, None
    if shown.token_customer is not None:
        return shown.token_customer, None
    if shown.vouched[0] is not None:
        return shown.vouched
    if shown.code is CodeOutcome.MATCH and pending and pending.need is None:
        return pending.customer, pending.contact
    return None, None


def _discloses(conversation: Conversation, inbound: Inbound) -> bool:
    """The customer asks to see the record, or is about to."""
    pending = conversation.pending
    if pending is not None and pending.discloses:
        return True
    return conversation.draft is None and inbound.text is not None and disclosure.asked(inbound.text)


def _in_clear(conversation: Conversation, shown: _Code, live: dict[str, Live]) -> dict[str, Value]:
    """The record in clear, only when the code for seeing it was typed now."""
    pending = conversation.pending
    if pending is None or not pending.discloses or shown.code is not CodeOutcome.MATCH:
        return {}
    return {field: version.value for field, version in live.items()}


def _idle(conversation: Conversation, inbound: Inbound, understanding: Understanding) -> bool:
    """Small talk with nothing open: what is on record cannot matter."""
    return (
        conversation.draft is None
        and conversation.question.asked is Asked.NOTHING
        and inbound.text is not None
        and bool(understanding.acts)
        and understanding.acts <= SMALL_TALK
        and not (understanding.cues or understanding.candidates or understanding.asks or understanding.chosen)
        and not _discloses(conversation, inbound)
    )


def _live_and_waiting(uow: UnitOfWork, customer: str, conversation: Conversation) -> tuple[dict[str, Live], _Waiting]:
    live: dict[str, Live] = {}
    waiting: list[Sequence[Any]] = []
    live_of = uow.customers.values.live_of
    for state, *version, of, by_person in uow.run(LIVE_AND_WAITING, (customer, customer, customer)).fetchall():
        if state is None:
            live[version[1]] = live_of(customer, version)
        else:
            waiting.append((version[1], version[0], state, of, by_person))
    return live, _waiting(waiting, conversation)


def _waiting(rows: Iterable[Sequence[Any]], conversation: Conversation) -> _Waiting:
    undecided: dict[str, str] = {}
    receipts, returned, vouched, check_in = [], [], set[str](), None
    for field, id, state, of, by_person in rows:
        if state == CHECK_IN:
            check_in = check_in or OpenCheckIn(id, field, of)
            continue
        if state == State.SYNCED:
            receipts.append(OpenReceipt(id, field))
        else:
            undecided[field] = id
            if by_person and of != conversation.id:
                vouched.add(id)
        if state == State.RETURNED and of == conversation.id:
            returned.append(id)
    return _Waiting(undecided, tuple(receipts), tuple(returned), check_in, frozenset(vouched))


def _values(uow: UnitOfWork, conversation: Conversation, understanding: Understanding) -> dict[str, Value]:
    """The new value of each field in the draft, with what was just said of it."""
    items = conversation.draft.items if conversation.draft is not None else ()
    values: dict[str, Value] = {item.field: item.value for item in items if item.value}
    for candidate in understanding.candidates if not uow.code_typed else ():  # a code is nobody's value
        if candidate.role == "new" and candidate.value:
            values[candidate.field] = merge(candidate.field, values.get(candidate.field, {}), candidate.value)
    return values


def _compared(
    uow: UnitOfWork, customer: str | None, live: dict[str, Live], values: dict[str, Value]
) -> tuple[frozenset[str], frozenset[str]]:
    """Fields whose value is the one on record, and fields whose value another customer has."""
    if customer is None:
        return frozenset(), frozenset()
    store = uow.customers.values
    same, elsewhere = set(), set()
    for field, value in values.items():
        if field not in live and field not in UNSHARED:
            continue
        index = store.index(field, value)
        if field in live and live[field].index == index:
            same.add(field)
        if field in UNSHARED and (
            store.elsewhere(field, value, customer) or _at_switchboard(uow, customer, field, value)
        ):
            elsewhere.add(field)
    return frozenset(same), frozenset(elsewhere)


def _at_switchboard(uow: UnitOfWork, customer: str, field: str, value: Value) -> bool:
    """Whether another customer has the same number without the extension: a made-up one hides nothing."""
    if field != "phone" or not value.get("extension"):
        return False
    store = uow.customers.values
    return store.elsewhere(field, {**value, "extension": ""}, customer)


def _lately(
    uow: UnitOfWork, conversation: Conversation, customer: str | None, live: dict[str, Live], now: dt.datetime
) -> _Lately:
    draft, rules = conversation.draft, uow.policy.risks
    if customer is None or draft is None or draft.digest is None:
        return _Lately()
    changed, failing = (to_micros(now - rules[risk].within) for risk in (Risk.CONTACT_CHANGES, Risk.FAILED_CODES))
    asked = (customer, changed, customer, failing, conversation.id, failing, customer)
    changes, failed, failed_here, changed_at = uow.run(LATELY, asked).fetchone()
    countries = (live[field].country() for field in ("phone", "address") if field in live)
    return _Lately(
        changes,
        failed + failed_here,
        None if changed_at is None else from_micros(changed_at),
        frozenset(country for country in countries if country is not None),
    )


def _named(uow: UnitOfWork, understanding: Understanding) -> tuple[str | None, tuple[Live, ...]]:
    """The customer whose number was typed, with their contacts on file, phone first. One that another customer has too
    links nobody."""
    if understanding.customer_number is None:
        return None, ()
    named = uow.customers.by_no(understanding.customer_number)
    if named is None:
        return None, ()
    store = uow.customers.values
    if uow.protection.is_frozen(named.id):
        return named.id, ()
    live = store.live(named.id)
    contacts = (live[field] for field in CONTACTS if field in live)
    return named.id, tuple(
        contact for contact in contacts if not store.elsewhere(contact.on_record.field, contact.value, named.id)
    )


def _sends_left(
    uow: UnitOfWork,
    conversation: Conversation,
    inbound: Inbound,
    understanding: Understanding,
    customer: str | None,
    named: str | None,
    live: dict[str, Live],
    contacts: tuple[Live, ...],
    values: dict[str, Value],
    now: dt.datetime,
) -> int:
    """How many more codes may be sent: the least that chat, customer and any of the destinations allow."""
    discloses = customer is not None and _discloses(conversation, inbound)
    if conversation.stage not in SENDING and understanding.customer_number is None and not discloses:
        return 0
    if not consent.may_be_given(conversation, inbound, understanding):
        return 0
    if customer is None:
        return _links_left(uow, conversation, named, contacts, now)
    places = [Place(Role.PROVES, version.index, version.older) for field, version in live.items() if field in CONTACTS]
    indexes = uow.customers.values.indexes
    places += [place_of(Role.NEW, indexes(field, values[field])) for field in CONTACTS if field in values]
    purpose = Purpose.DISCLOSE if discloses else Purpose.CHANGE
    return ChallengeStore(uow).sends_left(conversation.id, purpose, customer, places, now)


def _links_left(
    uow: UnitOfWork, conversation: Conversation, named: str | None, contacts: tuple[Live, ...], now: dt.datetime
) -> int:
    """The same for a chat that is not linked yet: to the customer named now, or to whom the code on its way went."""
    places, pending = [(contact.index, *contact.older) for contact in contacts], conversation.pending
    if named is None and pending is not None and pending.customer is not None:
        named, contact = pending.customer, uow.customers.value_of(pending.contact)
        if pending.contact not in {live.on_record.version for live in uow.customers.values.live(named).values()}:
            return 0  # it has left the record
        places = [uow.customers.values.indexes(contact.field, contact.value)]
    if named is not None and uow.protection.is_frozen(named):
        return 0
    to = [place_of(Role.LINKS, place) for place in places]
    return ChallengeStore(uow).sends_left(conversation.id, Purpose.LINK, named, to, now)
