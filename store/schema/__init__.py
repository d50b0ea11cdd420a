"""Every table. The rules that never break (design, part 3) stand here as keys, checks and guards, so that no code can
break them.

Types are few and the same on both databases: TEXT, INTEGER, BLOB. Moments are microseconds (`store.instant`), ids are
128-bit hex, lists are JSON text, there are no booleans (a moment says more). Columns made by `sealed()` hold
ciphertext; the plain columns hold nothing personal. No foreign key is deferred: a deferred one would fail at the commit
of the whole batch and take other people's turns with it. So a row is written after those it points to: participants
before their request, the approval before the request says approved.

A person is named "customer:ID" or "staff:NAME".
"""

from store.schema.answers import api_answer
from store.schema.archiving import archiving
from store.schema.care import customer_tag, imported_row, signal, task, value_block
from store.schema.chats import claim, conversation, customer, link, link_token, message, note
from store.schema.columns import metadata
from store.schema.guards import GUARDS
from store.schema.keeping import erasure, legal_hold
from store.schema.people import api_token, sign_in_link, staff, staff_session
from store.schema.proofs import challenge, consent, proof
from store.schema.protection import freeze, not_me, offline_receipt, reversal, staff_customer
from store.schema.records import attempt, check_in, delivery, disclosure, suppression, value_version
from store.schema.requests import approval, change_request, participant, request_event, request_proof
from store.schema.sign_in import allowance, authenticator, oidc_login, recovery_code, sign_in_attempt
from store.schema.trace import (
    audit_checkpoint,
    audit_entry,
    audit_gap,
    audit_key,
    audit_leaf,
    audit_log,
    audit_node,
    audit_trim,
    counter,
    data_key,
    rotation,
)
from store.schema.work import job, notice

__all__ = [
    "GUARDS",
    "allowance",
    "api_answer",
    "api_token",
    "approval",
    "archiving",
    "attempt",
    "audit_checkpoint",
    "audit_entry",
    "audit_gap",
    "audit_key",
    "audit_leaf",
    "audit_log",
    "audit_node",
    "audit_trim",
    "authenticator",
    "challenge",
    "change_request",
    "check_in",
    "claim",
    "consent",
    "conversation",
    "counter",
    "customer",
    "customer_tag",
    "data_key",
    "delivery",
    "disclosure",
    "erasure",
    "freeze",
    "imported_row",
    "job",
    "legal_hold",
    "link",
    "link_token",
    "message",
    "metadata",
    "not_me",
    "note",
    "notice",
    "offline_receipt",
    "oidc_login",
    "participant",
    "proof",
    "recovery_code",
    "request_event",
    "request_proof",
    "reversal",
    "rotation",
    "sign_in_attempt",
    "sign_in_link",
    "signal",
    "staff",
    "staff_customer",
    "staff_session",
    "suppression",
    "task",
    "value_block",
    "value_version",
]
