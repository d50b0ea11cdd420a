"""Facts: what the understanding named and only the store knows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from nlu.types import Value


class OnRecord(msgspec.Struct, frozen=True):
    """The live version of one field: masked (at most four characters), never the value itself."""

    version: str
    field: str
    masked: str
    since: dt.datetime
    proven_at: dt.datetime | None
    to_verify: bool = False


class CodeOutcome(StrEnum):
    """What became of the code just typed. The store has counted the attempt before comparing."""

    MATCH = "match"
    MISMATCH = "mismatch"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"  # no attempts left: this one was wrong and the last, or none was left
    NONE_LIVE = "none_live"


class TokenOutcome(StrEnum):
    """What became of the deep-link token just presented."""

    VALID = "valid"
    EXPIRED = "expired"
    USED = "used"
    INVALID = "invalid"


class OpenReceipt(msgspec.Struct, frozen=True):
    """An applied change the customer has been told of and not yet confirmed."""

    request: str
    field: str


class OpenCheckIn(msgspec.Struct, frozen=True):
    """A check-in waiting for its answer."""

    id: str
    field: str
    version: str


class Facts(msgspec.Struct, frozen=True):
    """Everything the dialog may know besides the conversation and the utterance.

    `customer`: the linked customer's id, or None. `customer_no` is their number, `locale` their language. `record`:
    field → live version. `open_requests`: field → number of the undecided request; `vouched_requests` those of them
    that a person vouched for, or that put a value back, and that were not made in this chat. `like_a_code`: the message
    is no more than what may be a code, while one is awaited here or in another chat of theirs. `same_as_record`: fields
    whose candidate equals the live value. `elsewhere`: fields whose candidate is on another customer. `named_customer`:
    the customer id that the customer number just typed belongs to (None: unknown number), with `named_contacts`, their
    contacts on file, phone first. `vouched_customer`: the one customer who has the number that the messenger vouches
    for on file, as `vouched_version`; None for nobody, and for more than one. `sends_left`: how many more codes may be
    sent now (least of chat, customer and destination limits). `returned`: numbers of the requests of this chat about
    which a colleague has a question. `next_number`: the serial the next filed request gets. `linked_at`/`linked_via`:
    when and through which version. `disclosed`: the record in clear, once the code for seeing it was typed. `frozen`:
    somebody said "this wasn't me", and nobody has looked yet. `archived`: the customer is,
    until this message. Looked up for a change that was proposed:
    `contact_changes` filed and `failed_codes` typed within the time that the risk rules say, `phone_changed_at` when a
    request last changed the phone, `countries` of the record.
    """

    customer: str | None = None
    customer_no: str | None = None
    timezone: str = "UTC"
    locale: str | None = None
    record: Mapping[str, OnRecord] = msgspec.field(default_factory=dict)
    open_requests: Mapping[str, str] = msgspec.field(default_factory=dict)
    vouched_requests: frozenset[str] = frozenset()
    same_as_record: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    code: CodeOutcome | None = None
    like_a_code: bool = False
    attempts_left: int = 0
    token: TokenOutcome | None = None
    token_customer: str | None = None
    named_customer: str | None = None
    named_contacts: tuple[OnRecord, ...] = ()
    disclosed: Mapping[str, Value] = msgspec.field(default_factory=dict)
    vouched_customer: str | None = None
    vouched_version: str | None = None
    sends_left: int = 0
    next_number: int = 1
    linked_at: dt.datetime | None = None
    linked_via: str | None = None
    contact_changes: int = 0
    failed_codes: int = 0
    phone_changed_at: dt.datetime | None = None
    countries: frozenset[str] = frozenset()
    receipts: tuple[OpenReceipt, ...] = ()
    returned: tuple[str, ...] = ()
    check_in: OpenCheckIn | None = None
    staff_name_of_owner: str | None = None
    frozen: bool = False
    archived: bool = False

    def __repr__(self) -> str:
        return f"Facts(customer={self.customer!r}, …)"  # never what was disclosed

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("customer", self.customer)]


class Fresh(msgspec.Struct, frozen=True):
    """Ids, nonces and codes made outside the core; each is used at most once. `ids` are 128-bit hex, `codes` six or
    more digits, `nonce` 256-bit hex."""

    ids: tuple[str, ...]
    codes: tuple[str, ...]
    nonce: str
