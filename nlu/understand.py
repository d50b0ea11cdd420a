"""One utterance, read: language, acts, cues, values, alarms."""

from __future__ import annotations

import re
from datetime import datetime

from nlu.acts import find_acts, short_answer
from nlu.alarms import find_alarms
from nlu.answers import find_chosen, find_code, find_customer_number, find_loosely
from nlu.cues import readings, settled
from nlu.custom_cues import hinted
from nlu.language import detect_language, home_region, simplify
from nlu.lexicon_en import REAL_WORDS_EN
from nlu.model import START, Model
from nlu.model.features import features_of
from nlu.model.weights import details, opinion
from nlu.normalise import normalise
from nlu.reasons import find_reason
from nlu.replaced import replaced
from nlu.rules import Grammar
from nlu.staying import find_staying
from nlu.tagging import WORDLESS, Tagged, tag_characters, tag_words
from nlu.types import (
    ANY,
    BUILT_IN_FIELDS,
    Act,
    Ask,
    Candidate,
    Cue,
    Expects,
    Holder,
    Language,
    Operation,
    Polarity,
    Span,
    Understanding,
    When,
    WhenKind,
)
from nlu.values.find import find_values
from nlu.values.when import find_when
from nlu.values.when_en import temporary_en
from nlu.values.when_zh import temporary_zh
from nlu.verdict import decide_between, ruled_by, when_of, with_unruled, worth_a_look
from nlu.yes_and import says_yes_and

LONGEST_READ = 4096
"""Cues and acts are read in the first so many characters."""


_NUMBERS = frozenset({"phone", "contact_person", "bank_account", "id_document", "name", "company"})

_NUMBERED = frozenset({"id_document", "bank_account", "contact_person"})
_A_NUMBER = "#"
_BANK = re.compile(r"银行|储蓄|还款|收款|工资卡|bank|iban|payout|refund")
_DATED = frozenset({"address", "phone", "email", "name"})
_TOLD = frozenset({"company", "contact_person", "other_personal"})
"""A hint at one of these starts a flow when the message says what it is now."""

_FREE = frozenset({"company", "contact_person", "other_personal"})
"""Answers to these are free words, which "never mind" must not be taken for."""

_WEIGHED = frozenset((*BUILT_IN_FIELDS, ANY))
"""Of a company's own fields the trained weights know nothing."""

_MAY_BE_RENAMED = {"name", "other_personal"}
_OF_THE_TALK = frozenset({Act.ASK_HUMAN, Act.ASK_WHY, Act.HELP, Act.CANCEL, Act.RESTART, Act.REPEAT, Act.LATER})

_BESIDE_A_START = 0.5
"""Where one field starts a flow, a bare hint at another (somebody married) is not worth a question."""


