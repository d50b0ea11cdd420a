"""Chinese rules about cues. Letters are explained by the tables that `lexicon_zh` joins."""

from __future__ import annotations

from nlu.fields_zh import FIELDS_ZH
from nlu.rules import Grammar, rule, scope
from nlu.types import Holder, Operation, Polarity

_FIELD = "[APENICKBO]"
_ANY_FIELD = "[APENICKBOD]"
_MORE = r"(?:[k&,n+_]{0,2}[APENICKBOmH](?!\+?x)){0,4}"
_FREE = "[_~snoatkq80U=+ßÜþ#ő]"
_OWN_OBJECT = rf"(?!{_FREE}{{0,4}}[xmbAPENICKBODH])"
_NEW_PLACE = "[1A]"
_CHANGED = Operation.CHANGED
_WANTS = Operation.WANTS_CHANGE
_WRONG = Operation.WRONG_ON_RECORD
_GONE = Operation.UNREACHABLE
_ADD = Operation.ADD
_REMOVE = Operation.REMOVE
_NEGATED = Polarity.NEGATED
_ASKED = Polarity.QUESTION

_PLAIN = (
    rule("verb-field", rf"c{_FREE}{{0,8}}(?P<f>{_ANY_FIELD}(?!\+?x){_MORE})", "c", _WANTS, 0.85),
    rule("changed-field", rf"h{_FREE}{{0,8}}(?P<f>{_ANY_FIELD}(?!\+?x){_MORE})", "h", _CHANGED, 0.85),
    rule("into-field", rf"r{_FREE}{{0,6}}(?P<f>[APN](?!\+?x){_MORE})", "r", _WANTS, 0.75),
    rule("into-new-field", rf"r{_FREE}{{0,3}}[na]_?(?P<f>[EBK](?!\+?x))", "r", _WANTS, 0.75),
    rule("into-bank", r"r[_~q]{0,3}(?P<f>B)(?!\+?x)", "r", _WANTS, 0.6),
    rule("into-number", r"r[_~,]{0,3}9", "r", _WANTS, 0.5, "phone"),
    rule("into-mailbox", r"r[_~,=+]{0,3}@", "r", _WANTS, 0.72, "email"),
    rule("field-verb", rf"(?P<f>{_FIELD}{_MORE})(?!\+?x){_FREE}{{0,8}}[cr]{_OWN_OBJECT}", "cr", _WANTS, 0.8),
    rule("field-into", rf"(?P<f>[APENKBI])(?!\+?x){_FREE}{{0,6}}r", "r", _WANTS, 0.8),
    rule(
        "list-verb",
        rf"(?P<f>[mHb](?:[k&,_]{{0,2}}[APENICKBOmHb](?!\+?x)){{1,4}}){_FREE}{{0,8}}[chrw]{_OWN_OBJECT}",
        "mHb",
        _WANTS,
        0.72,
    ),
    rule("details-verb", rf"(?P<f>D)(?!\+?x){_FREE}{{0,4}}[chr]{_OWN_OBJECT}", "chr", _WANTS, 0.7),
    rule("field-changed", rf"(?P<f>{_FIELD}{_MORE})(?!\+?x){_FREE}{{0,8}}h{_OWN_OBJECT}", "h", _CHANGED, 0.85),
    rule("field-changed-so", r"(?P<f>[APENB])h", "h", _CHANGED, 0.6),
    rule("field-is-anothers", r"(?P<f>[APEB])(?!\+?x)[^.?xn]{0,4}=[_~s]{0,2}g", "=", _WRONG, 0.5),
    rule("new-value", r"(?P<f>E)[^?]{0,8}n_?@", "@", _CHANGED, 0.72),
    rule("field-wrong", rf"(?P<f>{_ANY_FIELD}{_MORE})(?!\+?x){_FREE}{{0,6}}w", "w", _WRONG, 0.8),
    rule("field-differs", r"(?P<f>[APE])(?!\+?x)[^.?]{0,12}wq?c", "w", _WRONG, 0.75),
    rule("wrong-field", rf"w{_FREE}{{0,4}}(?P<f>{_FIELD}(?!\+?x){_MORE})", "w", _WRONG, 0.8),
    rule("part-wrong", r"Æ[_+Ü0]{0,3}w|Æ[_~sq+Ü0]{0,5}r", "w", _WRONG, 0.72, "address"),
    rule("new-field", rf"n{_FREE}{{0,4}}(?P<f>[APEBI](?!\+?x){_MORE})", "n", _CHANGED, 0.6),
    rule("new-field-is", r"n[_~+]{0,2}(?P<f>[APE])[_#]?[=,09@]", "n", _CHANGED, 0.8),
    rule("add-field", rf"4{_FREE}{{0,6}}(?P<f>[APEKBCIO](?!\+?x)|D(?!\+?x)){_OWN_OBJECT}", "4", _ADD, 0.72),
    rule("field-added", rf"(?P<f>[APEKBID])(?!\+?x){_FREE}{{0,5}}4{_OWN_OBJECT}", "4", _ADD, 0.6),
    rule("remove-field", rf"6{_FREE}{{0,8}}(?P<f>{_FIELD}(?!\+?x))", "6", _REMOVE, 0.75),
    rule(
        "field-removed", rf"(?:z[_~sq]{{0,3}})?(?P<f>{_FIELD})(?!\+?x)[^.?x]{{0,10}}6{_OWN_OBJECT}", "6", _REMOVE, 0.75
    ),
    rule("verb-then-field", rf"[crhw][_~q8]{{0,3}},_?(?P<f>{_ANY_FIELD}{_MORE})[_.?]{{0,2}}$", "crhw", _WANTS, 0.6),
    rule("field-near-verb", rf"(?P<f>{_FIELD}{_MORE})(?!\+?x)[^.?xZ]{{0,16}}[crhw]{_OWN_OBJECT}", "crhw", _WANTS, 0.55),
    rule("verb-near-field", rf"[crhw][^.?,xZ]{{0,12}}(?P<f>{_FIELD}{_MORE})(?!\+?x)", "crhw", _WANTS, 0.45),
)

