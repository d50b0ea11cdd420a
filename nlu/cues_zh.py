"""Chinese rules about cues. Letters are explained by the tables of `lexicon_zh`."""

from __future__ import annotations

from nlu.lexicon_zh import FIELDS_ZH
from nlu.rules import Grammar, rule, scope
from nlu.types import Holder, Operation, Polarity

_FIELD = "[APENICKBO]"
_ANY_FIELD = "[APENICKBOD]"
_MORE = rf"(?:[k&,n+]{{0,2}}{_FIELD}(?!\+?x)){{0,4}}"
_FREE = "[_~snoatkq0U=+]"
_OWN_OBJECT = rf"(?!{_FREE}{{0,4}}[xmbAPENICKBODH])"
_CHANGED = Operation.CHANGED
_WANTS = Operation.WANTS_CHANGE
_WRONG = Operation.WRONG_ON_RECORD
_GONE = Operation.UNREACHABLE
_NEGATED = Polarity.NEGATED

_RULES = (
    rule("verb-field", rf"c{_FREE}{{0,8}}(?P<f>{_ANY_FIELD}(?!\+?x){_MORE})", "c", _WANTS, 0.85),
    rule("changed-field", rf"h{_FREE}{{0,8}}(?P<f>{_ANY_FIELD}(?!\+?x){_MORE})", "h", _CHANGED, 0.85),
    rule("into-field", rf"r{_FREE}{{0,6}}(?P<f>[APN](?!\+?x){_MORE})", "r", _WANTS, 0.75),
    rule("into-new-field", rf"r{_FREE}{{0,3}}[na]_?(?P<f>[EBK](?!\+?x))", "r", _WANTS, 0.75),
    rule("into-number", r"r[_~,]{0,3}9", "r", _WANTS, 0.5, "phone"),
    rule("field-verb", rf"(?P<f>{_FIELD}{_MORE})(?!\+?x){_FREE}{{0,8}}[cr]{_OWN_OBJECT}", "cr", _WANTS, 0.8),
    rule("field-into", rf"(?P<f>[APENKB])(?!\+?x){_FREE}{{0,6}}r", "r", _WANTS, 0.8),
    rule("details-verb", rf"(?P<f>D)(?!\+?x){_FREE}{{0,4}}[chr]{_OWN_OBJECT}", "chr", _WANTS, 0.7),
    rule("field-changed", rf"(?P<f>{_FIELD}{_MORE})(?!\+?x){_FREE}{{0,8}}h{_OWN_OBJECT}", "h", _CHANGED, 0.85),
    rule("field-wrong", rf"(?P<f>{_ANY_FIELD}{_MORE})(?!\+?x){_FREE}{{0,6}}w", "w", _WRONG, 0.8),
    rule("field-differs", r"(?P<f>[APE])(?!\+?x)[^.?]{0,12}wq?c", "w", _WRONG, 0.75),
    rule("wrong-field", rf"w{_FREE}{{0,4}}(?P<f>{_FIELD}(?!\+?x){_MORE})", "w", _WRONG, 0.8),
    rule(
        "my-name", rf"s[_~o+]{{0,2}}(?P<f>m){_FREE}{{0,4}}[chrw]|[chr]{_FREE}{{0,3}}s[_~+]?m", "m", _WANTS, 0.8, "name"
    ),
    rule("name-wrong", r"(?P<f>m)[_~0+]{0,4}w|w[_~+]?m", "m", _WRONG, 0.75, "name"),
    rule("name-verb", rf"[ch]{_FREE}{{0,4}}m(?!\+?x)|m{_FREE}{{0,4}}[chr]", "m", _WANTS, 0.5, "name"),
    rule("field-gone", rf"(?P<f>[APE])(?!\+?x){_FREE}{{0,4}}[dp]", "dp", _GONE, 0.6),
    rule("number-lost", r"(?P<f>P)(?!\+?x)_{0,2}j", "j", _GONE, 0.42),
    rule("old-field-gone", rf"o{_FREE}{{0,6}}(?P<f>[APEB])(?!\+?x){_FREE}{{0,6}}[djp]", "djp", _GONE, 0.75),
    rule("card-gone-new", r"[Bb][^.?]{0,8}j[^?]{0,14}(?:F|[cn][^.?]{0,8}[Bb])", "j", _GONE, 0.75, "bank_account"),
    rule("card-verb", rf"c{_FREE}{{0,7}}b(?!\+?x)", "b", _WANTS, 0.8, "bank_account"),
    rule("card-changed", rf"b[q_]{{0,2}}[chr]{_OWN_OBJECT}|[h][_~n]{{0,3}}b", "b", _WANTS, 0.6, "bank_account"),
    rule("paid-elsewhere", r"7[^.?]{0,8}[na]_?[Bb](?!\+?x)", "7", _WANTS, 0.72, "bank_account"),
    rule("new-card", r"F", "F", _WANTS, 0.72, "bank_account"),
    rule("document-renewed", r"I[^.]{0,24}[Rh](?!\+?x)|I_{0,2}p[^.]{0,24}[cF]", "RhcF", _CHANGED, 0.72, "id_document"),
    rule("document-expired", r"(?P<f>I)_?p", "p", _CHANGED, 0.45),
    rule("new-field", rf"n{_FREE}{{0,4}}(?P<f>[APEBI](?!\+?x){_MORE})", "n", _CHANGED, 0.6),
    rule("new-field-is", r"n[_~+]{0,2}(?P<f>[APE])_?[=,09@]", "n", _CHANGED, 0.8),
    rule("not-using", r"[s~][_~s]{0,2}d[_~o+n]{0,4}(?P<f>[APE])", "d", _GONE, 0.6),
    rule("is-not-this", r"P[+_~]{0,2}z_?9", "z", _WRONG, 0.6, "phone"),
    rule("shown-old-field", rf"v{_FREE}{{0,6}}o[_~+]{{0,2}}(?P<f>[APEB])", "v", _WRONG, 0.5),
    rule("old-field-shown", rf"o[_~+]{{0,2}}(?P<f>[APEB]){_FREE}{{0,4}}v", "v", _WRONG, 0.5),
    rule("field-then-verb", r"(?P<f>[APEKBN])(?!\+?x)[^x]{0,24}[,.?][_~snoqU]{0,6}c_?(?=[q?.,]|$)", "c", _WANTS, 0.6),
    rule("moved", r"e(?![_~+]?[xH])", "e", _CHANGED, 0.8, "address"),
    rule("elsewhere", r"l", "l", _CHANGED, 0.75, "address"),
    rule("new-number", r"T", "T", _CHANGED, 0.85, "phone"),
    rule("phone-into-number", r"(?P<f>H)[_~qn+]{0,3}[crhn=]{1,2}[_~,]{0,2}9", "H", _WANTS, 0.8),
    rule("new-mailbox", r"n[+]?=?_?@", "@", _CHANGED, 0.75, "email"),
    rule("new-name", r"V", "V", _CHANGED, 0.75, "name"),
    rule("job", r"J(?!=)", "J", _CHANGED, 0.6, "company"),
    rule(
        "statements-as",
        r"S[^.?]{0,6}[crhvG][^.?]{0,4}Q|[crhvGq][^.?xSQ]{0,4}Q_?S(?!x)",
        "S",
        _WANTS,
        0.6,
        "other_personal",
    ),
    rule("married", r"M", "M", _CHANGED, 0.45, "other_personal"),
    rule("call-me", r"Y|y_{1,4}[.,]?_{0,2}(?:n|$)", "Yy", _WANTS, 0.55, "name"),
    rule("reach-me", r"W_?9|W[_~s+]{0,3}P[_~,=]{0,2}9|9[_~,]{0,2}W|P_{0,2}9[_~,q]{0,3}W", "W", _CHANGED, 0.45, "phone"),
    rule("still-same", rf"(?P<f>{_ANY_FIELD}{_MORE})[_~snotkU=+]{{0,4}}Z", "Z", _CHANGED, 0.85, polarity=_NEGATED),
    rule("same-field", rf"Z[_~sno+]{{0,2}}(?P<f>{_FIELD})", "Z", _CHANGED, 0.85, polarity=_NEGATED),
    rule("not-the-number", r"z_?[ch]_?(?P<f>P)", "z", _CHANGED, 0.85, polarity=_NEGATED),
)

