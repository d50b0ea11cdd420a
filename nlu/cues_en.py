"""English rules about cues. Letters are explained by the tables of `lexicon_en`."""

from __future__ import annotations

from nlu.lexicon_en import FIELDS_EN
from nlu.rules import Grammar, rule, scope
from nlu.types import Holder, Operation, Polarity

_ALL = "[APENICKBODH]"
_NAMED = "[APENICKBO]"
_FILL = "[_mtyunosG]"
_MORE = rf"(?:[,&]{{0,2}}{_FILL}{{0,3}}{_ALL}(?!x)){{0,4}}"
_ALSO = rf"(?:[,&]{{0,2}}{_FILL}{{0,3}}{_ALL}(?![xQbR])){{0,4}}"
_PLACE = r"(?:[p>][_mtxuGDs]{1,3}|t?U[_a]{1,2}){0,3}"
_NOT_A_THING = r"(?![mtux]|_?[mtu]_?x|>?[mt]?[_n]{0,2}x)"

_CHANGED = Operation.CHANGED
_WANTS = Operation.WANTS_CHANGE
_WRONG = Operation.WRONG_ON_RECORD
_NEGATED = Polarity.NEGATED

_RULES = (
    # "change my old delivery address and phone", "some changes to my details", "correction in the address"
    rule(
        "verb-field",
        rf"[ch]q?_?>?(?:t>)?{_FILL}{{0,5}}[xp]?(?P<f>(?:[APEICKBOD]|N(?!>[mtu]?_?x))(?!x){_ALSO})",
        "ch",
        _WANTS,
        0.88,
    ),
    rule("verb-phone", r"[ch][mn]{1,2}(?P<f>H)(?=[.?,&]|$|>?[_0]?[09])", "H", _WANTS, 0.6),
    rule("verb-phone-to-number", r"[chR][_mn]{0,3}(?P<f>H)(?:[>_#]{0,3}[90])", "H", _WANTS, 0.88),
    rule("correct-verb", rf"(?<![tbQ])Rm{_FILL}{{0,3}}(?P<f>{_NAMED}(?!x){_ALSO})", "R", _WANTS, 0.85),
    rule("to-correct", rf"[>q]R[mt]{_FILL}{{0,3}}(?P<f>[APENICKBOD](?!x){_ALSO})", "R", _WANTS, 0.85),
    rule("my-field-should-be", r"m_?(?P<f>[APEN])v_?b", "v", _WRONG, 0.72),
    rule("old-number", r"[mt]_?o_?#", "#", _WRONG, 0.5, "phone"),
    rule("field-is-now", r"(?P<f>[APENCKI#])5", "5", _CHANGED, 0.75),
    rule("number-changed", r"(?P<f>#)[Qb_]{0,2}h", "#", _CHANGED, 0.75),
    rule("is-not-this", r"[P#]Q?z9", "z", _WRONG, 0.6, "phone"),
    rule("for-a-while", r"[sf]_?b?_?6_?1|[sf][Qb_]{0,2}1[^.?]{0,8}6|6_?A", "6", _CHANGED, 0.55, "address"),
    rule("verb-number", r"[ch][mtnG]{1,2}n?(?P<f>#)", "#", _WANTS, 0.8),
    rule("new-number", r"[nw]#|#[Qb_]{0,2}w", "#", _CHANGED, 0.75, "phone"),
    rule("my-field-to-be", r"v[tm](?P<f>[APEN])>[b_]", "v", _WANTS, 0.72),
    rule("statements-by", r"v[_m]{0,3}(?P<f>O)p_", "O", _WANTS, 0.5),
    rule("correct-noun", rf"[tm]R{_FILL}{{0,2}}(?P<f>[APE](?!x))[Qb]?", "R", _WRONG, 0.6),
    # "how my monthly statements are delivered" is read by verb-field; "address change", "email address update please"
    rule("field-noun", rf"(?P<f>[APENICKBO]{_MORE})c(?![mtn_]{{0,3}}x)", "c", _WANTS, 0.85),
    # "my address needs to be changed", "the address on my account has been changed"
    rule(
        "field-changed",
        rf"(?P<f>[APENICKBOD]{_MORE}){_PLACE}(?:(?:[Qb]{{1,3}}|[Qb]{{0,2}}a?_?|v[>q]?)_?b?b?[ch]|"
        rf"v>?b?[ch])(?![mtn_]{{0,3}}x)",
        "ch",
        _CHANGED,
        0.82,
    ),
    rule("phone-changed", r"m(?P<f>H)[Qb]{0,2}h(?=[.?,&]|$)", "H", _CHANGED, 0.5),
    rule("new-field", rf"n[_o]{{0,2}}(?P<f>[APE](?!x){_MORE})", "n", _CHANGED, 0.82),
    rule("paid-elsewhere", r"7[^.?]{0,8}n_?(?P<f>B)", "7", _WANTS, 0.72),
    rule("new-phone-is", r"n(?P<f>H)[Qb_,5]{0,2}[09]", "H", _CHANGED, 0.75),
    rule("my-field-is", r"[m,](?P<f>[PEH])[Q,]_?[9@]", "PEH", _CHANGED, 0.35),
    rule("my-new-field", r"m[_]?n_?(?P<f>[NICKB](?!x))", "n", _CHANGED, 0.72),
    rule("old-field", rf"[mt]_?o{_FILL}{{0,2}}(?P<f>[APENICKB](?!x))", "o", _WRONG, 0.55),
    rule("wrong-field", rf"w[>p]?{_FILL}{{0,3}}(?P<f>{_NAMED}(?!x){_MORE})", "w", _WRONG, 0.82),
    rule("field-wrong", rf"(?P<f>{_NAMED}{_MORE}){_PLACE}[Qb_tUs]{{0,4}}w", "w", _WRONG, 0.82),
    rule("details-wrong", rf"(?:[mt]_?|^)(?P<f>D){_PLACE}[Qb_t]{{0,3}}w", "w", _WRONG, 0.7),
    rule("add-new", rf"a{_FILL}{{0,2}}n{_FILL}{{0,2}}(?P<f>{_NAMED})", "n", Operation.ADD, 0.72),
    rule("add-mine", r"a(?:m_{0,2}|[tn]{1,2}_?)(?P<f>[APEK])[p>](?:[tm]_?)?(?:_|D|x)", "a", Operation.ADD, 0.6),
    rule("remove", rf"r{_FILL}{{0,3}}(?P<f>[APEKBN](?!x))", "r", Operation.REMOVE, 0.72),
    rule("dead-field", rf"j{_FILL}{{0,3}}(?P<f>[APECIB](?!x))", "j", Operation.UNREACHABLE, 0.72),
    rule("field-dead", rf"(?P<f>[APE]){_PLACE}[Qb_]{{0,3}}j", "j", Operation.UNREACHABLE, 0.72),
    rule("moved", rf"(?:(?:[smfgU][_>t]{{0,3}}|^|[.,&])a?z?[bQ]?_?b?e){_NOT_A_THING}", "e", _CHANGED, 0.82, "address"),
    rule("will-move", rf"(?:[sf]|^)[_bvQip]{{0,4}}>?[Ve]{_NOT_A_THING}", "Ve", _CHANGED, 0.75, "address"),
    rule("home-bought", r"d[tm]?[_n]{0,2}X(?!_?x)", "X", _CHANGED, 0.55, "address"),
    rule("new-home", r"[mtp>a]n_?X(?!_?x)|m_?oX", "X", _CHANGED, 0.55, "address"),
    rule("not-living", r"z[b_]{0,2}1", "1", _CHANGED, 0.5, "address"),
    rule("new-one", r"(?P<f>[APENBCKI])[^.?x]{0,12}3", "3", _CHANGED, 0.6),
    rule("paperless", r"[cvqha][^.?,]{0,6}4", "4", _WANTS, 0.6, "other_personal"),
    rule("add-second", r"a[_mt]{0,2}2_?(?P<f>[APE#K])", "2", Operation.ADD, 0.72),
    rule("elsewhere", r"(?:[smf]_?_?a?b?_?|^|[.,&])l", "l", _CHANGED, 0.75, "address"),
    rule("job", r"J", "J", _CHANGED, 0.6, "company"),
    rule(
        "statements-from-now",
        r"[qv][^.?,]{0,5}O_{0,3}L|(?:^|[.,])[_a]{0,3}O_{0,2}L",
        "L",
        _WANTS,
        0.6,
        "other_personal",
    ),
    rule("personal-hint", r"(?:[sf]_?[bQa_]{0,2}|^|[,.&])M", "M", _CHANGED, 0.45, "other_personal"),
    rule("married", r"(?:[sf]_?[bQa_]{0,2}|^|[,.&])M", "M", _CHANGED, 0.45, "name"),
    rule("call-me", r"y_{1,3}[>p]?_?L|Y|y[tn]{0,2}n?L|z_?y_{1,2}L?", "yY", _WANTS, 0.75, "name"),
    rule("call-me-too", r"&y_\.?_{0,3}(?=[.,]|$)", "y", _WANTS, 0.5, "name"),
    rule("reach-me", r"(?:y|Ws)_?[p>]?[mt]?_?(?:P|H|n)?_{0,2}9", "yW", _CHANGED, 0.45, "phone"),
    rule("mail-me", r"(?:W|E|x|a)s?[p>]_?_?@", "@", _CHANGED, 0.45, "email"),
    rule(
        "still-same",
        rf"(?P<f>{_ALL}{_MORE}){_PLACE}[Qb_vq]{{0,3}}(?:Z|z[Qbat_]{{0,2}}[che]|[Qb]_?R|z(?![09@]))(?![_x]{{0,2}}w)",
        "ZzR",
        _CHANGED,
        0.85,
        polarity=_NEGATED,
    ),
    rule(
        "same-field",
        rf"(?:Z|zn|z[mtn_]{{0,2}}[ce])[>p]?{_FILL}{{0,2}}(?P<f>{_ALL})",
        "Zz",
        _CHANGED,
        0.85,
        polarity=_NEGATED,
    ),
)

