"""English rules about cues. Letters are explained by the tables of `fields_en`, `signs_en`,
`grammar_words_en` and `objects_en`."""

from __future__ import annotations

from typing import Any

from nlu.fields_en import FIELDS_EN
from nlu.rules import Grammar, Rule, Scope, rule, scope
from nlu.types import Holder, Operation, Polarity

_SIBLINGS = {
    "_": "ßÇøSŗñæüöõ7þģĉŜẑĩƒ",
    "x": "çř",
    "s": "T",
    "m": "F",
    "U": "ð",
    ",": "ŵ",
    "Q": "Ð",
    "a": "ã",
    "Z": "ż",
    "O": "Ø",
}
"""Letters that shapes written with the first letter take as well: "we" for "I", "our" for "my", a card for a thing."""


def _wide(shape: str) -> str:
    """The shape, with the siblings of each of its letters."""
    wide, within, counted = "", False, False
    for char in shape:
        within = (within or char == "[") and char != "]"
        counted = (counted or char == "{") and char != "}"
        siblings = "" if counted else _SIBLINGS.get(char, "")
        wide += char if not siblings else f"{char}{siblings}" if within else f"[{char}{siblings}]"
    return wide


def _rule(name: str, shape: str, needs: str, *rest: Any, **more: Any) -> Rule:
    return rule(name, _wide(shape), needs, *rest, **more)


def _scope(name: str, where: str, shape: str, *rest: Any, **more: Any) -> Scope:
    return scope(name, where, _wide(shape), *rest, **more)


_ALL = "[APENICKBODH]"
_NAMED = "[APENICKBØ]"
_FILL = "[_mtyunosG]"
_MORE = rf"(?:[,&]{{0,2}}{_FILL}{{0,3}}(?!N_?Q){_ALL}(?!x)){{0,4}}"  # not "…, my name is Ann"
_ALSO = rf"(?:[,&]{{0,2}}{_FILL}{{0,3}}{_ALL}(?![xQbR])){{0,4}}"
_ONES = r"(?:[APENICKBOH#][,&]{1,2}[_mt]{0,3}){0,2}"
_PLACE = r"(?:[p>][_mtxuGDs]{0,3}|t?U[_a]{1,2}){0,3}"
_KEPT_NAME = r"M[^.?]{0,6}(?:æ[^.?]{0,3}N|N_{0,2}[æZ])|æ[^.?]{0,3}N[^.?]{0,6}M"
_NOT_A_THING = r"(?![mtux]|_?[mtu]_?x|>?[mt]?[_n]{0,2}x)"

_CHANGED = Operation.CHANGED
_WANTS = Operation.WANTS_CHANGE
_WRONG = Operation.WRONG_ON_RECORD
_NEGATED = Polarity.NEGATED
_QUESTION = Polarity.QUESTION