_STALE = (
    rule("field-gone", rf"(?P<f>[APEK])(?!\+?x){_FREE}{{0,4}}[dp]", "dp", _GONE, 0.6),
    rule("number-lost", r"(?P<f>P)(?!\+?x)_{0,2}j", "j", _GONE, 0.42),
    rule("old-field-gone", rf"o{_FREE}{{0,6}}(?P<f>[APEB])(?!\+?x){_FREE}{{0,6}}[djpXØ]", "djpXØ", _GONE, 0.75),
    rule("not-using", r"[s~][_~s]{0,2}d[_~o+n]{0,4}(?P<f>[APE])", "d", _GONE, 0.6),
    rule("is-not-this", r"P[+_~]{0,2}z_?9", "z", _WRONG, 0.6, "phone"),
    rule("shown-old-field", rf"[v=]{_FREE}{{0,6}}o[_~+]{{0,2}}(?P<f>[APEBINKCD])", "v=", _WRONG, 0.6),
    rule("old-field-shown", rf"o[_~+]{{0,2}}(?P<f>[APEB]){_FREE}{{0,4}}v", "v", _WRONG, 0.5),
    rule("field-is-old", rf"(?P<f>{_ANY_FIELD}{_MORE})(?!\+?x)[^.?xn]{{0,6}}[v=][_~+s]{{0,2}}o", "v=", _WRONG, 0.72),
    rule("old-field-no-more", r"o[_~+]{0,2}(?P<f>[APEBIKD])(?!\+?x)", "o", _WRONG, 0.3),
    rule("field-then-verb", r"(?P<f>[APEKBN])(?!\+?x)[^x]{0,24}[,.?][_~snoqU8]{0,6}c_?(?=[q8?.,]|$)", "c", _WANTS, 0.6),
)