_SCOPES = (
    scope("denied", "before", r"z[Qbvas_>]{0,4}", Polarity.NEGATED),
    scope("denied-inside", "inside", r"z[Qbvas_>]{0,3}[che]", Polarity.NEGATED),
    scope("no-need", "before", r"z[vs]{1,2}[>s_]{0,2}(?:a|k)?_?", Polarity.NEGATED),
    scope("if", "before", r"i[^q]{0,6}", Polarity.HYPOTHETICAL),
    scope("did-it", "before", r"(?:^|[.,&])[_]{0,2}(?:(?!Qz)Q)[mtsUu]{0,2}[_]{0,2}(?:b|a)?", Polarity.QUESTION),
    scope(
        "your-part",
        "before",
        r"(?:^|[^qv])U[vq]{1,2}>?_?",
        Polarity.QUESTION,
        only=("verb-field", "add-new", "add-mine"),
    ),
    scope("sent-there", "before", r"S>?t?", factor=0.6, only=("wrong-field",)),
    scope("their-detail", "inside", r"[Gu][_n]{0,3}[APENICKBODH]", None, None, 0.5),
    scope("others-detail", "inside", r"G", None, Holder.OTHER),
    scope("others-detail-of", "after", r"[p>][mt]_?g", None, Holder.OTHER),
    scope("others-before", "before", r"[mt_]g[Qbva_]{0,4}", None, Holder.OTHER),
    scope("others-owner", "before", r"G[_no]{0,2}", None, Holder.OTHER),
    scope("they-have", "before", r"[Ug]Qt?", None, Holder.OTHER, only=("new-number", "new-field", "new-phone-is")),
    scope("others-moved", "inside", r"^[gU]", None, Holder.OTHER),
    scope("household", "inside", r"f", None, Holder.HOUSEHOLD),
    scope("household-before", "before", r"f[Qbva_]{0,3}", None, Holder.HOUSEHOLD),
)

GRAMMAR_EN = Grammar(FIELDS_EN, _RULES, _SCOPES, ".?,")
