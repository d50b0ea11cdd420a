"""Looks for what a person typed, in any form in which it might have been left behind."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

HEX = rb"0-9a-fA-F"


def forms_of(value: str) -> dict[str, bytes]:
    """How a value may be written: name of the form → its bytes."""
    plain = value.encode()
    escaped = json.dumps(value)[1:-1]
    forms = {
        "utf-8": plain,
        "utf-16-le": value.encode("utf-16-le"),
        "utf-16-be": value.encode("utf-16-be"),
        "json": escaped.encode(),
        "json, upper": re.sub(r"\\u[0-9a-f]{4}", lambda found: "\\u" + found[0][2:].upper(), escaped).encode(),
        "repr": repr(value)[1:-1].encode(),
        "bytes repr": repr(plain)[2:-1].encode(),
        "url": quote(value, safe="").encode(),
        "form": quote(value, safe="").replace("%20", "+").encode(),
        "hex": plain.hex().encode(),
        "utf-16 hex": value.encode("utf-16-le").hex().encode(),
    }
    for shift in range(3):  # base64 depends on what stands before; the letters at both ends on the neighbours
        encoded = base64.b64encode(b"\0" * shift + plain + b"\0" * (-(shift + len(plain)) % 3))
        inner = encoded[2 * (shift > 0) + (shift > 0) : -4 if (shift + len(plain)) % 3 else None]
        if len(inner) >= 6:
            forms[f"base64+{shift}"] = inner
            forms[f"base64url+{shift}"] = inner.replace(b"+", b"-").replace(b"/", b"_")
    if not value.isascii():
        forms["gb18030"] = value.encode("gb18030")
    return forms


def traces(values: Iterable[str], places: Mapping[str, bytes]) -> list[str]:
    """Every value found, with its form and place. Letters count in either case; digits not within longer ones."""
    lowered = {place: content.lower() for place, content in places.items()}
    return [
        f"{value!r} as {form} in {place}"
        for value in values
        for form, needle in forms_of(value).items()
        for place in places
        if (needle in places[place] if form.startswith("base64") else needle.lower() in lowered[place])
        and not (value.isdigit() and needle == value.encode() and _only_within(value, places[place]))
    ]


def _only_within(digits: str, content: bytes) -> bool:
    """Six digits do occur by chance in hashes and microseconds."""
    return re.search(rb"(?<![%b])%b(?![%b])" % (HEX, digits.encode(), HEX), content) is None
