"""The sections of config.yml: every key, its kind, its bounds and its default."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from bot.config_oidc import OidcSection
from bot.config_values import (
    Clock,
    Count,
    Country,
    Day,
    Secret,
    SecretList,
    Section,
    Span,
    WebUrl,
    url_password,
)
from bot.logs import Level

FieldName = Annotated[str, Field(min_length=1, max_length=40)]
Hour = dt.timedelta(hours=1)
Day24 = dt.timedelta(days=1)


class StoreSection(Section):
    """Where everything is kept."""

    url: Annotated[str, Field(repr=False)] = "sqlite:///run/tellonce.db"

    @field_validator("url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url.startswith("postgresql://"):
            return url.replace("postgresql://", "postgresql+psycopg://", 1)
        if not url.startswith(("sqlite:", "postgresql+psycopg://")):
            raise ValueError("should begin with sqlite:/// or postgresql://")
        return url


class HsmSection(Section):
    """A token of PKCS#11 in which the master key stays; without a module there is none."""

    module: Path | None = None
    token_label: Annotated[str, Field(max_length=32)] = ""
    key_label: Annotated[str, Field(min_length=1, max_length=100)] = "tellonce"
    pin: Secret = None
    pin_file: Path | None = None

    @model_validator(mode="after")
    def _opened(self) -> Self:
        if self.module is not None and not self.token_label:
            raise ValueError("has no token: name its token_label")
        if self.module is not None and not self.pin:
            raise ValueError("has no PIN: set TELLONCE__KEYS__HSM__PIN, or name a file in pin_file")
        return self


class KeysSection(Section):
    """The key that opens all others: in a token, in the environment, or (neither given) in a file."""

    master_file: Path = Path("run/master.key")
    master_key: Secret = None
    next_key: Secret = None
    hsm: HsmSection = HsmSection()


class BackupsSection(Section):
    """Where backups go, for how long they stay, and where the list of the erased is."""

    folder: Path = Path("run/backups")
    offsite: Path | None = None
    erasures: Path = Path("run/erasures.list")
    keep_days: Annotated[int, Field(ge=1, le=366)] = 7
    keep_days_offsite: Annotated[int, Field(ge=1, le=3660)] = 30


class WebSection(Section):
    """Where the pages and the API are served, and under which address others reach them."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    public_url: WebUrl = "http://127.0.0.1:8000"


class NotifySection(Section):
    """Notification URLs (Apprise) by which codes and notices leave, one list per kind of contact."""

    phone: SecretList = ()
    phone_file: Path | None = None
    email: SecretList = ()
    email_file: Path | None = None


class TargetSection(Section):
    """A system of the company that must learn of changes."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}$")]
    url: WebUrl
    secret: Secret = None
    secret_file: Path | None = None
    fields: tuple[FieldName, ...]
    read_url: WebUrl | None = None

    @model_validator(mode="after")
    def _signed(self) -> Self:
        if not self.secret:
            raise ValueError("has no secret to sign with: name a file in secret_file, or set TELLONCE__TARGETS")
        return self


class CodesSection(Section):
    """One-time codes."""

    digits: Annotated[int, Field(ge=6, le=10)] = 6
    lifetime: Annotated[Span, Field(ge=dt.timedelta(minutes=1), le=dt.timedelta(minutes=10))] = dt.timedelta(minutes=10)
    attempts: Annotated[int, Field(ge=1, le=10)] = 5
    sends_per_chat: Count = 5
    sends_per_customer: Count = 8
    sends_per_destination: Count = 5
    attempts_per_customer: Count = 15
    window: Annotated[Span, Field(ge=Hour, le=30 * Day24)] = Day24


class SilenceSection(Section):
    """When a silent conversation is nudged, parked and ended, counted from the customer's last message."""

    nudge: Annotated[Span, Field(ge=dt.timedelta(seconds=1))] = dt.timedelta(minutes=15)
    park: Span = dt.timedelta(hours=2)
    expire: Annotated[Span, Field(le=365 * Day24)] = dt.timedelta(days=7)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.nudge < self.park < self.expire:
            raise ValueError("nudge must come before park, and park before expire")
        return self


class ReviewSection(Section):
    """Due times of change requests, in working days."""

    ordinary_days: Annotated[int, Field(ge=1, le=30)] = 1
    important_days: Annotated[int, Field(ge=1, le=30)] = 2
    opens: Clock = dt.time(9, 0)
    closes: Clock = dt.time(18, 0)
    country: Country | None = None
    extra_holidays: Annotated[tuple[Day, ...], Field(max_length=500)] = ()
    extra_workdays: Annotated[tuple[Day, ...], Field(max_length=500)] = ()
    receipt_silence: Annotated[Span, Field(ge=Hour, le=30 * Day24)] = dt.timedelta(hours=72)
    answer_within: Annotated[Span, Field(ge=Hour, le=365 * Day24)] = dt.timedelta(days=14)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("opens must be earlier than closes")
        if both := set(self.extra_holidays) & set(self.extra_workdays):
            raise ValueError(f"{min(both)} is both in extra_holidays and in extra_workdays")
        return self


class RiskSection(Section):
    """A risk rule: for which fields, and what it adds to a change of them."""

    fields: tuple[FieldName, ...] = ()
    add_proof: bool = False
    add_approver: bool = False
    cooling_off: Annotated[Span, Field(le=90 * Day24)] = dt.timedelta(0)
    stop: bool = False


