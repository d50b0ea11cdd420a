"""The values that understanding produces: one `Understanding` for one utterance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

import msgspec

Span = tuple[int, int]
"""[start, end) in code points of the raw text."""

Value = Mapping[str, str]
"""A value in standard form: component name → text (component names in the design, part 15)."""

ANY = "any"
"""Stands for a field in `asks` when the customer wants a change without saying which."""


class Language(StrEnum):
    """A language a conversation can be held in."""

    EN = "en"
    ZH = "zh"


class Act(StrEnum):
    """What an utterance does in the dialog."""

    AFFIRM = "affirm"
    DENY = "deny"
    CANCEL = "cancel"
    CORRECT = "correct"
    ASK_HUMAN = "ask_human"
    ASK_WHY = "ask_why"
    HELP = "help"
    RESTART = "restart"
    REPEAT = "repeat"
    WAIT = "wait"
    LATER = "later"
    OPT_OUT = "opt_out"
    GREET = "greet"
    THANK = "thank"
    PROVIDE = "provide"


class Operation(StrEnum):
    """What happened, or should happen, to the detail."""

    CHANGED = "changed"
    WANTS_CHANGE = "wants_change"
    WRONG_ON_RECORD = "wrong_on_record"
    ADD = "add"
    REMOVE = "remove"
    UNREACHABLE = "unreachable"


class Holder(StrEnum):
    """Whose detail it is."""

    SELF = "self"
    HOUSEHOLD = "household"
    OTHER = "other"


class Polarity(StrEnum):
    """How the change is put: as a fact, denied, supposed or asked about."""

    ASSERTED = "asserted"
    NEGATED = "negated"
    HYPOTHETICAL = "hypothetical"
    QUESTION = "question"


class WhenKind(StrEnum):
    """When the change takes effect, relative to the message."""

    PAST = "past"
    NOW = "now"
    FUTURE = "future"
    TEMPORARY = "temporary"


class Problem(StrEnum):
    """Why a candidate cannot be taken as it stands, though something was clearly meant."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    INVALID = "invalid"
    AMBIGUOUS = "ambiguous"


class Alarm(StrEnum):
    """A tone or subject that a person should look at."""

    DISPLEASURE = "displeasure"
    DISTRESS = "distress"
    DEATH = "death"
    LEGAL = "legal"


class When(msgspec.Struct, frozen=True, omit_defaults=True):
    """The time of a change; `date` is None when none was given."""

    kind: WhenKind = WhenKind.NOW
    date: dt.date | None = None


class Cue(msgspec.Struct, frozen=True):
    """A sign that a field changed."""

    field: str
    operation: Operation
    holder: Holder
    polarity: Polarity
    when: When
    confidence: float
    span: Span


class Candidate(msgspec.Struct, frozen=True):
    """A value found in text. `missing` names required components not given; `problem` is None when the value is sound.

    `role` is "new" normally; "old" marks the value that is being replaced ("from A to B": A is old).
    """

    field: str
    raw: str
    span: Span
    value: Value
    missing: tuple[str, ...] = ()
    problem: Problem | None = None
    role: str = "new"


class Ask(StrEnum):
    """What the bot's open question wants, as far as reading the answer is concerned."""

    NOTHING = "nothing"
    SLOT = "slot"
    YES_NO = "yes_no"
    CODE = "code"
    CUSTOMER_NUMBER = "customer_number"
    WHICH_FIELD = "which_field"


class Expects(msgspec.Struct, frozen=True):
    """The open question. With SLOT, `field` is asked for and `missing` lists the components still wanted.

    With YES_NO, `about` names the fields the question is about; `field` is set only where a change is proposed, and
    then a yes is consent to it.
    """

    ask: Ask = Ask.NOTHING
    field: str | None = None
    missing: tuple[str, ...] = ()
    known: Value = msgspec.field(default_factory=dict)
    about: tuple[str, ...] = ()


class Understanding(msgspec.Struct, frozen=True):
    """All that was read from one utterance.

    `starts`: fields for which a flow would begin. `asks`: fields (or `ANY`) the bot would first ask about.
    `code` is the digits of a one-time code, `customer_number` a customer number; each only when the open
    question expects it, else None. `chosen` is the field named in answer to "which detail?", or in
    "cancel the e-mail". `reason` is why, as far as it was volunteered.
    """

    language: Language
    acts: frozenset[Act] = frozenset()
    cues: tuple[Cue, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    starts: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    alarms: frozenset[Alarm] = frozenset()
    code: str | None = None
    customer_number: str | None = None
    chosen: tuple[str, ...] = ()
    reason: str | None = None


BUILT_IN_FIELDS = (
    "address",
    "phone",
    "email",
    "name",
    "id_document",
    "company",
    "contact_person",
    "bank_account",
    "other_personal",
)
