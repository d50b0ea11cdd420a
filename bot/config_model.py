"""The whole configuration as one value, and the policy that the core takes from it."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from bot.config_access import AccessSection
from bot.config_channels import ChannelsSection
from bot.config_fields import FieldsSection
from bot.config_sections import (
    AuditSection,
    BackupsSection,
    CheckInsSection,
    CodesSection,
    CustomersSection,
    KeysSection,
    LimitsSection,
    LogSection,
    MetricsSection,
    NotifySection,
    RetentionSection,
    ReviewSection,
    RisksSection,
    SilenceSection,
    StaffSection,
    StoreSection,
    TargetSection,
    TracingSection,
    WebSection,
)
from bot.config_values import Region, Section, Zone, known_country
from dialogs.policy import (
    CheckInPolicy,
    CodePolicy,
    FieldPolicy,
    Policy,
    RetentionPolicy,
    ReviewPolicy,
    RiskPolicy,
    SilencePolicy,
)
from nlu.types import Language


class Config(Section):
    """What config.yml, the environment and the named secret files say together."""

    company: Annotated[str, Field(min_length=1, max_length=80)] = "TellOnce Demo"
    locale: Language = Language.EN
    region: Region = "US"
    timezone: Zone = "UTC"
    notice_version: Annotated[str, Field(min_length=1, max_length=20)] = "1"
    store: StoreSection = StoreSection()
    keys: KeysSection = KeysSection()
    backups: BackupsSection = BackupsSection()
    web: WebSection = WebSection()
    channels: ChannelsSection = ChannelsSection()
    notify: NotifySection = NotifySection()
    targets: Annotated[tuple[TargetSection, ...], Field(max_length=100)] = ()
    fields: FieldsSection = FieldsSection()
    codes: CodesSection = CodesSection()
    silence: SilenceSection = SilenceSection()
    review: ReviewSection = ReviewSection()
    risks: RisksSection = RisksSection()
    check_ins: CheckInsSection = CheckInsSection()
    customers: CustomersSection = CustomersSection()
    retention: RetentionSection = RetentionSection()
    limits: LimitsSection = LimitsSection()
    audit: AuditSection = AuditSection()
    staff: StaffSection = StaffSection()
    access: AccessSection = AccessSection()
    log: LogSection = LogSection()
    metrics: MetricsSection = MetricsSection()
    tracing: TracingSection = TracingSection()

    @model_validator(mode="after")
    def _targets_have_names_of_their_own(self) -> Self:
        names = [target.name for target in self.targets]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"targets: two are named {min(twice)}")
        return self

    @model_validator(mode="after")
    def _fields_are_known(self) -> Self:
        known = self.fields.names
        for place, target in enumerate(self.targets):
            if unknown := [name for name in target.fields if name not in known]:
                raise ValueError(f"targets: the {place + 1}. names a field that is not among fields: {unknown[0]}")
        if unknown := [name for name in self.check_ins.fields if name not in known]:
            raise ValueError(f"check_ins: names a field that is not among fields: {unknown[0]}")
        for group, fields in self.access.groups.items():
            if unknown := [name for name in fields if name not in known]:
                raise ValueError(f"access: the group {group} names a field that is not among fields: {unknown[0]}")
        for rule, risk in self.risks:
            if unknown := [name for name in risk.fields if name not in known]:
                raise ValueError(f"risks: {rule} names a field that is not among fields: {unknown[0]}")
        return self

    @model_validator(mode="after")
    def _region_has_a_calendar(self) -> Self:
        if self.review.country is None:
            try:
                known_country(self.region)
            except ValueError as error:
                raise ValueError(f"region: {error}; or set review.country") from None
        return self

    @property
    def country(self) -> str:
        """The country whose holidays count."""
        return self.review.country or self.region

    def policy(self) -> Policy:
        """What the core works by."""
        return Policy(
            company=self.company,
            customer_number=self.customers.number,
            public_url=self.web.public_url.rstrip("/"),
            language=self.locale,
            region=self.region,
            notice_version=self.notice_version,
            fields=self._fields(),
            codes=CodePolicy(**dict(self.codes)),
            silence=SilencePolicy(**dict(self.silence)),
            review=self._review(),
            risks={name: RiskPolicy(**dict(rule)) for name, rule in self.risks},
            check_in=CheckInPolicy(**dict(self.check_ins)),
            retention=RetentionPolicy(**dict(self.retention)),
            link_token_lifetime=self.limits.link_token_lifetime,
            owner_idle=self.limits.owner_idle,
            misunderstandings=self.limits.misunderstandings,
            access=self.access.access(),
        )

    def _fields(self) -> dict[str, FieldPolicy]:
        return {
            name: FieldPolicy(
                name,
                enabled=section.enabled,
                importance=section.importance,
                sensitive=section.sensitive,
                proofs=section.proofs,
                purpose=f"purpose-{name}",
                recipients=tuple(target.name for target in self.targets if name in target.fields),
                choices=self._choices(name),
            )
            for name, section in self.fields
        }

    def _choices(self, name: str) -> tuple[str, ...]:
        own = self.fields.own.get(name)
        return tuple(choice.value or choice.en for choice in own.choices) if own is not None else ()

    def _review(self) -> ReviewPolicy:
        review = dict(self.review)
        for days in ("extra_holidays", "extra_workdays"):
            review[days] = frozenset(review[days])
        return ReviewPolicy(**review | {"timezone": self.timezone, "country": self.country})
