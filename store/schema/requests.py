"""Change requests, their makers and their checkers (rules 1 and 4)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, PrimaryKeyConstraint
from sqlalchemy import UniqueConstraint as Unique

from dialogs.request import Importance, State
from dialogs.types import ActorKind
from nlu.types import Operation
from store.schema.columns import (
    always,
    always_level,
    audited,
    clustered,
    ident,
    instant,
    number,
    one_of,
    quoted,
    sealed,
    some,
    table,
)

CHECKED = (
    State.APPROVED,
    State.COOLING_OFF,
    State.SCHEDULED,
    State.APPLIED,
    State.SYNCED,
    State.SYNC_FAILED,
    State.CONFIRMED,
    State.DISPUTED,
    State.REVERTED,
)
"""States that only a request reaches which every checker it needs has approved."""

UNDECIDED = (State.FILED, State.IN_REVIEW, State.IN_SECOND_REVIEW, State.RETURNED)

participant = clustered(
    "participant",  # a person takes part in a request exactly once: a maker is no checker, the first not the second
    ident("request"),
    ident("person"),
    ident("role"),
    PrimaryKeyConstraint("request", "person"),
    Unique("request", "person", "role"),
    one_of("role", ("maker", "checker")),
    CheckConstraint("person LIKE 'customer:_%' OR person LIKE 'staff:_%'", name="person"),
    CheckConstraint("role <> 'checker' OR person LIKE 'staff:_%'", name="checker"),
)

approval = clustered(
    "approval",  # a checker's yes to the digest that was on the screen
    ident("request"),
    number("level"),
    ident("checker"),
    always("part", "checker"),
    ident("role"),
    ident("digest"),
    instant("at"),
    audited(),
    PrimaryKeyConstraint("request", "level"),
    Unique("request", "level", "checker", "digest"),
    Unique("request", "checker"),
    CheckConstraint("level IN (1, 2)", name="level"),
    CheckConstraint("level = 1 OR role = 'supervisor'", name="second_role"),
    one_of("role", ("reviewer", "supervisor")),
    ForeignKeyConstraint(
        ["request", "checker", "part"],
        ["participant.request", "participant.person", "participant.role"],
        name="fk_approval_participant",
    ),
)

change_request = table(
    "change_request",
    ident("number", primary=True),
    ident("customer", ForeignKey("customer.id")),
    ident("conversation", ForeignKey("conversation.id")),
    ident("field"),
    ident("operation"),
    sealed("value"),
    ident("digest"),
    ident("consent"),
    always("consent_standing", "given"),
    ident("proof"),  # the one that is not by the new contact; the others are in request_proof
    ident("proof_need"),
    ident("proof_person"),
    always("proof_standing", "held"),
    ident("maker"),  # the customer as a person
    always("maker_role", "maker"),
    ident("importance"),
    ident("state"),
    instant("filed_at"),
    instant("due_at", null=True),
    number("time_left", null=True),  # microseconds of working time, while the clock is stopped
    ident("effective", null=True),  # ISO date
    ident("against", null=True),  # version id; no key, since versions point here
    ident("old_contact", null=True),  # version id
    ident("risks"),
    number("cooling_off", 0),  # microseconds between approval and application, as the rules were at filing
    sealed("reason", null=True),
    sealed("decided_reason", null=True),
    ident("checker1", null=True),
    always_level("level1", 1),
    ident("checker2", null=True),
    always_level("level2", 2),
    ident("applied_version", null=True),  # version id
    number("version", 0),
    audited(),
    one_of("operation", Operation),
    one_of("importance", Importance),
    one_of("state", State),
    CheckConstraint("proof_need <> 'new_contact'", name="proof_need"),
    CheckConstraint("maker = 'customer:' || customer", name="maker"),
    CheckConstraint(f"state NOT IN ({quoted(CHECKED)}) OR checker1 IS NOT NULL", name="checked"),
    CheckConstraint("state <> 'in_second_review' OR checker1 IS NOT NULL", name="checked_first"),
    CheckConstraint(
        f"state NOT IN ({quoted(CHECKED)}) OR importance = 'ordinary' OR checker2 IS NOT NULL", name="checked_twice"
    ),
    CheckConstraint("checker1 <> checker2", name="checkers"),
    ForeignKeyConstraint(
        ["consent", "digest", "customer", "consent_standing"],
        ["consent.id", "consent.digest", "consent.customer", "consent.standing"],
        name="fk_change_request_consent",
    ),
    ForeignKeyConstraint(
        ["proof", "digest", "customer", "proof_need", "proof_person", "proof_standing"],
        [f"proof.{name}" for name in ("id", "digest", "customer", "need", "person", "standing")],
        name="fk_change_request_proof",
    ),
    ForeignKeyConstraint(
        ["number", "maker", "maker_role"],
        ["participant.request", "participant.person", "participant.role"],
        name="fk_change_request_maker",
    ),
    ForeignKeyConstraint(
        ["number", "proof_person", "maker_role"],
        ["participant.request", "participant.person", "participant.role"],
        name="fk_change_request_proof_person",
    ),
    *(
        ForeignKeyConstraint(
            ["number", f"level{level}", f"checker{level}", "digest"],
            ["approval.request", "approval.level", "approval.checker", "approval.digest"],
            name=f"fk_change_request_checker{level}",
        )
        for level in (1, 2)
    ),
    Unique("number", "customer", "field"),
    Unique("number", "digest", "customer"),
    some(
        "ix_change_request_undecided",
        "customer",
        "field",
        where=f"state IN ({quoted(UNDECIDED)})",
    ),
    Index(None, "state", "number"),
    Index(None, "customer", "number"),
)

request_proof = clustered(
    "request_proof",  # every proof the request rests on; whoever gave one is a maker
    ident("request"),
    ident("proof"),
    ident("digest"),
    ident("customer"),
    ident("need"),
    ident("person"),
    always("standing", "held"),
    always("role", "maker"),
    PrimaryKeyConstraint("request", "proof"),
    ForeignKeyConstraint(
        ["request", "digest", "customer"],
        ["change_request.number", "change_request.digest", "change_request.customer"],
        name="fk_request_proof_request",
    ),
    ForeignKeyConstraint(
        ["proof", "digest", "customer", "need", "person", "standing"],
        [f"proof.{name}" for name in ("id", "digest", "customer", "need", "person", "standing")],
        name="fk_request_proof_proof",
    ),
    ForeignKeyConstraint(
        ["request", "person", "role"],
        ["participant.request", "participant.person", "participant.role"],
        name="fk_request_proof_maker",
    ),
)

request_event = clustered(
    "request_event",  # the states a request went through, filing first
    ident("request", ForeignKey("change_request.number")),
    number("n"),
    ident("state"),
    ident("actor_kind"),
    ident("actor"),
    sealed("reason", null=True),
    instant("at"),
    audited(),
    PrimaryKeyConstraint("request", "n"),
    one_of("state", State),
    one_of("actor_kind", ActorKind),
)
