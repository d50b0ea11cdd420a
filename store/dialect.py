"""What differs between SQLite and PostgreSQL, all of it.

A statement is written once, in what both databases understand, as SQLite takes it: `?` for a value, `IS` for "the same
or both nothing", `max(a, b)` for the larger. What only PostgreSQL has to be told stands in a comment that SQLite passes
over: `/*+ FOR UPDATE SKIP LOCKED */`. What a statement must not use: `OR IGNORE` (`ON CONFLICT DO NOTHING`), the last
row's number (`RETURNING`), a comparison as a number (`CASE`), a bare column of the row in `DO UPDATE` (name its table),
`? IS NULL` (`CAST(? AS TEXT) IS NULL`), an order over a column that may be NULL (`NULLS LAST`, or `x IS NULL` first).
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

HINT = re.compile(r"/\*\+ (.*?) \*/")
SAME = re.compile(r"\bIS (NOT )?(?=\?|[a-z]\w*\.\w)")
LARGER = re.compile(r"\b(max|min)\((?=[^()]*,)")
RESERVED = re.compile(r"(?<![\w'\"])freeze(?![\w'\"])")
"""Names of ours that are words of PostgreSQL's."""
TRIGGER = re.compile(
    r"CREATE TRIGGER (?P<name>\w+) (?P<event>BEFORE (?P<kind>\w+)(?: OF [\w, ]+?)? ON (?P<table>\w+))"
    r"(?: WHEN (?P<when>.*))? BEGIN SELECT RAISE\(ABORT, '(?P<says>[^']*)'\); END",
    re.DOTALL,
)
RULE_BROKEN = "23000"  # integrity_constraint_violation: a guard refuses as a key does


@lru_cache(maxsize=4_000)
def to_postgres(sql: str, *, reads: bool = False) -> bytes:
    """A statement as PostgreSQL takes it. Statements are few and fixed, so each is translated once. One that only reads
    holds no rows."""
    told = HINT.sub("" if reads else r"\1", sql)
    told = SAME.sub(lambda found: "IS DISTINCT FROM " if found[1] else "IS NOT DISTINCT FROM ", told)
    told = LARGER.sub(lambda found: "GREATEST(" if found[1] == "max" else "LEAST(", told)
    told = RESERVED.sub(r'"\g<0>"', told)
    number = count(1)
    return "".join(f"${next(number)}" if part == "?" else part for part in re.split(r"(\?)", told)).encode()


def trigger(sql: str, first: str = "") -> list[str]:
    """A guard of SQLite's as PostgreSQL writes it: a function and the trigger that calls it. `first` is what the
    function does before it looks, such as waiting for whoever holds the row it looks at."""
    found = TRIGGER.fullmatch(sql)
    if found is None:
        raise ValueError("this is no guard")
    event, when = (RESERVED.sub(r'"\g<0>"', found[part] or "") for part in ("event", "when"))
    refuse = f"RAISE EXCEPTION '{found['says']}' USING ERRCODE = '{RULE_BROKEN}';"
    body = refuse if not when else f"IF {when} THEN {refuse} END IF;"
    row = "OLD" if found["kind"] == "DELETE" else "NEW"
    name = found["name"]
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard$ BEGIN {first}{body} RETURN {row};"
        " END $guard$",
        f"CREATE TRIGGER {name} {event} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def refusal_of(error: psycopg.Error) -> str:
    """Which rule refused, without the value, which PostgreSQL's own text would show."""
    return error.diag.message_primary or type(error).__name__
