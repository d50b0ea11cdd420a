"""Understanding as it is shipped: the rules and the trained weights together."""

from __future__ import annotations

from bot.model_file import shipped_weights
from nlu.model import Model, model_of
from nlu.types import BUILT_IN_FIELDS


def shipped_model() -> Model:
    """All built-in fields, with the weights of the distribution."""
    return model_of(BUILT_IN_FIELDS, (), shipped_weights())
