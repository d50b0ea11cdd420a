"""What one utterance says of changes: which begin, which are only hinted at, and what it adds to each."""

from __future__ import annotations

from dialogs.policy import Policy
from dialogs.step import Turn
from dialogs.types import Item
from nlu.replaced import replaced
from nlu.types import ANY, Candidate, Cue, Holder, Operation, Polarity, Problem, Value, When, WhenKind
from nlu.values.merge import merge, missing

REFUSED = {Problem.TOO_SHORT, Problem.TOO_LONG, Problem.INVALID}
"""With these a value is not taken; an ambiguous one is, and the rest asked for."""


def enabled(field: str, policy: Policy) -> bool:
    """Whether this company changes this field here."""
    return field in policy.fields and policy.fields[field].enabled


def started(turn: Turn) -> tuple[Item, ...]:
    """The changes this utterance begins, with what it says of them. A temporary one is for a person."""
    return tuple(_item(field, turn) for field in turn.understanding.starts if not _is_temporary(field, turn))


def doubtful(turn: Turn) -> tuple[Item, ...]:
    """The fields this utterance hints at: the bot asks first."""
    return tuple(_item(field, turn) for field in turn.understanding.asks if field != ANY)


def temporary(turn: Turn) -> tuple[str, ...]:
    """The fields of which this utterance says that they change for a while only."""
    return tuple(field for field in turn.understanding.starts if _is_temporary(field, turn))


def somebody_elses(turn: Turn) -> Cue | None:
    """A change in somebody else's details, told as a fact or wished for; None when there is none."""
    read = turn.understanding
    return next(
        (
            cue
            for cue in read.cues
            if cue.holder is Holder.OTHER
            and cue.polarity is Polarity.ASSERTED
            and cue.field not in (*read.starts, *read.asks)
        ),
        None,
    )


def _cue(field: str, turn: Turn) -> Cue | None:
    cues = [cue for cue in turn.understanding.cues if cue.field == field]
    return max(cues, key=lambda cue: cue.confidence, default=None)


def _is_temporary(field: str, turn: Turn) -> bool:
    cue = _cue(field, turn)
    return cue is not None and cue.when.kind is WhenKind.TEMPORARY


def _item(field: str, turn: Turn) -> Item:
    cue = _cue(field, turn)
    bare = Item(field, Operation.WANTS_CHANGE) if cue is None else _of_cue(cue)
    return replaced(filled(bare, turn), reason=turn.understanding.reason)


def reasoned(items: tuple[Item, ...], turn: Turn) -> tuple[Item, ...]:
    """The items with the reason that was just volunteered, where none was given before. Nobody asks for one."""
    reason = turn.understanding.reason
    if reason is None:
        return items
    return tuple(item if item.reason else replaced(item, reason=reason) for item in items)


def _of_cue(cue: Cue) -> Item:
    return Item(cue.field, cue.operation, when=cue.when, holder=cue.holder)


def _candidates(field: str, turn: Turn) -> list[Candidate]:
    return [c for c in turn.understanding.candidates if c.field == field and c.role == "new"]


def problem_with(field: str, turn: Turn) -> Problem | None:
    """Why the value just given cannot be taken, or not yet; None when it can, or none was given."""
    candidates = _candidates(field, turn)
    return candidates[-1].problem if candidates else None


def filled(item: Item, turn: Turn) -> Item:
    """The item with everything that this utterance adds to it. A value with a problem is not taken."""
    value: Value = item.value
    if item.operation is not Operation.REMOVE:
        for candidate in _candidates(item.field, turn):
            if candidate.problem not in REFUSED:
                value = _joined(item.field, value, candidate.value, turn)
    elsewhere = item.field in turn.facts.elsewhere and value != item.value
    risks = (*item.risks, "contact_on_other_customer") if elsewhere else item.risks
    parts = lacking(item, value, turn.policy)
    return replaced(item, value=value, missing=parts, when=_when(item, turn), risks=risks)


def _joined(field: str, known: Value, said: Value, turn: Turn) -> Value:
    """What was sent last counts: a late message only adds to what is known."""
    return merge(field, said, known) if turn.late else merge(field, known, said)


def emptied(item: Item, policy: Policy) -> Item:
    """The same change with nothing said of it yet."""
    return replaced(item, value={}, missing=lacking(item, {}, policy), risks=())


def lacking(item: Item, value: Value, policy: Policy) -> tuple[str, ...]:
    """The parts that must still be asked for."""
    if item.operation is Operation.REMOVE:
        return ()
    parts = missing(item.field, value, region=policy.region)
    return parts if parts or value else ("value",)


def _when(item: Item, turn: Turn) -> When:
    cue = _cue(item.field, turn)
    return cue.when if cue is not None and cue.when.date is not None else item.when