_PHONE = (
    rule("new-number", r"T(?!x)", "T", _CHANGED, 0.85, "phone"),
    rule("number-changed", rf"(?<![0EIBmb:])#[_~ksq8ß+]{{0,5}}[hcr]{_OWN_OBJECT}", "#", _CHANGED, 0.75, "phone"),
    rule("number-gone", r"(?<![0EIBmb:])#[_~kqo+s]{0,5}[djw]|d\+?#", "#", _GONE, 0.72, "phone"),
    rule("old-number", r"o_?#", "#", _GONE, 0.5, "phone"),
    rule("handset-is-old", r"H[^.?x]{0,8}[=v][^.?x]{0,2}o|[v=][_~sg+]{0,3}o[_+g]{0,2}H", "H", _WRONG, 0.55, "phone"),
    rule("handset-rebound", r"H[^.?xP]{0,10}[cr](?=$|[_q8.?,])", "H", _WANTS, 0.3, "phone"),
    rule("new-number-here", r"n_?#", "#", _CHANGED, 0.6, "phone"),
    rule("verb-number", r"[chrw][_~sno+q]{0,4}(?<!0)#", "#", _WANTS, 0.6, "phone"),
    rule("phone-into-number", r"(?P<f>H)[_~qn+8]{0,3}[crhn=]{1,2}[_~,]{0,2}9", "H", _WANTS, 0.8),
    rule(
        "reach-me", r"W_?9|W[_~s+]{0,3}P[_~,=]{0,2}9|9[_~,]{0,2}W|P_{0,2}9[_~,q8]{0,3}W", "W", _CHANGED, 0.45, "phone"
    ),
)

_BANK = (
    rule("card-gone-new", r"[Bb][^.?]{0,8}j[^?]{0,14}(?:F|[cn][^.?]{0,8}[Bb])", "j", _GONE, 0.75, "bank_account"),
    rule(
        "bound-card-gone",
        r"(?:7[^.?x]{0,10}|o_?|v_?)b[^.?x]{0,6}[djp]|B[_~skq+8]{0,4}d",
        "djp",
        _GONE,
        0.6,
        "bank_account",
    ),
    rule("card-removed", r"6[_~so+0n]{0,5}b(?!\+?x)|b[^.?x]{0,8}6", "6", _REMOVE, 0.72, "bank_account"),
    rule("card-added", r"4[_~so+0n]{0,5}b(?!\+?x)", "4", _ADD, 0.6, "bank_account"),
    rule("new-card-here", r"n_?b(?!x)", "b", _CHANGED, 0.45, "bank_account"),
    rule("card-then-verb", r"b[^.?x]{0,14},[^.?x]{0,6}c(?=$|[_q8.?,n])", "c", _WANTS, 0.5, "bank_account"),
    rule("card-verb", rf"c{_FREE}{{0,7}}b(?!\+?x)", "b", _WANTS, 0.8, "bank_account"),
    rule("card-changed", rf"b[q8_]{{0,2}}[chr]{_OWN_OBJECT}|[h][_~n]{{0,3}}b", "b", _WANTS, 0.6, "bank_account"),
    rule("paid-elsewhere", r"7[^.?]{0,8}[na]_?[Bb](?!\+?x)", "7", _WANTS, 0.72, "bank_account"),
    rule(
        "paid-changed", r"[chr][^.?x]{0,6}7[^.?x]{0,4}b|7[^.?x]{0,6}b[^.?x]{0,6}[chr]", "7", _WANTS, 0.5, "bank_account"
    ),
    rule("new-card", r"(?<!x)F(?!_?x)", "F", _WANTS, 0.72, "bank_account"),
)