_RULES = (
    # "change my old delivery address and phone", "some changes to my details", "correction in the address"
    _rule(
        "verb-field",
        rf"[ch]q?_?>?(?:t>)?{_FILL}{{0,5}}[xp]?(?P<f>(?:[APEICKBOD]|N(?!>[mtu]?_?x))(?!x){_ALSO})",
        "ch",
        _WANTS,
        0.88,
    ),
    _rule("verb-phone", r"[ch][mn]{1,2}(?P<f>H)(?=[.?,&]|$|>?[_0]?[09])", "H", _WANTS, 0.6),
    _rule("verb-phone-to-number", r"[chR][_mn]{0,3}(?P<f>H)(?:[>_#]{0,3}[90])", "H", _WANTS, 0.88),
    _rule("correct-verb", rf"(?<![tbQ])Rm{_FILL}{{0,3}}(?P<f>{_NAMED}(?!x){_ALSO})", "R", _WANTS, 0.85),
    _rule("to-correct", rf"[>q]R(?:[mt]{_FILL}{{0,3}})?(?P<f>[APENICKBOD](?!x){_ALSO})", "R", _WANTS, 0.85),
    _rule("my-field-should-be", r"m_?(?P<f>[APEN])v_?b", "v", _WRONG, 0.72),
    _rule("old-number", r"[mt]_?o_?#", "#", _WRONG, 0.5, "phone"),
    _rule("field-is-now", r"(?P<f>[APENCKI#])5", "5", _CHANGED, 0.75),
    _rule("number-changed", r"(?P<f>#)[Qb_]{0,2}h", "#", _CHANGED, 0.75),
    _rule("is-not-this", r"[P#]Q?z9", "z", _WRONG, 0.6, "phone"),
    _rule("for-a-while", r"[sf]_?b?_?6_?1|[sf][Qb_]{0,2}1[^.?]{0,8}6|6_?A", "6", _CHANGED, 0.55, "address"),
    _rule("verb-number", r"[ch][mtnG]{1,2}n?(?P<f>#)", "#", _WANTS, 0.8),
    _rule("new-number", r"[nw]#|#[Qb_]{0,2}w", "#", _CHANGED, 0.75, "phone"),
    _rule("my-field-to-be", r"v[tm](?P<f>[APEN])>[b_]", "v", _WANTS, 0.72),
    _rule("statements-by", r"v[_m]{0,3}(?P<f>O)p_", "O", _WANTS, 0.5),
    _rule("correct-noun", rf"[tm]R{_FILL}{{0,2}}(?P<f>[APE](?!x))[Qb]?", "R", _WRONG, 0.6),
    # "how my monthly statements are delivered" is read by verb-field; "address change", "email address update please"
    _rule("field-noun", rf"(?P<f>[APENICKBO]{_MORE})c(?![mtn_]{{0,3}}x)", "c", _WANTS, 0.85),
    # "my address needs to be changed", "the address on my account has been changed"
    _rule(
        "field-changed",
        rf"(?P<f>[APENICKBOD]{_MORE}){_PLACE}(?:(?:[Qb]{{1,3}}|[Qb]{{0,2}}a?_?|v[>q]?)_?b?b?[ch]|"
        rf"v>?b?[ch])(?![mtn_]{{0,3}}x)",
        "ch",
        _CHANGED,
        0.82,
    ),
    _rule("phone-changed", r"[ms](?P<f>H)[Qb_]{0,2}h(?=[.?,&]|$)", "H", _CHANGED, 0.5),
    _rule("new-field", rf"(?<![uU])n[_o]{{0,2}}(?P<f>[APE](?!x){_MORE})", "n", _CHANGED, 0.82),
    _rule("paid-elsewhere", r"7[^.?]{0,8}n_?(?P<f>B)", "7", _WANTS, 0.72),
    _rule("new-phone-is", r"n(?P<f>H)[Qb_,5]{0,2}[09]", "H", _CHANGED, 0.75),
    _rule("my-field-is", r"[m,](?P<f>[PEH])[Q,]_?[9@]", "PEH", _CHANGED, 0.35),
    _rule("my-new-field", r"m[_]?n_?(?P<f>[NICKB](?!x))", "n", _CHANGED, 0.72),
    _rule("old-field", rf"[mt]_?o{_FILL}{{0,2}}(?P<f>[APENICKB](?!x))", "o", _WRONG, 0.55),
    _rule("wrong-field", rf"w[>p]?{_FILL}{{0,3}}(?P<f>{_NAMED}(?!x){_MORE})", "w", _WRONG, 0.82),
    _rule("field-wrong", rf"(?P<f>{_NAMED}{_MORE}){_PLACE}[Qb_tUs]{{0,4}}w", "w", _WRONG, 0.82),
    _rule("details-wrong", rf"(?:[mt]_?|^)(?P<f>D){_PLACE}[Qb_t]{{0,3}}w", "w", _WRONG, 0.7),
    _rule("add-new", rf"a{_FILL}{{0,2}}n{_FILL}{{0,2}}(?P<f>{_NAMED})", "n", Operation.ADD, 0.72),
    _rule("add-mine", r"a(?:m_{0,2}|[tn]{1,2}_?)(?P<f>[APEK])[p>](?:[tm]_?)?(?:_|D|x)", "a", Operation.ADD, 0.6),
    _rule("remove", rf"r{_FILL}{{0,3}}(?P<f>[APEKBN](?!x))", "r", Operation.REMOVE, 0.72),
    _rule("dead-field", rf"j{_FILL}{{0,3}}(?P<f>[APECIB](?!x))", "j", Operation.UNREACHABLE, 0.72),
    _rule("field-dead", rf"(?P<f>[APE]){_PLACE}[Qb_]{{0,3}}j", "j", Operation.UNREACHABLE, 0.72),
    _rule(
        "moved",
        rf"(?:(?:[sfgU][_>t]{{0,3}}|m_?f|[CA]Q{{0,2}}|^|[.,&])a?z?[bQ]?_?b?e){_NOT_A_THING}",
        "e",
        _CHANGED,
        0.82,
        "address",
    ),
    _rule(
        "will-move",
        rf"(?:[sf]|^)[_bvQip]{{0,4}}>?(?:e|V(?!_?0|p_{{1,2}}>)){_NOT_A_THING}",
        "Ve",
        _CHANGED,
        0.75,
        "address",
    ),
    _rule("home-bought", r"d[tm]?[_n]{0,2}X(?!_?x)", "X", _CHANGED, 0.72, "address"),
    _rule("new-home", r"[mtp>a]n_?X(?!_?x)|m_?oX", "X", _CHANGED, 0.55, "address"),
    _rule("not-living", r"z[b_]{0,2}1", "1", _CHANGED, 0.5, "address"),
    _rule("new-one", r"(?P<f>[APENBCKI])[^.?x]{0,12}3", "3", _CHANGED, 0.6),
    _rule("paperless", r"[cvqha][^.?,]{0,6}4", "4", _WANTS, 0.6, "other_personal"),
    _rule("add-second", r"a[_mt]{0,2}2_?(?P<f>[APE#K])", "2", Operation.ADD, 0.72),
    _rule("elsewhere", r"(?:[smf]_?_?a?b?_?|^|[.,&])l", "l", _CHANGED, 0.75, "address"),
    _rule("job", r"J", "J", _CHANGED, 0.6, "company"),
    _rule(
        "statements-from-now",
        r"[qv][^.?,]{0,5}O_{0,3}L|(?:^|[.,])[_a]{0,3}O_{0,2}L",
        "L",
        _WANTS,
        0.6,
        "other_personal",
    ),
    _rule("personal-hint", r"(?:[sf]_?[bQa_]{0,2}|^|[,.&])M", "M", _CHANGED, 0.45, "other_personal"),
    _rule("married", r"(?:[sf]_?[bQa_]{0,2}|^|[,.&])M", "M", _CHANGED, 0.45, "name"),
    _rule("call-me", r"y_{1,3}[>p]?_?L|Y|y[tn]{0,2}n?L|z_?y_{1,2}L?", "yY", _WANTS, 0.75, "name"),
    _rule("call-me-too", r"&y_\.?_{0,3}(?=[.,]|$)", "y", _WANTS, 0.5, "name"),
    _rule("reach-me", r"(?:y|Ws)_?[p>]?[mt]?_?(?:P|H|n)?_{0,2}9", "yW", _CHANGED, 0.45, "phone"),
    _rule("mail-me", r"(?:W|E|x|a)s?[p>]_?_?@", "@", _CHANGED, 0.45, "email"),
    # the same signs farther apart: asked about, never taken for granted
    _rule(
        "verb-near-field",
        rf"[ch][^.?x,gGu]{{0,7}}(?P<f>(?:[APEICKBØ]|N(?!_?Q)){_MORE})(?!>?[mtu]?_?x)",  # not "…, my name is Ann"
        "ch",
        _WANTS,
        0.72,
    ),
    _rule("field-near-verb", rf"(?P<f>{_ONES}[APENICKBØ])(?!>?[mtu]?_?x)[^.?xgG,]{{0,8}}[ch]", "ch", _WANTS, 0.72),
    _rule("wrong-near-field", r"w[^.?xgGu,]{0,6}(?P<f>[APENICKBØ]|H(?=p|$|[.,]))(?!>?[mtu]?_?x)", "w", _WRONG, 0.72),
    _rule("field-near-wrong", rf"(?P<f>{_ONES}[APENICKBØ#])(?!>?[mtu]?_?x)[^.?x,]{{0,8}}w", "w", _WRONG, 0.72),
    _rule("field-should-be", r"(?P<f>[APENICKBØH#])(?!>?[mtu]?_?x)[^.?xUq]{0,5}v[>q_]{0,2}[bSL]", "v", _WRONG, 0.45),
    _rule("field-you-have", r"t(?P<f>[APENICKBØ#])[^.?]{0,2}U_?a[^.?]{0,3}[QzjwoL]", "U", _WRONG, 0.45),
    _rule("field-near-old", rf"(?P<f>{_ONES}[APENICKB])(?!>?[mtu]?_?x)[^.?x,]{{0,6}}o", "o", _WRONG, 0.5),
    _rule("old-field-first", r"(?:^|[.,&])_?o_?(?P<f>[APENICKB]|H(?=p|_?[09]))(?!>?[mtu]?_?x)", "o", _WRONG, 0.72),
    _rule(
        "dead-near-field", rf"j[^.?x,]{{0,5}}(?P<f>[APECIKBH#]{_MORE})(?!>?[mtu]?_?x)", "j", Operation.UNREACHABLE, 0.72
    ),
    _rule(
        "field-near-dead", rf"(?P<f>{_ONES}[APECIKBH#])(?!>?[mtu]?_?x)[^.?x]{{0,7}}j", "j", Operation.UNREACHABLE, 0.5
    ),
    _rule("no-more-field", r"z[^.?x,]{0,4}(?P<f>[APENICKBH#])[^.?x]{0,5}L", "L", Operation.UNREACHABLE, 0.6),
    _rule("field-no-more", r"(?P<f>[APENICKBH#])[^.?x]{0,3}z[^.?]{0,5}L", "L", Operation.UNREACHABLE, 0.6),
    _rule("field-now", rf"(?P<f>{_ONES}[APENICK#])(?!>?[mtu]?_?x)[^.?x,]{{0,6}}ñ", "ñ", _CHANGED, 0.45),
    _rule("field-instead", r"(?P<f>[APENICKBØH#])[^.?qWs]{0,6}[îL]", "îL", _WANTS, 0.72),
    _rule("instead-of-field", r"[îL][^.?]{0,4}(?P<f>[APENICKBØH#])", "îL", _WANTS, 0.45),
    _rule("new-any-field", r"(?<![uU])n_?(?P<f>[PNICK](?!>?[mtu]?_?x))", "n", _CHANGED, 0.5),
    _rule("field-other", rf"(?P<f>{_ONES}[APENICKBØ])[^.?x,]{{0,4}}n(?!>?[mtu]?_?x)", "n", _CHANGED, 0.72),
    _rule("take-off", r"ü[^.?x]{0,6}(?P<f>[APENICKBH#])[^.?]{0,4}ö", "ö", Operation.REMOVE, 0.72),
    _rule("remove-near", r"r[^.?xg]{0,5}(?P<f>[APENICKB#])(?!>?[mtu]?_?x)", "r", Operation.REMOVE, 0.72),
    _rule("add-near", r"a[^.?x,]{0,5}2_?(?P<f>[APEHKB#])", "2", Operation.ADD, 0.72),
    _rule("add-field", r"ã[mtn_]{0,3}(?P<f>[APENICKBOH])(?!>?[mtu]?_?x)", "ã", Operation.ADD, 0.4),
    _rule("as-contact", r"[gG][^.?]{0,8}K|ã[mt]?_?g[^.?]{0,6}W", "KW", Operation.ADD, 0.72, "contact_person"),
    _rule("contact-is", r"K[^.?]{0,6}[bvnLzQ][^.?]{0,4}g", "K", Operation.ADD, 0.72, "contact_person"),
    # money: "refunds to a different account", "the card you bill has expired", "switched banks"
    _rule("paid-to-new", r"7[^.?]{0,10}n_?_?[ßçÇ]", "7", _WANTS, 0.72, "bank_account"),
    _rule("new-for-paying", r"n_?[ßçÇ][^.?]{0,8}7", "7", _WANTS, 0.72, "bank_account"),
    _rule(
        "paid-to-dead", r"7[^.?]{0,10}(?:[jo][^.?]{0,4}[ßçÇ]|[ßçÇ][^.?]{0,5}[joL])", "7", _WRONG, 0.72, "bank_account"
    ),
    _rule(
        "dead-for-paying", r"(?:[joL][^.?]{0,4}[ßçÇ]|[ßçÇ][^.?]{0,5}[jo])[^.?]{0,10}7", "7", _WRONG, 0.5, "bank_account"
    ),
    _rule("change-where-paid", r"[ch][mt_]{0,2}[qß][^.?]{0,4}[7ü]", "7pü", _WANTS, 0.72, "bank_account"),
    _rule(
        "change-paying",
        r"[ch][^.?]{0,5}(?:7[^.?]{0,8}[ßçÇ]|[ßçÇ][^.?]{0,8}7)|ç[^.?]{0,8}7[^.?]{0,5}[johw]",
        "7",
        _WANTS,
        0.55,
        "bank_account",
    ),
    _rule(
        "paying-instead",
        r"7[^.?]{0,8}[ßçÇ][^.?]{0,5}[îL]|L[^.?]{0,3}7[^.?]{0,8}[ßçÇ]",
        "7",
        _WANTS,
        0.72,
        "bank_account",
    ),
    _rule("card-changed", r"[ch][mt_]{1,2}ç(?!>?[mtu]?_?x)", "ç", _WANTS, 0.45, "bank_account"),
    _rule("card-dead", r"[mtu]_?ç[^.?x,]{0,4}h", "ç", _WANTS, 0.45, "bank_account"),
    _rule("card-removed", r"r[mtno_]{0,3}ç|[aã]n_?ç[^.?]{0,3}[pD7>]", "ç", Operation.REMOVE, 0.45, "bank_account"),
    _rule("new-bank", r"Þ|n_?Ç|oÇ", "ÞÇ", _CHANGED, 0.72, "bank_account"),
    # post: "letters go to my old flat", "stop the paper bills"
    _rule("post-to-old", r"[øS][^.?]{0,7}o_?[XA]|[øS][^.?]{0,6}(?:w_?[XA]|l)", "øS", _WRONG, 0.5, "address"),
    _rule("send-elsewhere", r"S[^.?x7EPHßNK]{0,6}[>p][^.?7EPHßNK]{0,9}[Lî]", "S", _WANTS, 0.5, "address"),
    _rule("other-house", r"n_?X(?!>?[mtu]?_?x)|w_?X(?!>?[mtu]?_?x)", "X", _CHANGED, 0.45, "address"),
    _rule("redirect", r"ŗ", "ŗ", _WANTS, 0.45, "address"),
    _rule("left-there", r"l", "l", _CHANGED, 0.72, "address"),
    _rule("live-now", r"s[b_]{0,2}1[^.?]{0,7}ñ|ñ[^.?]{0,2}1", "1", _CHANGED, 0.5, "address"),
    _rule("on-paper", r"(?:[cvqahrünsLõ>]|^)[^.?]{0,6}4|4q?(?:$|[.,])", "4", _WANTS, 0.45, "other_personal"),
    _rule("stop-sending", r"õ[^.?x]{0,4}[4Oø]", "õ", _WANTS, 0.45, "other_personal"),
    _rule("statements-near-by", r"v[m_t]{0,3}O[^.?]{0,4}[pø]", "O", _WANTS, 0.45, "other_personal"),
    _rule("number-of-document", r"I[^?]{0,12}[nw]_?#", "#", _CHANGED, 0.72, "id_document"),
    _rule("number-change", r"(?:^|m)(?P<f>#)c", "#", _WANTS, 0.5),
    _rule("down-as", r"Ŝ", "Ŝ", _WRONG, 0.45, "any"),
    _rule("personal", r"þ", "þ", _CHANGED, 0.45, "other_personal"),
    _rule("details-near", r"[chwo][^.?x,]{0,6}(?P<f>D)(?!>?[mtu]?_?x)", "D", _WANTS, 0.45),
    _rule("details-near-wrong", r"(?P<f>D)[^.?x,]{0,7}[chwo]", "D", _WRONG, 0.45),
    # asked about afterwards: "I sent my new number. Did you get it?"
    _rule("field-then-asked", r"(?P<f>[APENICKBOD#])[^?]{0,14}(?<![sTðq])¿", "¿", _CHANGED, 0.5, polarity=_QUESTION),
    _rule("moved-then-asked", r"[eVl][^?]{0,14}(?<![sTðq])¿", "¿", _CHANGED, 0.5, "address", polarity=_QUESTION),
    # kept as they are, or told only to say that all is well
    _rule("kept-name", _KEPT_NAME, "æ", _CHANGED, 0.6, "name", polarity=_NEGATED),
    _rule("only-married", _KEPT_NAME, "æ", _CHANGED, 0.6, "other_personal", polarity=_NEGATED),
    _rule("field-all-well", r"(?P<f>[APENICKBOD#])[^?]{0,12}ĉ", "ĉ", _CHANGED, 0.5, polarity=_NEGATED),
    _rule("all-well-field", r"ĉ[^.?]{0,3}(?P<f>[APENICKBOD#])", "ĉ", _CHANGED, 0.5, polarity=_NEGATED),
    _rule("moved-all-well", r"[eVl][^?]{0,12}ĉ", "ĉ", _CHANGED, 0.5, "address", polarity=_NEGATED),
    _rule("kept", rf"æ[^.?,]{{0,3}}(?P<f>{_ALL}|#)(?![^.?]{{0,6}}L)", "æ", _CHANGED, 0.5, polarity=_NEGATED),
    _rule(
        "still-same",
        rf"(?<!ƀ)(?<!ƀ[mt])(?P<f>{_ALL}{_MORE}){_PLACE}[Qb_vq]{{0,3}}(?:Z|z[Qbat_]{{0,2}}[che]|[Qb]_?R|z(?=$|[.,?]))"
        r"(?![_x]{0,2}w)(?![^.?]{0,6}[Lj])",
        "ZżzR",
        _CHANGED,
        0.85,
        polarity=_NEGATED,
    ),
    _rule(
        "same-field",
        rf"(?:ż|zn|z[mtn_]{{0,2}}[ce])[>p]?{_FILL}{{0,2}}(?P<f>{_ALL}|#)(?![^.?]{{0,6}}[Lj])",
        "żz",
        _CHANGED,
        0.85,
        polarity=_NEGATED,
    ),
    _rule("bring-up-to-date", r"ƀ[mtF_]{0,2}(?P<f>[APENICKBOD])[^.?]{0,2}Z", "ƀ", _WANTS, 0.75),
)

