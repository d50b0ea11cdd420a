"""Who may do what: permissions as data, and the one function that reads them.

A permission is a role × whose customer (any, one's team's, one's own) × a group of fields. What each role is there for
stands in GRANTED; what a company chooses besides (`access` in config.yml) is an Access. The console, the API and
whatever commits a verdict ask `allowed`, and nothing else decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from dialogs.request import Role

OTHER = "other"
"""The group of every field that config.yml puts into none."""


class Permission(StrEnum):
    """What somebody may do. Those with a section in the console bear its name."""

    DECIDE = "requests"  # see change requests, decide on them
    CONVERSE = "conversations"  # read conversations, take them over, write
    LOOK_UP = "customers"  # find customers, masked; sort them
    REVEAL = "reveal"  # one value in clear, with a reason
    EXPORT = "export"  # everything on a customer in clear, with a reason
    JOBS = "jobs"  # see what is to be sent and done, try again what was parked
    AUDIT = "audit"  # read the trail
    PROTECT = "freezes"  # look at frozen records, release them; let a colleague export many
    ERASE = "erase"  # erase and archive customers, hold what must be kept
    STAFF = "staff"  # lost phones, waiting and sessions of colleagues


SECTIONS = (
    Permission.DECIDE,
    Permission.CONVERSE,
    Permission.LOOK_UP,
    Permission.JOBS,
    Permission.AUDIT,
    Permission.PROTECT,
    Permission.ERASE,
    Permission.STAFF,
)
"""The permissions that open a section of the console, in the order of its navigation."""

GRANTED: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.AGENT: frozenset({Permission.CONVERSE, Permission.LOOK_UP, Permission.REVEAL}),
        Role.REVIEWER: frozenset({Permission.DECIDE, Permission.CONVERSE, Permission.LOOK_UP, Permission.REVEAL}),
        Role.SUPERVISOR: frozenset(
            {
                Permission.DECIDE,
                Permission.CONVERSE,
                Permission.LOOK_UP,
                Permission.REVEAL,
                Permission.EXPORT,
                Permission.ERASE,
                Permission.PROTECT,
                Permission.AUDIT,
            }
        ),
        Role.OPERATIONS: frozenset({Permission.LOOK_UP, Permission.JOBS}),
        Role.SECURITY_OFFICER: frozenset({Permission.AUDIT, Permission.ERASE, Permission.PROTECT, Permission.STAFF}),
    }
)
"""What each role may do at all. None may do everything; operations and security officers never see a value in clear."""

IN_CLEAR = frozenset({Permission.DECIDE, Permission.REVEAL, Permission.EXPORT})
"""What shows values: these are granted by group of fields."""


class Reach(StrEnum):
    """Whose customers. A customer whom nobody owns is everybody's."""

    ALL = "all"
    TEAM = "team"  # those whose owner is in one's own team
    OWN = "own"  # those whose owner one is


class Person(msgspec.Struct, frozen=True):
    """A member of staff, as far as permissions go. `team` is "" for none."""

    name: str
    role: Role
    team: str = ""


class Owned(msgspec.Struct, frozen=True):
    """Whose customer it is about. `owner` is "" for nobody's; `team` is the owner's."""

    owner: str = ""
    team: str = ""


class Rule(msgspec.Struct, frozen=True):
    """What a company chose for a role, or for a role in one team: whose customers, and which groups of fields they
    decide on and see. None: every group."""

    role: Role
    team: str | None = None
    customers: Reach = Reach.ALL
    decide: frozenset[str] | None = None
    reveal: frozenset[str] | None = None

    def groups(self, permission: Permission) -> frozenset[str] | None:
        """The groups of fields for which this permission is given; None for all."""
        return self.decide if permission is Permission.DECIDE else self.reveal


class Access(msgspec.Struct, frozen=True):
    """What a company chose: its groups of fields, and its rules. The first rule that fits a person counts; whom none
    fits may do what the role is there for, with every customer and field."""

    groups: Mapping[str, frozenset[str]] = msgspec.field(default_factory=dict)
    rules: tuple[Rule, ...] = ()

    def group_of(self, field: str) -> str:
        """The group that a field is in."""
        return next((name for name, fields in self.groups.items() if field in fields), OTHER)

    def rule_of(self, person: Person) -> Rule:
        """The rule that fits this person."""
        fitting = (one for one in self.rules if one.role is person.role and one.team in (None, person.team))
        return next(fitting, Rule(person.role))


EVERYTHING = Access()


def allowed(
    person: Person,
    permission: Permission,
    access: Access = EVERYTHING,
    *,
    about: Owned | None = None,
    field: str | None = None,
) -> bool:
    """Whether this person may do this: at all; to this customer, where one is named; with this field, where one is."""
    if permission not in GRANTED[person.role]:
        return False
    rule = access.rule_of(person)
    if about is not None and not reaches(rule.customers, person, about):
        return False
    groups = rule.groups(permission) if permission in IN_CLEAR else None
    return field is None or groups is None or access.group_of(field) in groups


def reaches(reach: Reach, person: Person, about: Owned) -> bool:
    """Whether this customer is among theirs."""
    if not about.owner or about.owner == person.name:
        return True
    match reach:
        case Reach.ALL:
            return True
        case Reach.TEAM:
            return bool(person.team) and about.team == person.team
        case Reach.OWN:
            return False


def sections(person: Person) -> tuple[Permission, ...]:
    """The sections of the console that this person opens; the first is where they begin."""
    return tuple(one for one in SECTIONS if allowed(person, one))
