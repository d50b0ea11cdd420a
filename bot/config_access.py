"""The section `access` of config.yml: groups of fields, and who decides on and sees which, of whose customers."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from bot.config_values import Section
from dialogs.access import GRANTED, OTHER, Access, Permission, Reach, Rule
from dialogs.request import Role

Group = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Team = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
FieldName = Annotated[str, Field(min_length=1, max_length=40)]


class RuleSection(Section):
    """What one role, or one role in one team, is left of what it is there for."""

    role: Role
    team: Team | None = None
    customers: Reach = Reach.ALL
    decide: Annotated[tuple[Group, ...], Field(max_length=50)] | None = None
    reveal: Annotated[tuple[Group, ...], Field(max_length=50)] | None = None

    @model_validator(mode="after")
    def _has_what_it_divides(self) -> Self:
        granted = GRANTED[self.role]
        if self.decide is not None and Permission.DECIDE not in granted:
            raise ValueError(f"decide: the role {self.role.value} decides on nothing")
        if self.reveal is not None and Permission.REVEAL not in granted:
            raise ValueError(f"reveal: the role {self.role.value} never sees a value in clear")
        return self

    def rule(self) -> Rule:
        """The same for the core."""
        decide = None if self.decide is None else frozenset(self.decide)
        reveal = None if self.reveal is None else frozenset(self.reveal)
        return Rule(self.role, self.team, self.customers, decide, reveal)


class AccessSection(Section):
    """Who decides on what, and sees what."""

    groups: dict[Group, Annotated[tuple[FieldName, ...], Field(min_length=1, max_length=40)]] = Field(
        default_factory=dict
    )
    rules: Annotated[tuple[RuleSection, ...], Field(max_length=200)] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if OTHER in self.groups:
            raise ValueError(f"groups: {OTHER} is the group of all fields that are in none")
        fields = [field for group in self.groups.values() for field in group]
        if twice := {field for field in fields if fields.count(field) > 1}:
            raise ValueError(f"groups: {min(twice)} is in two groups")
        known = {*self.groups, OTHER}
        for place, rule in enumerate(self.rules):
            if unknown := sorted({*(rule.decide or ()), *(rule.reveal or ())} - known):
                raise ValueError(f"rules: the {place + 1}. names a group that there is not: {unknown[0]}")
        for role in (Role.REVIEWER, Role.SUPERVISOR):
            if left := sorted(known - self._decided_by(role)):
                raise ValueError(f"rules: no {role.value} would decide on the group {left[0]}")
        return self

    def _decided_by(self, role: Role) -> set[str]:
        """The groups that somebody of this role may decide on, whatever team they are in."""
        everything, found = {*self.groups, OTHER}, set[str]()
        for rule in self.rules:
            if rule.role is role:
                found |= everything if rule.decide is None else set(rule.decide)
                if rule.team is None:  # whatever comes later fits nobody
                    return found
        return everything  # whoever is in no team that is named

    def access(self) -> Access:
        """The same for the core."""
        groups = {name: frozenset(fields) for name, fields in self.groups.items()}
        return Access(groups, tuple(rule.rule() for rule in self.rules))