_MOVES = ("moved", "will-move", "home-bought", "new-home", "elsewhere", "other-house", "not-living")

_FIELD_FIRST = (
    "field-wrong",
    "field-changed",
    "field-near-wrong",
    "field-near-verb",
    "field-near-old",
    "field-near-dead",
    "field-dead",
    "field-now",
    "field-is-now",
    "number-changed",
    "field-other",
    "field-should-be",
    "field-noun",
)
_EVENTS = (*_MOVES, "job", "personal", "personal-hint", "married", "new-bank", "details-near-wrong")

_SCOPES = (
    # "I haven't", "no need to", "I never asked for"; not "no … any more"
    _scope(
        "denied",
        "before",
        r"[zẑ][Qbvas_>]{0,4}|z[vs]{1,2}[>s_]{0,2}[ak]?_?|ć[^.?,]{0,6}",
        Polarity.NEGATED,
        unless="L",
    ),
    _scope("denied-inside", "inside", r"z[Qbvas_>]{0,3}[cheoJMÞþ4]", Polarity.NEGATED, unless="L"),
    # "if I", "would a", "shall I tell you when I"
    _scope("if", "before", r"[iï][^.?,q]{0,8}|k[^.?,]{0,2}ŵs", Polarity.HYPOTHETICAL),
    _scope("if-inside", "inside", r"[iï]", Polarity.HYPOTHETICAL),
    _scope("if-after", "after", r"[^.?q]{0,3}ï", Polarity.HYPOTHETICAL),
    # "did you", "has my", "am I on"
    _scope(
        "did-it",
        "before",
        r"(?:^|[.,])_?(?:(?!Qz)Q[mtsUug]{1,2}_{0,2}[ba]?)|(?:^|[.,])(?:Ð(?!z)[^.?,qvz]{0,5})",
        Polarity.QUESTION,
    ),
    _scope("did-it-inside", "inside", r"^(?:Ð|_?bsp)", Polarity.QUESTION),
    _scope("asked-whether", "clause", r"(?<![sTðq])¿", Polarity.QUESTION),
    _scope(
        "your-part",
        "before",
        r"(?:^|[^qv])U[vq]{1,2}>?_?",
        Polarity.QUESTION,
        only=("verb-field", "add-new", "add-mine"),
    ),
    _scope("has-none", "before", r"j[t_]?", Polarity.NEGATED, only=("new-number", "new-field", "new-any-field")),
    _scope("what-it-costs", "clause", r"ƒ", Polarity.HYPOTHETICAL),
    # a song, a scam, the way there
    _scope("aside", "clause", r"ř", factor=0.3, unless=r"Q_?0"),
    _scope("sent-there", "before", r"S>?t?", factor=0.6, only=("wrong-field",)),
    _scope("their-detail", "inside", r"[Gu][_n]{0,3}[APENICKBODH]", factor=0.5),
    _scope("their-before", "before", r"u_{0,2}", factor=0.4, only=_FIELD_FIRST),
    # "her number", "the dentist's address", "my brother moved", "your shop's number", "the shop changed its name"
    _scope(
        "others-detail",
        "inside",
        r"G[_no]{0,3}[APENIHDBC#]|(?:^|[^mF])ģ[_no]{0,2}[APENIHDB]",
        holder=Holder.OTHER,
    ),
    _scope(
        "others-before",
        "before",
        r"(?:^|[mt_,])g(?:>m)?[Qbvat_]{0,4}|G[_no]{0,2}",
        holder=Holder.OTHER,
    ),
    _scope("its-own", "clause", r"^[^CFTm]{0,20}ĩ_?[NAP]", holder=Holder.OTHER),
    _scope("somebodys", "before", r"u[_ģ]|(?:^|[^mF])ģ[_no]{0,2}", holder=Holder.OTHER, only=_FIELD_FIRST),
    _scope("others-detail-of", "after", r"[p>][mt]_?g", holder=Holder.OTHER, only=("verb-field", *_FIELD_FIRST)),
    _scope("they-did", "before", r"ð[Qbva_]{0,3}", holder=Holder.OTHER, only=_EVENTS),
    _scope(
        "they-have",
        "before",
        r"[Ug][Qa]{1,2}[t_]{0,2}",
        holder=Holder.OTHER,
        only=("new-number", "new-field", "new-phone-is"),
    ),
    _scope("others-moved", "inside", r"^[gU]", holder=Holder.OTHER, only=_MOVES),
    # "we moved", "our landline", "my wife and I"; a firm that says "we" speaks for itself
    _scope("we", "clause", r"T[^.?]{0,14}[eVAXl1D]|F[^.?]{0,3}[APHEDBKX]|f", holder=Holder.HOUSEHOLD),
    _scope("business", "clause", r"[CJ]", holder=Holder.SELF),
)

GRAMMAR_EN = Grammar(FIELDS_EN, _RULES, _SCOPES, ".?")