class TimedRiskSection(RiskSection):
    """A risk rule that looks back for some time."""

    within: Annotated[Span, Field(ge=dt.timedelta(minutes=1), le=365 * Day24)] = Day24


class CountedRiskSection(TimedRiskSection):
    """A risk rule that counts what happened in that time."""

    count: Count = 2


class RisksSection(Section):
    """The risk rules."""

    young_link: TimedRiskSection = TimedRiskSection(
        fields=("phone", "email", "name", "id_document", "company", "bank_account"), within=Day24, add_proof=True
    )
    contact_changes: CountedRiskSection = CountedRiskSection(
        fields=("phone", "email"), within=7 * Day24, count=2, add_approver=True
    )
    address_after_phone: TimedRiskSection = TimedRiskSection(within=7 * Day24, add_proof=True)
    contact_on_other_customer: RiskSection = RiskSection(stop=True)
    other_country: RiskSection = RiskSection(add_approver=True)
    failed_codes: CountedRiskSection = CountedRiskSection(within=Day24, count=5, add_approver=True)
    lost_contact: RiskSection = RiskSection(add_approver=True, cooling_off=3 * Day24)
    new_contact_unproven: RiskSection = RiskSection(add_approver=True, cooling_off=3 * Day24)


class CheckInsSection(Section):
    """Asking now and then whether a detail is still right."""

    enabled: bool = True
    cycles: dict[Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}$")], Annotated[int, Field(ge=1, le=3650)]] = Field(
        default_factory=lambda: {"vip": 91, "standard": 365, "dormant": 182}
    )
    fields: tuple[FieldName, ...] = ("phone", "address", "email")
    quiet_from: Clock = dt.time(20, 0)
    quiet_until: Clock = dt.time(9, 0)
    gap: Annotated[Span, Field(ge=Day24, le=3650 * Day24)] = dt.timedelta(days=30)
    expires: Annotated[Span, Field(ge=Hour, le=365 * Day24)] = dt.timedelta(days=7)
    later: Annotated[Span, Field(ge=Hour, le=365 * Day24)] = dt.timedelta(days=3)
    task_after: Annotated[Span, Field(ge=Day24, le=3650 * Day24)] = dt.timedelta(days=90)


class StaffSection(Section):
    """How staff sign in, and how long they stay."""

    totp: Literal["required", "optional"] = "required"
    session_idle: Annotated[Span, Field(ge=dt.timedelta(minutes=1), le=Day24)] = Hour
    session_length: Annotated[Span, Field(ge=dt.timedelta(minutes=5), le=7 * Day24)] = dt.timedelta(hours=12)
    oidc: OidcSection = OidcSection()

    @model_validator(mode="after")
    def _idle_is_shorter(self) -> Self:
        if self.session_idle > self.session_length:
            raise ValueError("session_idle must not be longer than session_length")
        return self


class CustomersSection(Section):
    """How customers are numbered."""

    number: Annotated[str, Field(max_length=64)] = "CUST{date}{serial}"

    @field_validator("number")
    @classmethod
    def _usable(cls, pattern: str) -> str:
        if pattern.count("{serial}") != 1:
            raise ValueError("should hold {serial} once")
        bare = pattern.replace("{date}", "").replace("{year}", "").replace("{serial}", "")
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", bare) is None:
            raise ValueError("should begin with a letter, and hold letters, digits, - _ . and {date}, {year}, {serial}")
        return pattern


class RetentionSection(Section):
    """When archiving and deletion are proposed; null: never."""

    archive_after_months: Annotated[int, Field(ge=1, le=1200)] | None = 12
    delete_after_years: Annotated[int, Field(ge=1, le=100)] | None = 5


class LogSection(Section):
    """What is written to standard error."""

    level: Level = "info"


class MetricsSection(Section):
    """Where a worker without a web server tells Prometheus what it counted."""

    worker_host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    worker_port: Annotated[int, Field(ge=1, le=65535)] | None = None


class TracingSection(Section):
    """Where traces go. Nowhere while there is no endpoint."""

    endpoint: WebUrl | None = None
    share: Annotated[float, Field(gt=0, le=1)] = 1.0

    @field_validator("endpoint")
    @classmethod
    def _without_a_password(cls, endpoint: str | None) -> str | None:
        if endpoint is not None and url_password(endpoint):
            raise ValueError("should hold no password; give OTEL_EXPORTER_OTLP_HEADERS in the environment")
        return endpoint


class LimitsSection(Section):
    """How far things go before something else happens."""

    misunderstandings: Annotated[int, Field(ge=1, le=10)] = 2
    link_token_lifetime: Annotated[Span, Field(ge=dt.timedelta(minutes=1), le=30 * Day24)] = Day24
    owner_idle: Annotated[Span, Field(ge=dt.timedelta(minutes=1), le=Day24)] = dt.timedelta(minutes=30)
    messages_per_chat: Annotated[int, Field(ge=5, le=10_000)] = 60
    calls_per_account: Annotated[int, Field(ge=60, le=1_000_000)] = 6000
    calls_per_address: Annotated[int, Field(ge=20, le=1_000_000)] = 1200


class AuditSection(Section):
    """The trail of who did what."""

    keep: Annotated[Span, Field(ge=1096 * Day24, le=36_525 * Day24)] = 1096 * Day24