_PAPERS = (
    rule(
        "document-renewed",
        r"I[^.APENBKO]{0,18}[Rh](?!\+?x)|I_{0,2}p[^.]{0,24}[cF]",
        "RhcF",
        _CHANGED,
        0.72,
        "id_document",
    ),
    rule("document-expired", r"(?P<f>I)_?p", "p", _CHANGED, 0.45),
    rule(
        "paper-changed",
        r"[on:]_?:[^.?x]{0,8}[chrRpd]|:[_~]{0,3}(?:p[^.?]{0,14}[cnR]|[chrw])",
        ":",
        _CHANGED,
        0.6,
        "id_document",
    ),
    rule("paper-expired-before", r"p_{0,3}[I:][^.?]{0,10}[nchR]", "p", _CHANGED, 0.72, "id_document"),
    rule("new-paper", r"n[_+]{0,2}[I:][^.?x]{0,8}[RPcrq]", "n", _CHANGED, 0.55, "id_document"),
)

_NAMES = (
    rule(
        "my-name", rf"s[_~o+]{{0,2}}(?P<f>m){_FREE}{{0,4}}[chrw]|[chr]{_FREE}{{0,3}}s[_~+]?m", "m", _WANTS, 0.8, "name"
    ),
    rule("name-wrong", r"(?P<f>m)[_~0+Üqsk8]{0,4}w|w[_~+]?m", "m", _WRONG, 0.75, "name"),
    rule("name-verb", rf"[ch]{_FREE}{{0,4}}m(?!\+?x)|m{_FREE}{{0,4}}[chr]", "m", _WANTS, 0.5, "name"),
    rule("name-is-not", r"m[^.?xz]{0,6}[=,_][,_]{1,3}z[=_]?,", "m", _WRONG, 0.72, "name"),
    rule("name-is-old", r"m[^.?x]{0,5}[v=][_~+s]{0,2}o", "m", _WRONG, 0.72, "name"),
    rule("new-name", r"V(?!x)", "V", _CHANGED, 0.75, "name"),
    rule("call-me", r"Y|y_{1,4}[.,]?_{0,2}(?:n|$)", "Yy", _WANTS, 0.55, "name"),
)

_PLACES = (
    rule("moved", r"e(?![_~+]?[xH])", "e", _CHANGED, 0.8, "address"),
    rule("elsewhere", r"l", "l", _CHANGED, 0.75, "address"),
    rule("sent-elsewhere", r"3(?!_?[9@EPg][_~,]?9)(?!_?[9@E])", "3", _WANTS, 0.72, "address"),
    rule("sent-no-more", r"/(?![^.?]{0,4}[SQEP@])[^.?]{0,24}[vr3eG]", "/", _WANTS, 0.72, "address"),
    rule("to-new-place", r"[vrc3][^.?x]{0,4}1|1[^.?x]{0,8}[vcrh]|1[_+]?A", "1", _WANTS, 0.72, "address"),
    rule("to-old-place", r"[v/][^.?x]{0,5}2", "2", _WRONG, 0.72, "address"),
)

_PEOPLE = (
    rule("other-receiver", r"[crv][_~s+q8]{0,2}[gs][_+]{0,3}收", "g", _WANTS, 0.72, "contact_person"),
    rule("field-is-theirs", r"(?P<f>K)[^.?x]{0,6}[vcr=z][_~+s]{0,2}[gþ]", "K", _WANTS, 0.72),
    rule("job", r"J(?!=)", "J", _CHANGED, 0.6, "company"),
    rule("left-job", r"Ñ", "Ñ", _CHANGED, 0.42, "company"),
    rule(
        "firm-changed",
        rf"[<ő][_~skqß+n]{{0,4}}[hw]{_OWN_OBJECT}|[ch][_~]{{0,2}}n?<(?!x)",
        "<ő",
        _CHANGED,
        0.6,
        "company",
    ),
    rule("firm-verb", r"[<ő][^.?xeKEBPADNO]{0,8}[cr](?=$|[_q8.?,])", "<ő", _WANTS, 0.5, "company"),
    rule("firm-renamed", r"[<őC][_~s+8q]{0,8}V|[<ő][_~+]{0,2}m[_~q8+]{0,4}[chrw]", "<őC", _CHANGED, 0.76, "company"),
    rule(
        "statements-as",
        r"S[^.?]{0,6}[crhvGqz8][^.?]{0,4}Q|[SQ][^.?]{0,5}[cr][^.?x]{0,3}[SEPQ]",
        "S",
        _WANTS,
        0.72,
        "other_personal",
    ),
    rule(
        "as-statements",
        r"[zcG/]_?Q[^.?]{0,6}Q|[crhvGqz][^.?xSQ]{0,4}Q[_+]{0,2}S(?!x)|Q_?[crG][^.?]{0,3}Q|r[_~]{0,2}S",
        "SQ",
        _WANTS,
        0.72,
        "other_personal",
    ),
    rule("work", r">", ">", _CHANGED, 0.42, "other_personal"),
    rule("married", r"M", "M", _CHANGED, 0.45, "other_personal"),
)

