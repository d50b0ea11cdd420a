"""Why an utterance was understood as it was: the rules that read it, and the words the trained weights went by."""

from __future__ import annotations

from typing import Any

from nlu.cues import readings
from nlu.model import Model
from nlu.model.weights import details, opinion, probability, telling
from nlu.types import ANY, Language
from nlu.understand import features_in, tagged_in
from nlu.verdict import NAMES

_LIKELY = 0.2


def explained(utterance: str, language: Language, model: Model) -> dict[str, Any]:
    """The rules with what they read, the strongest features with what each added to the log-odds of a change, and these
    odds and the likely fields as the weights alone see them: the calibrated sums of `nlu.verdict` add the rules' word.
    Without trained weights the second part is empty."""
    tagged, grammar = tagged_in(utterance, language, model)
    rules = [
        {
            "rule": one.rule,
            "field": one.cue.field,
            "text": utterance[slice(*one.cue.span)],
            "confidence": one.cue.confidence,
            "polarity": one.cue.polarity.value,
            "holder": one.cue.holder.value,
            "scopes": list(one.scopes),
        }
        for one in readings(tagged, grammar, model.fields | {ANY})
    ]
    if (weights := model.weights.get(language)) is None:
        return {"rules": rules, "words": [], "odds": None, "fields": {}, "thresholds": {}}
    features = features_in(utterance, language, model)
    view = opinion(features, weights)
    odds = details(features, weights, view)
    likely = {name: round(probability(odds[name]), 3) for name in NAMES}
    return {
        "rules": rules,
        "words": [{"feature": feature, "adds": added} for feature, added in telling(features, weights)],
        "odds": round(view.change, 3),
        "fields": {name: chance for name, chance in likely.items() if chance >= _LIKELY},
        "thresholds": {"ask": weights.ask, "confirm": weights.confirm, "start": weights.start},
    }
