"""Permissions: what each role is there for, and what a company chooses besides."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from dialogs.access import (
    EVERYTHING,
    GRANTED,
    IN_CLEAR,
    Access,
    Owned,
    Permission,
    Person,
    Reach,
    Rule,
    allowed,
    sections,
)
from dialogs.request import Role

TABLE = re.compile(r"(?m)(?:^\|.*\n)+")
GROUPS = {"contact": frozenset({"phone", "email", "address"}), "money": frozenset({"bank_account"})}
MINE, TEAM, OTHERS, NOBODYS = Owned("mei", "north"), Owned("bo", "north"), Owned("li", "south"), Owned()


def test_no_role_may_do_everything_and_every_role_has_work() -> None:
    assert set(GRANTED) == set(Role)
    for role in Role:
        assert GRANTED[role] < set(Permission)
        assert sections(Person("mei", role))


def test_the_page_for_operators_shows_the_same_table() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/access.md").read_text(encoding="utf-8")
    head, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.findall(page)[0].splitlines()
    ]
    shown = {(role, row[0]) for row in rows[1:] for role, mark in zip(head[1:], row[1:], strict=True) if mark}

    assert shown == {(role.value, permission.value) for role in Role for permission in GRANTED[role]}
    assert {row[0] for row in rows[1:]} == {permission.value for permission in Permission}


def test_whoever_decides_appoints_nobody_and_the_machines_side_never_sees_a_value() -> None:
    for role in Role:
        assert not {Permission.DECIDE, Permission.STAFF} <= GRANTED[role]
    for role in (Role.OPERATIONS, Role.SECURITY_OFFICER):
        assert not GRANTED[role] & IN_CLEAR


def test_a_rule_says_whose_customers() -> None:
    reviewer = Person("mei", Role.REVIEWER, "north")
    expected = {Reach.ALL: [MINE, TEAM, OTHERS, NOBODYS], Reach.TEAM: [MINE, TEAM, NOBODYS], Reach.OWN: [MINE, NOBODYS]}

    for reach, reached in expected.items():
        access = Access(rules=(Rule(Role.REVIEWER, customers=reach),))
        found = [
            one for one in (MINE, TEAM, OTHERS, NOBODYS) if allowed(reviewer, Permission.DECIDE, access, about=one)
        ]
        assert found == reached


def test_a_person_without_a_team_shares_no_team() -> None:
    access = Access(rules=(Rule(Role.AGENT, customers=Reach.TEAM),))

    assert not allowed(Person("ann", Role.AGENT), Permission.LOOK_UP, access, about=Owned("bo", ""))


def test_a_rule_says_which_groups_of_fields_are_decided_and_which_are_seen() -> None:
    access = Access(GROUPS, (Rule(Role.REVIEWER, decide=frozenset({"contact"}), reveal=frozenset({"money"})),))
    reviewer = Person("mei", Role.REVIEWER)

    assert allowed(reviewer, Permission.DECIDE, access, field="email")
    assert not allowed(reviewer, Permission.DECIDE, access, field="bank_account")
    assert not allowed(reviewer, Permission.DECIDE, access, field="name"), "which is in the group of the others"
    assert allowed(reviewer, Permission.REVEAL, access, field="bank_account")
    assert not allowed(reviewer, Permission.REVEAL, access, field="email")
    assert allowed(reviewer, Permission.LOOK_UP, access, field="name"), "masked"


def test_the_first_rule_that_fits_counts_and_a_team_has_rules_of_its_own() -> None:
    rules = (
        Rule(Role.REVIEWER, "cards", decide=frozenset({"money"})),
        Rule(Role.REVIEWER, decide=frozenset({"contact"})),
    )
    access = Access(GROUPS, rules)

    assert allowed(Person("mei", Role.REVIEWER, "cards"), Permission.DECIDE, access, field="bank_account")
    assert not allowed(Person("mei", Role.REVIEWER, "cards"), Permission.DECIDE, access, field="phone")
    assert not allowed(Person("bo", Role.REVIEWER, "north"), Permission.DECIDE, access, field="bank_account")
    assert allowed(Person("omar", Role.SUPERVISOR, "north"), Permission.DECIDE, access, field="bank_account")


fields = st.sampled_from(("phone", "bank_account", "name"))
groups = st.none() | st.frozensets(st.sampled_from(("contact", "money", "other")))
rules = st.builds(
    Rule,
    st.sampled_from(Role),
    st.none() | st.sampled_from(("north", "south")),
    st.sampled_from(Reach),
    groups,
    groups,
)
people = st.builds(Person, st.sampled_from(("mei", "bo")), st.sampled_from(Role), st.sampled_from(("", "north")))
owned = st.none() | st.sampled_from((MINE, TEAM, OTHERS, NOBODYS))


@given(people, st.sampled_from(Permission), st.lists(rules, max_size=4), owned, st.none() | fields)
def test_a_rule_takes_away_and_never_gives(
    person: Person, permission: Permission, chosen: list[Rule], about: Owned | None, field: str | None
) -> None:
    access = Access(GROUPS, tuple(chosen))

    if allowed(person, permission, access, about=about, field=field):
        assert allowed(person, permission, EVERYTHING)
        assert allowed(person, permission, access, about=None, field=None)
