"""Everything held on one customer as a page to read and print: one file that needs nothing else, in either language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from bot.wording import TAGS, catalogue, say
from dialogs.replies import Catalogues
from nlu.types import Language
from nlu.values.present import present

STYLE = (
    "body{font:11pt/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#111}"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid #999}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;"
    "border-bottom:1px solid #ddd;overflow-wrap:anywhere}th{font-weight:600}tr{break-inside:avoid}"
    "@media print{body{margin:0;max-width:none}h2{break-after:avoid}}"
)

Row = Mapping[str, Any]


def page(everything: Row, language: str, catalogues: Catalogues) -> str:
    """The page. `everything` is what `store.whole.export` gathered."""
    return Page(language, catalogues).write(everything)


class Page:
    """Writes in one language."""

    def __init__(self, language: str, catalogues: Catalogues) -> None:
        self._language, self._words = language, catalogues[Language(language)]

    def write(self, everything: Row) -> str:
        """The whole page."""
        customer = everything["customer"]
        title = self._say("export-title", customer=customer["no"])
        about = self._say("export-made", at=self._at(everything["exported_at"]))
        chats = [self._chat(chat) for chat in everything["conversations"]]
        parts = [
            self._table(
                "values", ("field", "value", "since", "until", "proven"), map(self._value, everything["values"])
            ),
            self._table(
                "requests", ("number", "field", "value", "state", "filed"), map(self._request, everything["requests"])
            ),
            self._table(
                "consents", ("when", "how", "notice", "recipients"), map(self._consent, everything["consents"])
            ),
            self._table("proofs", ("when", "kind"), map(self._proof, everything["proofs"])),
            *chats,
            self._table("check-ins", ("when", "field", "state"), map(self._check_in, everything["check_ins"])),
            self._table("signals", ("when", "kind", "field"), map(self._signal, everything["signals"])),
            self._table(
                "disclosures", ("when", "field", "who", "why"), map(self._disclosure, everything["disclosures"])
            ),
        ]
        return (
            f'<!doctype html>\n<html lang="{TAGS[self._language]}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title><style>{STYLE}</style>'
            f"</head><body><h1>{escape(title)}</h1><p>{escape(about)}</p>{''.join(parts)}</body></html>\n"
        )

    def _value(self, one: Row) -> tuple[str, ...]:
        value = present(one["field"], one["value"], language=Language(self._language))
        return self._field(one["field"]), value, *map(self._at, (one["valid_from"], one["valid_to"], one["proven_at"]))

    def _request(self, one: Row) -> tuple[str, ...]:
        value = present(one["field"], one["value"], language=Language(self._language))
        state = self._of("console-state-", one["state"])
        return one["number"], self._field(one["field"]), value, state, self._at(one["filed_at"])

    def _consent(self, one: Row) -> tuple[str, ...]:
        return (
            self._at(one["at"]),
            self._of("export-how-", one["how"]),
            one["notice_version"],
            ", ".join(one["recipients"]),
        )

    def _proof(self, one: Row) -> tuple[str, ...]:
        return self._at(one["at"]), self._of("console-kind-", one["kind"])

    def _check_in(self, one: Row) -> tuple[str, ...]:
        moment = next((one[name] for name in ("sent_at", "created_at", "at") if one.get(name)), None)
        return self._at(moment), self._field(one["field"]), self._of("export-check-in-", one["state"])

    def _signal(self, one: Row) -> tuple[str, ...]:
        return self._at(one["at"]), self._of("export-signal-", one["kind"]), self._field(one["field"])

    def _disclosure(self, one: Row) -> tuple[str, ...]:
        return self._at(one["at"]), self._field(one["field"]), one["actor"], one["reason"]

    def _chat(self, chat: Row) -> str:
        rows = ((self._at(one["at"]), self._who(one), one["text"]) for one in chat["messages"])
        return self._table("chat", ("when", "who", "said"), rows, channel=chat["channel"])

    def _who(self, said: Row) -> str:
        kind = self._of("export-author-", said["author_kind"])
        return f"{kind} ({said['author']})" if said["author_kind"] == "staff" else kind

    def _table(self, name: str, columns: Iterable[str], rows: Iterable[tuple[str, ...]], **named: str) -> str:
        head = "".join(f"<th>{escape(self._say(f'export-column-{column}'))}</th>" for column in columns)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        heading = f"<h2>{escape(self._say(f'export-part-{name}', **named))}</h2>"
        if not body:
            return f"{heading}<p>{escape(self._say('export-nothing'))}</p>"
        return f"{heading}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _say(self, id: str, **named: str) -> str:
        return say(self._language, id, **named)

    def _of(self, set_of: str, member: str) -> str:
        """The words for one member of a set."""
        return catalogue(self._language).get(f"{set_of}{member}", member.replace("_", " "))

    def _field(self, field: str | None) -> str:
        if field is None:
            return ""
        try:
            return self._words.format(f"field-{field}", {})
        except LookupError:  # a detail of the company's own that was switched off since
            return field

    def _at(self, moment: str | None) -> str:
        return "" if moment is None else f"{dt.datetime.fromisoformat(moment):%Y-%m-%d %H:%M}"