_SCOPES = (
    scope("denied", "before", r"z[_~snoqk+]{0,2}", Polarity.NEGATED),
    scope("denied-inside", "inside", r"z[_~s]{0,2}[chr]", Polarity.NEGATED),
    scope("if", "clause", r"^[^q]*i[^q]*$", Polarity.HYPOTHETICAL, unless=r"q"),
    scope("if-how", "clause", r"i.*q", factor=0.8),
    scope("others-before", "before", r"(?<!k)(?<!ks)g[_~okq+]{0,3}(?:V[&k,])?", None, Holder.OTHER),
    scope("yours", "before", r"u[_~+]?", Polarity.QUESTION),
    scope("your-detail", "before", r"U[+]?", Polarity.QUESTION, only=("field-verb", "field-changed", "field-into")),
    scope("your-name", "clause", r"u[^s]{0,8}[mV]|[mV].{0,3}u", Polarity.QUESTION),
    scope("not-possible", "clause", r"^[^sq]*X[^sq?]*$", factor=0.4),
    scope("things-moved", "before", r"[HKxDt][_~q]{0,3}", Polarity.QUESTION, only=("moved",)),
    scope("who-moved", "before", r"^[^s]*_[^s]*_[^s]*", factor=0.45, only=("moved",)),
)

GRAMMAR_ZH = Grammar(FIELDS_ZH, _RULES, _SCOPES, ".?,")