def understand(
    utterance: str,
    *,
    expects: Expects = Expects(),  # noqa: B008 - a frozen value
    region: str = "US",
    now: datetime,
    language: Language | None = None,
    model: Model,
) -> Understanding:
    """Read one utterance. `language` is the conversation's, used where the text itself is undecided."""
    spoken = detect_language(utterance, language)
    raw = utterance[:LONGEST_READ]
    text = simplify(normalise(raw))
    tagged, grammar = _tag(text, spoken, model)
    heard = readings(tagged, grammar, model.fields | {ANY})
    cues = _without_theirs(settled(heard), text, tagged, grammar, model)
    asked = expects.about if expects.field is None else (expects.field, *expects.about)
    bold = frozenset((*asked, *(cue.field for cue in cues)))
    lexicon = model.chinese_acts if spoken is Language.ZH else model.english_acts
    short = short_answer(text, spoken, lexicon)
    bare = short if short and not any(map(str.isdigit, text)) else frozenset[Act]()
    candidates = (
        ()
        if bare and not model.custom
        else find_values(
            utterance,
            language=spoken,
            region=home_region(region, spoken),
            now=now,
            expects=expects,
            fields=bold,
            custom=model.custom,
        )
    )
    if model.custom:
        cues = (*cues, *hinted(text, tagged, grammar, spoken, model.custom, cues, candidates))
        meant = bold | {cue.field for cue in cues} | {field.name for field in model.custom if field.telling}
        candidates = tuple(c for c in candidates if c.field in BUILT_IN_FIELDS or c.field in meant)
    code = find_code(text) if expects.ask is Ask.CODE else None
    cues = _with_stay(cues, text, tagged, model)
    reason = find_reason(text)
    number = find_customer_number(text) if expects.ask is Ask.CUSTOMER_NUMBER else None
    if number is not None:  # it is no phone, and nobody's name
        candidates = tuple(one for one in candidates if one.field not in _NUMBERS)
    if bare:  # "shi de" is no city; but a choice may be "no"
        answers = not bare <= {Act.AFFIRM, Act.DENY} or expects.ask is Ask.SLOT
        candidates = tuple(c for c in candidates if answers and c.field not in BUILT_IN_FIELDS)
    given = frozenset(c.field for c in candidates if c.role == "new" and c.problem is None)
    named = frozenset(grammar.fields[letter] for letter in set(tagged.tags) if letter in grammar.fields)
    starts, asks = _weigh(_without_reasons(cues, reason, expects), model, given, named)
    likely: WhenKind | None = None
    if expects.ask is Ask.NOTHING and (weights := model.weights.get(spoken)) is not None:
        ruled = ruled_by(starts, asks, cues, candidates)
        if ruled.fields <= _WEIGHED and not WORDLESS.issuperset(tagged.tags):
            found = features_of(text, tagged.tags, heard, spoken)
            view = opinion(found, weights)
            starts, asks = (), ()
            if worth_a_look(ruled, view):
                odds = details(found, weights, view)
                verdict = decide_between(ruled, view, odds, weights, model.fields)
                cues = with_unruled(cues, verdict, odds, (0, len(raw)))
                starts, asks, likely = verdict.starts, verdict.asks, when_of(odds)
    cues = _dated(cues, candidates, raw, spoken, now, likely)
    agrees = says_yes_and(text, expects, cues, (*starts, *asks), candidates)
    acts = find_acts(
        text,
        language=spoken,
        expects=expects,
        has_value=bool(candidates) or code is not None or number is not None,
        has_cue=bool(starts or asks),
        agrees=agrees,
        short=short,
    )
    if expects.field in _FREE and (
        not acts.isdisjoint(_OF_THE_TALK) or not {expects.field}.issuperset((*starts, *asks))
    ):
        candidates = tuple(c for c in candidates if c.field != expects.field or c.raw != utterance.strip())
    names_a_field = expects.ask is Ask.WHICH_FIELD or Act.CANCEL in acts
    return Understanding(
        language=spoken,
        acts=acts,
        cues=cues,
        candidates=candidates,
        starts=starts,
        asks=asks,
        alarms=find_alarms(text),
        code=code,
        customer_number=number,
        chosen=_chosen(text, tagged, grammar, expects, model) if names_a_field else (),
        reason=raw[slice(*reason)] if reason is not None else None,
    )


def features_in(utterance: str, language: Language, model: Model) -> set[str]:
    """What the trained weights see of an utterance; training and explaining read it as `understand` does."""
    text = simplify(normalise(utterance[:LONGEST_READ]))
    tagged, grammar = _tag(text, language, model)
    return features_of(text, tagged.tags, readings(tagged, grammar, model.fields | {ANY}), language)


def tagged_in(utterance: str, language: Language, model: Model) -> tuple[Tagged, Grammar]:
    """What the rules see of an utterance, and the rules."""
    return _tag(simplify(normalise(utterance[:LONGEST_READ])), language, model)


def _chosen(text: str, tagged: Tagged, grammar: Grammar, expects: Expects, model: Model) -> tuple[str, ...]:
    """The fields that are named; in answer to "which detail?" a loose word will do."""
    found = find_chosen(tagged, grammar, model.fields)
    return found or (find_loosely(text, model.fields, model.custom) if expects.ask is Ask.WHICH_FIELD else ())


def _tag(text: str, language: Language, model: Model) -> tuple[Tagged, Grammar]:
    if language is Language.ZH:
        return tag_characters(text, model.chinese), model.chinese_grammar
    return tag_words(text, model.english, REAL_WORDS_EN), model.english_grammar