_DENIED = (
    rule(
        "still-same",
        rf"(?P<f>{_ANY_FIELD}{_MORE})(?:[_~snotkU=+q8ßv]{{0,4}}Z|,_?Z(?=$|[.?]))",
        "Z",
        _CHANGED,
        0.85,
        polarity=_NEGATED,
    ),
    rule("same-field", rf"Z[_~sno+]{{0,2}}(?P<f>{_FIELD})", "Z", _CHANGED, 0.85, polarity=_NEGATED),
    rule("same-card", r"Z[_~s]{0,2}b|b[_~sk]{0,2}Z", "Z", _CHANGED, 0.85, "bank_account", _NEGATED),
    rule("same-name", r"m[_~+kns]{0,3}Z|Z_?[mV]", "Z", _CHANGED, 0.85, "name", _NEGATED),
    rule("same-firm", r"Z_?<|<[_~]?Z|zJ", "ZJ", _CHANGED, 0.85, "company", _NEGATED),
    rule("same-number", r"Z[_~s]{0,2}#|(?<!0)#[_~sk]{0,2}Z", "#", _CHANGED, 0.85, "phone", _NEGATED),
    rule("done-yet", rf"(?P<f>{_ANY_FIELD}{_MORE})[^.?x]{{0,8}}ç", "ç", _CHANGED, 0.85, polarity=_ASKED),
    rule("card-done-yet", r"[bF][^.?x]{0,8}ç", "ç", _CHANGED, 0.85, "bank_account", _ASKED),
    rule("name-done-yet", r"m[^.?x]{0,8}ç", "ç", _CHANGED, 0.85, "name", _ASKED),
    rule("number-done-yet", r"#[^.?x]{0,8}ç", "ç", _CHANGED, 0.85, "phone", _ASKED),
    rule("not-the-number", r"z_?[ch]_?(?P<f>P)", "z", _CHANGED, 0.85, polarity=_NEGATED),
)

