"""Policy: what the company decided in config.yml, as values."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from dialogs.request import Importance
from dialogs.types import Need
from nlu.types import Language


@dataclass(frozen=True, slots=True)
class FieldPolicy:
    """How one field is treated. `purpose` is a catalogue id; `recipients` are names of the targets that receive it."""

    field: str
    enabled: bool = True
    importance: Importance = Importance.ORDINARY
    sensitive: bool = False
    proofs: tuple[Need, ...] = (Need.ON_FILE,)
    purpose: str = ""
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CodePolicy:
    """One-time codes (NIST SP 800-63B, OWASP ASVS 5 6.5/6.6). Limits count within `window`."""

    digits: int = 6
    lifetime: dt.timedelta = dt.timedelta(minutes=10)
    attempts: int = 5
    sends_per_chat: int = 5
    sends_per_customer: int = 8
    sends_per_destination: int = 5
    attempts_per_customer: int = 15
    window: dt.timedelta = dt.timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SilencePolicy:
    """When a silent conversation is nudged, parked and expired, counted from the last inbound message."""

    nudge: dt.timedelta = dt.timedelta(minutes=15)
    park: dt.timedelta = dt.timedelta(hours=2)
    expire: dt.timedelta = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ReviewPolicy:
    """Due times in working days; opening hours are local times in `timezone`; `country` chooses the holidays.

    `cooling_off` says, per risk of a request, how long it waits between approval and application; the longest counts.
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
    cooling_off: Mapping[str, dt.timedelta] = dataclasses.field(
        default_factory=lambda: {"lost_contact": dt.timedelta(days=3)},
    )


@dataclass(frozen=True, slots=True)
class CheckInPolicy:
    """Review cycles per tier (days), quiet hours in the customer's zone, and at most one check-in in `gap`.

    A customer who says "later" is asked again after `later`; a tier that is not listed has the cycle of `standard`.
    """

    enabled: bool = True
    cycles: Mapping[str, int] = dataclasses.field(
        default_factory=lambda: {"vip": 91, "standard": 365, "dormant": 182},
    )
    fields: tuple[str, ...] = ("phone", "address", "email")
    quiet_from: dt.time = dt.time(20, 0)
    quiet_until: dt.time = dt.time(9, 0)
    gap: dt.timedelta = dt.timedelta(days=30)
    expires: dt.timedelta = dt.timedelta(days=7)
    later: dt.timedelta = dt.timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole policy the core works by."""

    company: str = "TellOnce Demo"
    language: Language = Language.EN
    region: str = "US"
    notice_version: str = "1"
    fields: Mapping[str, FieldPolicy] = dataclasses.field(default_factory=dict)
    codes: CodePolicy = dataclasses.field(default_factory=CodePolicy)
    silence: SilencePolicy = dataclasses.field(default_factory=SilencePolicy)
    review: ReviewPolicy = dataclasses.field(default_factory=ReviewPolicy)
    check_in: CheckInPolicy = dataclasses.field(default_factory=CheckInPolicy)
    link_token_lifetime: dt.timedelta = dt.timedelta(hours=24)
    misunderstandings: int = 2