def _without_theirs(
    cues: tuple[Cue, ...], text: str, tagged: Tagged, grammar: Grammar, model: Model
) -> tuple[Cue, ...]:
    """ "My passport was renewed, the new number is …": no phone number; and 卡 is not always a bank's."""
    own = {field.name for field in model.custom}
    about = {cue.field for cue in cues if cue.polarity is Polarity.ASSERTED}
    others = set[str]()
    if about & (_NUMBERED | own) and not any(
        grammar.fields.get(letter) == "phone" and letter != _A_NUMBER for letter in set(tagged.tags)
    ):
        others.add("phone")
    if about & own and _BANK.search(text) is None:
        others.add("bank_account")
    return tuple(cue for cue in cues if cue.field not in others) if others else cues


_A_STAY = 0.75
_BECAUSE = 16
"""A hint may begin with the word that gives the reason."""


def _with_stay(cues: tuple[Cue, ...], text: str, tagged: Tagged, model: Model) -> tuple[Cue, ...]:
    """ "I'm staying at my mum's for two weeks" is about an address, if only for a while."""
    if "address" not in model.fields or any(cue.field == "address" for cue in cues) or "?" in tagged.tags:
        return cues
    if (span := find_staying(text)) is None or (temporary_en(text) or temporary_zh(text)) is None:
        return cues
    stay = Cue("address", Operation.CHANGED, Holder.SELF, Polarity.ASSERTED, When(), _A_STAY, span)
    return (*cues, stay)


def _without_reasons(cues: tuple[Cue, ...], reason: Span | None, expects: Expects) -> tuple[Cue, ...]:
    """A hint within the reason of another change, or given while something is being asked, is that reason and no
    more."""
    if reason is None:
        return cues
    first = reason[0] - _BECAUSE
    outside = tuple(c for c in cues if c.confidence >= START or not (first <= c.span[0] and c.span[1] <= reason[1]))
    return outside if outside or expects.ask is not Ask.NOTHING else cues


def _dated(
    cues: tuple[Cue, ...],
    candidates: tuple[Candidate, ...],
    raw: str,
    language: Language,
    now: datetime,
    likely: WhenKind | None,
) -> tuple[Cue, ...]:
    """The cues with the time of the change, `likely` where no words tell. A date that is itself the value, such as a
    date of birth, is none."""
    found = find_when(raw, language=language, now=now) if cues else None
    if found is not None:
        begin, end = found[1]
        if any(c.field not in _DATED and c.span[0] < end and begin < c.span[1] for c in candidates):
            found = None
    if found is None and (not cues or likely is None):
        return cues
    when = found[0] if found is not None else When(likely or WhenKind.NOW)
    return tuple(replaced(cue, when=when) for cue in cues)


def _weigh(
    cues: tuple[Cue, ...], model: Model, given: frozenset[str], named: frozenset[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which fields start a flow, and which are asked about first. A vague wish counts only where no field is `named`;
    beside a start a field that is only hinted at starts too, if its value is `given`. So does a job or a marriage of
    which the message says what it is now, unless its words name another field."""
    said = [cue for cue in cues if cue.polarity is Polarity.ASSERTED and cue.holder is not Holder.OTHER]
    strong = dict.fromkeys(cue.field for cue in said if cue.confidence >= model.start and cue.field != ANY)
    if strong:
        strong |= dict.fromkeys(cue.field for cue in said if cue.field in given - {ANY, "other_personal"})
    else:
        own = {field.name for field in model.custom}
        told = {field for field in given & (_TOLD | own) if named <= {field, ANY}}
        strong = dict.fromkeys(
            cue.field
            for cue in said
            if cue.field in told and cue.confidence >= (_BESIDE_A_START if cue.field in own else model.ask)
        )
    enough = max(model.ask, _BESIDE_A_START) if strong else model.ask
    weak = dict.fromkeys(
        cue.field for cue in said if cue.confidence >= enough and cue.field != ANY and cue.field not in strong
    )
    if weak.keys() >= _MAY_BE_RENAMED:  # a marriage: the name is asked about, not the marriage
        del weak["other_personal"]
    if not strong and not weak and any(cue.field == ANY and cue.confidence >= model.ask for cue in said):
        weak = {ANY: None}
    return tuple(strong), tuple(weak)