_WISHES = ("verb-field", "field-verb", "new-number", "field-near-verb", "details-verb", "job", "moved", "new-card")
_BARE = ("field-changed", "moved", "new-number", "number-changed", "new-name", "card-changed", "job", "firm-changed")
_COMPANYS = ("field-verb", "field-changed", "field-into", "moved", "firm-changed", "firm-renamed", "into-field")
_SCOPES = (
    scope("denied", "before", r"z[_~snok+ßq8=]{0,2}", Polarity.NEGATED, needs="z"),
    scope("denied-inside", "inside", r"z[_~s]{0,2}[chre]", Polarity.NEGATED, needs="z"),
    scope("denied-after", "after", r"[_~,+q8sz]{0,8}Z(?![_~,]{0,3}c)", Polarity.NEGATED, only=_WISHES, needs="Z"),
    scope(
        "kept",
        "around",
        r"»[^.?]{0,8}Z|^Z[_,]{0,2}«",
        Polarity.NEGATED,
        only=("field-is-old", "shown-old-field"),
        needs="Z",
    ),
    scope("done-yet", "after", r"[^.?]{0,8}%", Polarity.QUESTION, needs="%"),
    scope("done-yet-inside", "inside", r"%", Polarity.QUESTION, needs="%"),
    scope("done-yet-before", "before", r"%[^.?]{0,6}", Polarity.QUESTION, needs="%"),
    scope(
        "whether",
        "around",
        r"^[^8q]*«[^8q]*»_?(?:8(?:$|[.?_])|z(?:$|[.?,]))",
        Polarity.QUESTION,
        only=_BARE,
        needs="8z",
    ),
    scope("whether-done", "around", r"[8u][qs+]{0,3}«[^»]*h", Polarity.QUESTION, needs="8u"),
    scope("if", "before", r"i[^.?q]*", Polarity.HYPOTHETICAL, unless=r"q[^.?,]{0,4}[chr64]", needs="i"),
    scope("if-inside", "inside", r"i", Polarity.HYPOTHETICAL, unless=r"q[^.?,]{0,4}[chr64]", needs="i"),
    scope("if-after", "after", r"_{0,2}i", Polarity.HYPOTHETICAL, unless=r"q[^.?,]{0,4}[chr64]", needs="i"),
    scope(
        "what-would",
        "after",
        r"[_~+]{0,3}f",
        Polarity.HYPOTHETICAL,
        only=("job", "verb-field", "moved", "new-name"),
        needs="f",
    ),
    scope(
        "others",
        "around",
        r"(?<!k)(?<!ks)[g5][_~okq8+]{0,3}(?:V[&k,])?«(?!K)[^»]*»(?!_?(?:a|s\+|s$))",
        None,
        Holder.OTHER,
        unless=r"[crh][_~q8]{0,2}[as]",
        needs="g5",
    ),
    scope("yours", "before", r"u\+?", Polarity.QUESTION, needs="u"),
    scope("your-detail", "before", r"U[+]?<?[_~+]?", Polarity.QUESTION, only=_COMPANYS, needs="U"),
    scope(
        "your-name",
        "clause",
        r"u[^s]{0,8}[mV]|[mV].{0,3}u",
        Polarity.QUESTION,
        only=("new-name", "name-verb", "call-me"),
        needs="u",
    ),
    scope("clerk", "clause", r"Ç", Polarity.QUESTION, needs="Ç"),
    scope("story", "clause", r"!", factor=0.3, needs="!"),
    scope(
        "at-the-office",
        "around",
        r"Ö",
        factor=0.5,
        only=("verb-field", "new-name", "name-verb", "firm-renamed", "document-expired", "document-renewed"),
        needs="Ö",
    ),
    scope("a-firms-name", "before", r"[<őC][_~s+8q]{0,8}", factor=0.3, only=("new-name", "name-verb")),
    scope("on-a-paper", "before", r"I[_~+]?", factor=0.5, only=("new-name",)),
    scope(
        "of-a-thing",
        "before",
        r"x[_+]{0,3}",
        factor=0.4,
        only=("new-name", "name-verb", "name-wrong", "new-card", "new-number"),
    ),
    scope("not-possible", "clause", r"^[^sq]*X[^sq?]*$", factor=0.4, needs="X"),
    scope("things-moved", "before", r"[HKxDt5][_~q8]{0,3}", Polarity.QUESTION, only=("moved",)),
    scope("a-firm-moved", "before", r"(?<![ßs])<[_~q8]{0,3}", factor=0.6, only=("moved",)),
    scope("who-moved", "before", r"^[^sßő]*_[^sßő]*_[^sßő]*", factor=0.45, only=("moved",)),
    scope("who-renamed", "before", r"^[^sßgþő]*_[^sßgþő]*_[^sßgþő]*_[^sßgþő]*", factor=0.6, only=("new-name",)),
    scope("left-and-more", "clause", r"[EK]", factor=0.9, only=("left-job",)),
    scope("family", "before", r"ß[^.?<]*|þ[_~okq8+]{0,3}", None, Holder.HOUSEHOLD, needs="ßþ"),
)

GRAMMAR_ZH = Grammar(
    FIELDS_ZH,
    (*_PLAIN, *_STALE, *_PHONE, *_BANK, *_PAPERS, *_NAMES, *_PLACES, *_PEOPLE, *_DENIED),
    _SCOPES,
    clause_ends="",
    reach=30,
)
