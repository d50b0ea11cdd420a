"""Policy: what the company decided in config.yml, as values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from dialogs.access import Access
from dialogs.request import Importance
from dialogs.types import Need
from nlu.types import Language


class FieldPolicy(msgspec.Struct, frozen=True):
    """How one field is treated. `purpose` is a catalogue id; `recipients` are names of the targets that receive it;
    `choices` the values to choose from, empty when any will do."""

    field: str
    enabled: bool = True
    importance: Importance = Importance.ORDINARY
    sensitive: bool = False
    proofs: tuple[Need, ...] = (Need.ON_FILE,)
    purpose: str = ""
    recipients: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()


class CodePolicy(msgspec.Struct, frozen=True):
    """One-time codes (NIST SP 800-63B, OWASP ASVS 5 6.5/6.6). Limits count within `window`."""

    digits: int = 6
    lifetime: dt.timedelta = dt.timedelta(minutes=10)
    attempts: int = 5
    sends_per_chat: int = 5
    sends_per_customer: int = 8
    sends_per_destination: int = 5
    attempts_per_customer: int = 15
    window: dt.timedelta = dt.timedelta(hours=24)


class SilencePolicy(msgspec.Struct, frozen=True):
    """When a silent conversation is nudged, parked and expired, counted from the last inbound message."""

    nudge: dt.timedelta = dt.timedelta(minutes=15)
    park: dt.timedelta = dt.timedelta(hours=2)
    expire: dt.timedelta = dt.timedelta(days=7)


class ReviewPolicy(msgspec.Struct, frozen=True):
    """Due times in working days; opening hours are local times in `timezone`; `country` chooses the holidays.

    A question to the customer may stay unanswered for `answer_within`, then the request expires.
    """

    ordinary_days: int = 1
    important_days: int = 2
    opens: dt.time = dt.time(9, 0)
    closes: dt.time = dt.time(18, 0)
    timezone: str = "UTC"
    country: str = "US"
    extra_holidays: frozenset[dt.date] = frozenset()
    extra_workdays: frozenset[dt.date] = frozenset()
    receipt_silence: dt.timedelta = dt.timedelta(hours=72)
    answer_within: dt.timedelta = dt.timedelta(days=14)


class Risk(StrEnum):
    """The risk rules (design, part 6)."""

    YOUNG_LINK = "young_link"  # the chat was linked a short while ago
    CONTACT_CHANGES = "contact_changes"  # many changes of phone and e-mail in a short while, this one included
    ADDRESS_AFTER_PHONE = "address_after_phone"  # the phone was changed a short while ago
    CONTACT_ON_OTHER_CUSTOMER = "contact_on_other_customer"
    OTHER_COUNTRY = "other_country"  # another country than any on the record
    FAILED_CODES = "failed_codes"  # many wrong codes in a short while
    LOST_CONTACT = "lost_contact"  # no contact on file could be reached
    NEW_CONTACT_UNPROVEN = "new_contact_unproven"  # entered by staff, so no code went to the new phone or mailbox


class RiskPolicy(msgspec.Struct, frozen=True):
    """What one risk rule counts, and what it adds to a change of one of `fields` (none named: of any).

    `add_proof` wants a second, independent contact on file or, where there is none, an approver; `stop` holds the
    change for a person, unseen by the customer: two decide, and the conversation is flagged.
    """

    fields: tuple[str, ...] = ()
    within: dt.timedelta = dt.timedelta(0)
    count: int = 0
    add_proof: bool = False
    add_approver: bool = False
    cooling_off: dt.timedelta = dt.timedelta(0)
    stop: bool = False


DAY = dt.timedelta(days=1)
RISKS: Mapping[str, RiskPolicy] = {
    Risk.YOUNG_LINK: RiskPolicy(
        ("phone", "email", "name", "id_document", "company", "bank_account"), within=DAY, add_proof=True
    ),
    Risk.CONTACT_CHANGES: RiskPolicy(("phone", "email"), within=7 * DAY, count=2, add_approver=True),
    Risk.ADDRESS_AFTER_PHONE: RiskPolicy(within=7 * DAY, add_proof=True),
    Risk.CONTACT_ON_OTHER_CUSTOMER: RiskPolicy(stop=True),
    Risk.OTHER_COUNTRY: RiskPolicy(add_approver=True),
    Risk.FAILED_CODES: RiskPolicy(within=DAY, count=5, add_approver=True),
    Risk.LOST_CONTACT: RiskPolicy(add_approver=True, cooling_off=3 * DAY),
    Risk.NEW_CONTACT_UNPROVEN: RiskPolicy(add_approver=True, cooling_off=3 * DAY),
}
"""The rules as they are unless config.yml says otherwise."""


class CheckInPolicy(msgspec.Struct, frozen=True):
    """Review cycles per tier (days), quiet hours in the customer's zone, and at most one check-in in `gap`.

    A customer who says "later" is asked again after `later`; what stays unconfirmed for `task_after` becomes a task; a
    tier that is not listed has the cycle of `standard`.
    """

    enabled: bool = True
    cycles: Mapping[str, int] = msgspec.field(
        default_factory=lambda: {"vip": 91, "standard": 365, "dormant": 182},
    )
    fields: tuple[str, ...] = ("phone", "address", "email")
    quiet_from: dt.time = dt.time(20, 0)
    quiet_until: dt.time = dt.time(9, 0)
    gap: dt.timedelta = dt.timedelta(days=30)
    expires: dt.timedelta = dt.timedelta(days=7)
    later: dt.timedelta = dt.timedelta(days=3)
    task_after: dt.timedelta = dt.timedelta(days=90)


class RetentionPolicy(msgspec.Struct, frozen=True):
    """Months of silence after which archiving is proposed, years in the archive after which deletion is; None:
    never."""

    archive_after_months: int | None = 12
    delete_after_years: int | None = 5


class Policy(msgspec.Struct, frozen=True):
    """The whole policy the core works by."""

    company: str = "TellOnce Demo"
    customer_number: str = "CUST{date}{serial}"
    public_url: str = "http://127.0.0.1:8000"
    language: Language = Language.EN
    region: str = "US"
    notice_version: str = "1"
    fields: Mapping[str, FieldPolicy] = msgspec.field(default_factory=dict)
    codes: CodePolicy = msgspec.field(default_factory=CodePolicy)
    silence: SilencePolicy = msgspec.field(default_factory=SilencePolicy)
    review: ReviewPolicy = msgspec.field(default_factory=ReviewPolicy)
    risks: Mapping[str, RiskPolicy] = msgspec.field(default_factory=lambda: dict(RISKS))
    check_in: CheckInPolicy = msgspec.field(default_factory=CheckInPolicy)
    retention: RetentionPolicy = msgspec.field(default_factory=RetentionPolicy)
    link_token_lifetime: dt.timedelta = dt.timedelta(hours=24)
    owner_idle: dt.timedelta = dt.timedelta(minutes=30)
    misunderstandings: int = 2
    access: Access = msgspec.field(default_factory=Access)
