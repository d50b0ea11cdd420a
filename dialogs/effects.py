"""What a decision causes besides words. The store turns each effect into rows, in one transaction."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import msgspec

from dialogs.request import ChangeRequest, Role, State
from dialogs.types import Conversation, Need, Question, Reply
from nlu.types import Language, Value


class Purpose(StrEnum):
    """What a one-time code is for."""

    CHANGE = "change"
    LINK = "link"
    DISCLOSE = "disclose"  # "what do you have on me?"


class OnFile(msgspec.Struct, frozen=True):
    """A contact on the customer's record, by version id."""

    version: str


class NewContact(msgspec.Struct, frozen=True):
    """The new phone or mailbox itself. `field` is phone or email."""

    field: str
    value: Value


class Nowhere(msgspec.Struct, frozen=True):
    """No destination: the code is made and never sent, so that a wrong customer number looks like a right one."""


Destination = OnFile | NewContact | Nowhere


class RecordConsent(msgspec.Struct, frozen=True):
    """Consent to exactly this change (terms of ISO/IEC TS 27560). `form` is the canonical text the digest is over."""

    id: str
    draft: str
    digest: str
    nonce: str
    form: str
    notice_version: str
    language: Language
    how: str  # button | typed | signed (on paper) | spoken (on the telephone)
    purposes: tuple[str, ...]  # catalogue ids, one per item
    recipients: tuple[str, ...]  # names of the systems that will receive it
    withdraw: str  # catalogue id that says how to withdraw
    at: dt.datetime


class SendCode(msgspec.Struct, frozen=True):
    """Make a challenge and send its code. Replaces any live challenge of the conversation. `message` has the code as
    an argument; only the sealed notice row ever holds its text."""

    challenge: str
    purpose: Purpose
    need: Need | None
    digest: str  # of the draft; for linking, of the conversation id
    destination: Destination
    code: str
    message: Reply
    expires_at: dt.datetime


class RecordProof(msgspec.Struct, frozen=True):
    """A challenge was answered: it is spent and proves `digest`. The contact it was sent to is now proven."""

    id: str
    challenge: str
    digest: str
    need: Need
    contact: str
    at: dt.datetime
    field: str = ""  # phone or email when `contact` is "new"


class RecordStaffProof(msgspec.Struct, frozen=True):
    """A member of staff has made sure who the customer is; it proves `digest` and nothing else.

    `contact` is the version id of the number called back, or where the identity document was seen; `signed_form` is a
    SHA-256 in hex, None for a callback.
    """

    id: str
    kind: str  # callback | in_person
    digest: str
    need: Need
    contact: str
    staff: str
    at: dt.datetime
    signed_form: str | None = None


class SpendChallenge(msgspec.Struct, frozen=True):
    """A linking code was answered: single use."""

    challenge: str


class Disclose(msgspec.Struct, frozen=True):
    """These versions were shown to the customer, who proved a contact on file for it."""

    versions: tuple[str, ...]


class VoidDraft(msgspec.Struct, frozen=True):
    """The draft's consent, proofs and live challenges no longer count (corrected, cancelled or expired)."""

    draft: str
    why: str


class Link(msgspec.Struct, frozen=True):
    """The chat belongs to this customer from now on. `how`: token | code | vouched | api; `via` is the version id
    used."""

    customer: str
    how: str
    via: str | None = None


class SpendToken(msgspec.Struct, frozen=True):
    """The deep link that this turn brought is used up, whatever the customer answers now."""


class File(msgspec.Struct, frozen=True):
    """File these requests (already numbered); each refers to the same consent and proofs."""

    requests: tuple[ChangeRequest, ...]


class Move(msgspec.Struct, frozen=True):
    """A request went from one state to another. `request` is its new form, its `version` still the one loaded.

    One decision may move a request several times in a row: the version guards the first, `came_from` each.
    """

    request: ChangeRequest
    came_from: State
    reason: str = ""


REPLACED = "replaced"
"""Why a request is withdrawn when a newer one takes its place: no consent is taken back by that."""


class Withdraw(msgspec.Struct, frozen=True):
    """The customer takes this open request back, or replaced it by a newer one. The store loads it and applies
    `approval.withdraw`; taken back, its consent is marked withdrawn once no open request stands on it."""

    request: str
    why: str


class AnswerReceipt(msgspec.Struct, frozen=True):
    """The customer answered "is this right?". The store loads the request and applies `lifecycle.on_receipt`."""

    request: str
    right: bool


class AnswerReturned(msgspec.Struct, frozen=True):
    """The customer answered a colleague's question. The store loads the request and applies `approval.resume_review`;
    what was answered stands in the conversation, beside the request."""

    request: str


class Apply(msgspec.Struct, frozen=True):
    """Close the old version of the field, open a new one, tell every target that subscribes to the field."""

    request: ChangeRequest


class Tell(msgspec.Struct, frozen=True):
    """Say something in a conversation outside its turn. `question` opens if nothing else is open there.

    `customer` is whom it concerns: when the chat is somebody else's by now it is said in the customer's latest other
    chat, or nowhere. None: whoever is there.
    """

    conversation: str
    reply: Reply
    question: Question | None = None
    customer: str | None = None


class Notify(msgspec.Struct, frozen=True):
    """Send a notice to a contact on file (the old contact learns of a change)."""

    customer: str
    version: str
    message: Reply


class NotifyContacts(msgspec.Struct, frozen=True):
    """Send a notice to every contact on file of a customer, but not to the version `but`."""

    customer: str
    message: Reply
    but: str | None = None


