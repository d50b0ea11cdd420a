"""Growth: what a turn costs in a small company and in a large one. Rows of customers whom nobody writes as are copies
with ids of their own: what is in their sealed cells, no turn opens."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench.turns import Turns
from store.uow import UnitOfWork

SMALL = 1_000
LARGE, LARGE_ENTRIES = 100_000, 300_000
FULL, FULL_ENTRIES = 1_000_000, 10_000_000
ROUNDS = 6

PEOPLE = (
    "CREATE TEMP TABLE person AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
    " SELECT i, lower(hex(randomblob(16))) AS id, lower(hex(randomblob(16))) AS chat,"
    " lower(hex(randomblob(16))) AS phone, lower(hex(randomblob(16))) AS name FROM n"
)
COPIES = (
    "INSERT INTO audit_entry (at, actor_kind, actor, origin, act, subject, customer, digest, leaf)"
    " SELECT at, actor_kind, actor, origin, act, 'customer:' || p.id, p.id, '', randomblob(32)"
    " FROM person AS p, (SELECT * FROM audit_entry WHERE act = 'customer.added' LIMIT 1)",
    "INSERT INTO customer SELECT p.id, 'GROWN' || p.i, type, tier, locale, timezone, owner, status, created_at"
    " FROM person AS p, (SELECT * FROM customer LIMIT 1)",
    "INSERT INTO data_key SELECT 'customer', p.id, randomblob(61), master FROM person AS p,"
    " (SELECT * FROM data_key WHERE kind = 'customer' LIMIT 1)",
    "INSERT INTO value_version (id, customer, field, value, value_index, valid_from, origin, audit)"
    " SELECT CASE field WHEN 'phone' THEN p.phone ELSE p.name END, p.id, field, value, randomblob(32), valid_from,"
    " origin, audit FROM person AS p, (SELECT * FROM value_version WHERE customer = (SELECT id FROM customer"
    " WHERE no NOT LIKE 'GROWN%' LIMIT 1))",
    "INSERT INTO value_block SELECT randomblob(32), p.phone FROM person AS p",
    "INSERT INTO conversation (id, channel, chat_index, chat, customer, stage, language, silence, state, created_at)"
    " SELECT p.chat, t.channel, randomblob(32), t.chat, p.id, t.stage, t.language, t.silence, t.state, t.created_at"
    " FROM person AS p, (SELECT * FROM conversation LIMIT 1) AS t",
    "INSERT INTO link (id, conversation, customer, at, how, audit) SELECT lower(hex(randomblob(16))), p.chat, p.id, at,"
    " how, audit FROM person AS p, (SELECT * FROM link LIMIT 1)",
    "INSERT INTO message SELECT p.chat, seq, author_kind, author, sentence, content, p.id, at"
    " FROM person AS p, (SELECT * FROM message WHERE conversation = (SELECT id FROM conversation LIMIT 1))",
    "INSERT INTO claim SELECT 'webchat', randomblob(32), 'm1', randomblob(32), p.chat, 1, 2, 0 FROM person AS p",
)
ENTRIES = (
    "INSERT INTO audit_entry (at, actor_kind, actor, origin, act, subject, customer, digest, leaf)"
    " SELECT at, actor_kind, actor, origin, 'conversation.saved', 'conversation:' || p.chat, p.id, hex(randomblob(32)),"
    " randomblob(32) FROM person AS p, (SELECT * FROM audit_entry LIMIT 1) LIMIT {count}"
)


class Grown(msgspec.Struct, frozen=True):
    """Milliseconds of CPU a turn, each the best of several rounds in turn: with few and with many customers."""

    customers: int
    entries: int
    small: float
    large: float
    small_alone: float
    large_alone: float


def measure(full: bool) -> Grown:
    """Measure both, round by round, so that a busy moment of the machine meets both."""
    customers, entries = (FULL, FULL_ENTRIES) if full else (LARGE, LARGE_ENTRIES)
    with company(SMALL, 3 * SMALL) as small, company(customers, entries) as large:
        shared = [(small.together(1), large.together(1)) for _ in range(ROUNDS)]
        alone = [(small.one_by_one(1), large.one_by_one(1)) for _ in range(ROUNDS)]
    best = [min(figures) for figures in (*zip(*shared, strict=True), *zip(*alone, strict=True))]
    return Grown(customers, entries, *best)


@contextmanager
def company(customers: int, entries: int) -> Iterator[Turns]:
    """An application whose database holds so many customers, each linked to a chat, and so many entries."""
    with tempfile.TemporaryDirectory() as folder:
        turns = Turns(Path(folder))
        try:
            turns.link()
            turns.app.database.expect_many()
            turns.app.database.write(lambda uow: _grow(uow, customers, entries))
            turns.close()
            turns.open()  # with the memory that a server has, and its log written back
            yield turns
        finally:
            turns.close()


def _grow(uow: UnitOfWork, customers: int, entries: int) -> None:
    uow.run(PEOPLE.format(count=customers))
    for statement in COPIES:
        uow.run(statement)
    wanted = entries - customers
    while wanted > 0:
        uow.run(ENTRIES.format(count=min(wanted, customers)))
        wanted -= customers
    uow.run("DROP TABLE person")