class Warn(msgspec.Struct, frozen=True):
    """Send a notice about a request to the contact it replaces and to every other one on file. The store adds a
    single-use link of its own to each, by which whoever reads it says "this wasn't me"."""

    request: ChangeRequest
    message: Reply


class KeepReceipt(msgspec.Struct, frozen=True):
    """A request came in outside the chat; somebody entered it."""

    request: str
    way: str  # counter | hotline | letter
    received_at: dt.datetime
    entered_by: str


class Reverted(msgspec.Struct, frozen=True):
    """The old value is back. The store loads the disputed request and applies `lifecycle.on_reverted`."""

    request: str


class Freeze(msgspec.Struct, frozen=True):
    """Nothing of this customer is applied, and no code is sent to them, until a person releases it."""

    id: str
    customer: str
    request: str


class Release(msgspec.Struct, frozen=True):
    """A person has looked, and lifts a freeze."""

    freeze: str
    customer: str
    reason: str


class Flag(msgspec.Struct, frozen=True):
    """A person should look. `reason` is a FlagReason value; `field` says about what, None when general;
    `conversation` is set outside a turn, None means the decision's own."""

    reason: str
    field: str | None = None
    conversation: str | None = None


class StaffNews(StrEnum):
    """What staff are told about a change request."""

    HALF_TIME = "half_time"  # half of the working time is gone
    OVERDUE = "overdue"  # the deadline passed without a decision
    SECOND_REVIEW = "second_review"  # the first of two approvals is given
    SYNC_FAILED = "sync_failed"  # a target was given up on
    SYNC_DRIFT = "sync_drift"  # a target, read back, holds something else
    FROZEN = "frozen"  # somebody said "this wasn't me"


class TellStaff(msgspec.Struct, frozen=True):
    """Members of staff with this role should know about a request."""

    role: Role
    request: str
    news: StaffNews


class Timer(msgspec.Struct, frozen=True):
    """Wake this subject at `due`. One live timer per (kind, subject): a new one replaces it; due None cancels it."""

    kind: str
    subject: str  # conversation id, request number or check-in id
    due: dt.datetime | None


class CheckInAnswer(StrEnum):
    """The four answers to a check-in."""

    STILL_RIGHT = "still_right"
    CHANGED = "changed"
    LATER = "later"
    STOP = "stop"


class AnswerCheckIn(msgspec.Struct, frozen=True):
    """The customer answered a check-in. STILL_RIGHT affirms, never proves; STOP suppresses for good."""

    check_in: str
    answer: CheckInAnswer


class Suppress(msgspec.Struct, frozen=True):
    """No more check-ins to this customer until they say otherwise: on this channel, or ("") on any."""

    customer: str
    channel: str = ""


class Allow(msgspec.Struct, frozen=True):
    """The customer is back on this channel: what was suppressed there is no longer."""

    customer: str
    channel: str


class Reactivate(msgspec.Struct, frozen=True):
    """An archived customer wrote: they are active again."""

    customer: str


class Note(msgspec.Struct, frozen=True):
    """An internal remark of staff on a conversation; the customer never sees it."""

    conversation: str
    text: str


Effect = (
    RecordConsent
    | SendCode
    | RecordProof
    | RecordStaffProof
    | SpendChallenge
    | Disclose
    | VoidDraft
    | Link
    | SpendToken
    | File
    | Move
    | Withdraw
    | AnswerReceipt
    | AnswerReturned
    | Apply
    | Tell
    | Notify
    | NotifyContacts
    | Warn
    | KeepReceipt
    | Reverted
    | Freeze
    | Release
    | Flag
    | TellStaff
    | Timer
    | AnswerCheckIn
    | Suppress
    | Allow
    | Reactivate
    | Note
)


class Refusal(StrEnum):
    """Why staff were refused. Told to staff, never to a customer."""

    MAKER_IS_CHECKER = "maker_is_checker"
    SAME_CHECKER = "same_checker"
    WRONG_ROLE = "wrong_role"
    ILLEGAL_MOVE = "illegal_move"
    DIGEST_CHANGED = "digest_changed"
    REASON_NEEDED = "reason_needed"
    OWNED_BY_OTHER = "owned_by_other"
    NOT_OWNER = "not_owner"
    NOT_LINKED = "not_linked"  # nobody knows yet whose chat it is
    NOT_AGREED = "not_agreed"  # the customer has not consented to what is proposed
    CONTACT_REACHABLE = "contact_reachable"  # a code can still be sent, and proves it better
    NUMBER_NOT_OFFERED = "number_not_offered"  # not on file, or not for long enough, to be called back
    FORM_NEEDED = "form_needed"  # no SHA-256 of the signed form
    OWN_RECORD = "own_record"  # staff who are customers leave their own record to others
    DRAFT_OPEN = "draft_open"  # another change is being collected
    OPEN_REQUEST = "open_request"  # one for this field is open already
    SAME_AS_RECORD = "same_as_record"
    NOT_YET_RECEIVED = "not_yet_received"  # a time of receipt that is still to come
    NOT_YOURS = "not_yours"  # another team's customer, or a group of fields that others decide on
    HELD = "held"  # a legal hold keeps everything of the customer as it is
    STILL_OPEN = "still_open"  # a request is undecided, or the record is frozen
    FROZEN = "frozen"  # somebody said "this wasn't me", and nobody has looked yet


class Decision(msgspec.Struct, frozen=True):
    """The outcome of one step. `conversation` is None when the step did not concern a chat's state."""

    conversation: Conversation | None = None
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()
    refused: Refusal | None = None
