"""Consent: the canonical form of a change, its digest, the summary the customer sees, and the consent record."""

from __future__ import annotations

import hashlib
import json

from dialogs.buttons import Verb, button, typed
from dialogs.effects import Decision, Effect, RecordConsent, VoidDraft
from dialogs.facts import Facts
from dialogs.policy import Policy
from dialogs.replies import ReplyId
from dialogs.step import OPEN, Turn, ask, card, field_term, field_terms, purpose_id, purpose_term, value_shown
from dialogs.types import Arg, Asked, Button, Conversation, Draft, Inbound, Item, Question, Reply, Stage
from nlu.replaced import replaced
from nlu.types import Act, Language, Operation, Understanding, WhenKind
from nlu.values.present import mask

SHOWN = 16
"""Hex digits of the digest that a consent button carries."""


def form_of(draft: Draft, customer: str, policy: Policy) -> str:
    """The canonical text of a change: all its items, whose it is, who receives it and under which notice."""
    items = [
        {
            "field": item.field,
            "operation": item.operation.value,
            "value": dict(item.value),
            "effective": item.when.date.isoformat() if effective(item) and item.when.date else None,
        }
        for item in draft.items
    ]
    whole = {
        "draft": draft.id,
        "customer": customer,
        "items": items,
        "recipients": list(recipients(draft, policy)),
        "notice": policy.notice_version,
    }
    return json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(form: str, nonce: str) -> str:
    """SHA-256 over the nonce and the canonical form; without the nonce nobody can guess the values from it."""
    return hashlib.sha256(f"{nonce}\n{form}".encode()).hexdigest()


def effective(item: Item) -> bool:
    """Whether the change takes effect on a later date."""
    return item.when.kind is WhenKind.FUTURE and item.when.date is not None


def recipients(draft: Draft, policy: Policy) -> tuple[str, ...]:
    """The systems that will receive the change, each once."""
    names = (name for item in draft.items for name in policy.fields[item.field].recipients)
    return tuple(dict.fromkeys(names))


def propose(conversation: Conversation, draft: Draft, turn: Turn) -> Decision:
    """Fix what exactly is proposed and ask whether it may be filed."""
    return ask_consent(conversation, fixed(draft, conversation.customer or "", turn), turn)


def fixed(draft: Draft, customer: str, turn: Turn) -> Draft:
    """The draft with its canonical form and digest: from now on it says exactly this."""
    form = form_of(draft, customer, turn.policy)
    digest = digest_of(form, turn.fresh.nonce)
    return replaced(draft, nonce=turn.fresh.nonce, form=form, digest=digest, consent=None, proofs=())


def ask_consent(conversation: Conversation, draft: Draft, turn: Turn) -> Decision:
    """Show the proposed change and ask for consent to it."""
    asked = replaced(conversation, draft=draft, stage=Stage.CONFIRMING, question=Question(Asked.CONSENT))
    return Decision(asked, summary(draft, conversation.language, turn.facts, turn.policy))


def summary(draft: Draft, language: Language, facts: Facts, policy: Policy) -> tuple[Reply, ...]:
    """Exactly what will be recorded, why, who receives it, and the question. The last reply has the buttons."""
    names = recipients(draft, policy)
    common: dict[str, Arg] = {"recipients": names, "count": len(names)}
    if len(draft.items) == 1:
        (item,) = draft.items
        sensitive = policy.fields[item.field].sensitive
        id = ReplyId.SUMMARY_SENSITIVE if sensitive else ReplyId.SUMMARY
        args = (
            _line(item, language, facts, policy, masked=draft.puts_back)
            | common
            | {"purpose": purpose_term(policy, item.field)}
        )
        return (Reply(id, args, _buttons(draft), card=True),)
    lines = tuple(
        Reply(ReplyId.SUMMARY_ITEM, _line(item, language, facts, policy, masked=draft.puts_back), card=True)
        for item in draft.items
    )
    purposes = tuple(dict.fromkeys(purpose_term(policy, item.field) for item in draft.items))
    closing = Reply(ReplyId.SUMMARY_SEVERAL, common | {"purposes": purposes}, _buttons(draft), card=True)
    return (*lines, closing)


def _line(item: Item, language: Language, facts: Facts, policy: Policy, *, masked: bool) -> dict[str, Arg]:
    """What changes from what to what. `masked`: the new value comes from the record and was not typed here (rule 9)."""
    old = facts.record.get(item.field)
    new = mask(item.field, item.value) if masked else value_shown(item, language, policy)
    return {
        "field": field_term(item.field),
        "operation": "remove" if item.operation is Operation.REMOVE else "change",
        "old": old.masked if old else "none",
        "new": new if item.value else "none",
        "effective": item.when.date if effective(item) and item.when.date else "none",
    }


def _buttons(draft: Draft) -> tuple[Button, ...]:
    shown = (draft.digest or "")[:SHOWN]
    return (
        button(Verb.CONSENT_YES, shown),
        button(Verb.CONSENT_CHANGE, shown),
        button(Verb.CONSENT_CANCEL, shown),
    )


def is_current(draft: Draft | None, shown: str) -> bool:
    """Whether a consent button belongs to what is proposed now."""
    return draft is not None and draft.digest is not None and draft.digest[:SHOWN] == shown


def may_be_given(conversation: Conversation, inbound: Inbound, understanding: Understanding) -> bool:
    """Whether this message may agree to what is proposed, or nothing is, or it was agreed to already: while a summary
    waits for its answer, no other message sends a code."""
    draft = conversation.draft
    return (
        conversation.stage is not Stage.CONFIRMING
        or draft is None
        or draft.consent is not None
        or inbound.button is not None
        or Act.AFFIRM in understanding.acts
        or typed(inbound.text or "") is not None
    )


def give(conversation: Conversation, draft: Draft, how: str, turn: Turn) -> Decision:
    """The customer agrees to exactly the proposed change (terms of ISO/IEC TS 27560)."""
    if draft.digest is None or draft.nonce is None or draft.form is None:
        raise ValueError("consent was given to a draft that was never proposed")
    record = RecordConsent(
        id=turn.consent_id,
        draft=draft.id,
        digest=draft.digest,
        nonce=draft.nonce,
        form=draft.form,
        notice_version=turn.policy.notice_version,
        language=conversation.language,
        how=how,
        purposes=tuple(purpose_id(turn.policy, item.field) for item in draft.items),
        recipients=recipients(draft, turn.policy),
        withdraw=ReplyId.CONSENT_WITHDRAW,
        at=turn.now,
    )
    agreed = replaced(draft, consent=turn.consent_id)
    conversation = replaced(conversation, draft=agreed, question=OPEN)
    return Decision(conversation, effects=(record,))


def void(conversation: Conversation, why: str) -> tuple[Conversation, tuple[Effect, ...]]:
    """Consent, proofs and codes bound to the draft's digest no longer count."""
    draft = conversation.draft
    if draft is None or draft.digest is None:
        return conversation, ()
    cleared = replaced(draft, nonce=None, digest=None, form=None, consent=None, proofs=())
    return replaced(conversation, draft=cleared, pending=None), (VoidDraft(draft.id, why),)


def on_stale_button(conversation: Conversation, turn: Turn) -> Decision:
    """A consent button of an earlier summary: never consent. The current one is shown, if there is one."""
    draft = conversation.draft
    if draft is None or draft.digest is None or draft.consent is not None:
        return Decision(conversation, (card(ReplyId.BUTTON_OVER),))
    shown = ask_consent(conversation, draft, turn)
    return replaced(shown, replies=(card(ReplyId.SUMMARY_CHANGED_SINCE), *shown.replies))


def ask_what_to_correct(conversation: Conversation, draft: Draft) -> Decision:
    """The customer wants something changed and did not say what."""
    if len(draft.items) == 1:
        return ask_instead(conversation, draft.items[0].field)
    fields = tuple(item.field for item in draft.items)
    picks = tuple(button(Verb.FIELD_PICK, field) for field in fields)
    reply = Reply(ReplyId.WHAT_TO_CORRECT, {"fields": field_terms(fields)}, picks)
    return ask(conversation, Asked.WHAT_TO_CORRECT, reply)


def ask_instead(conversation: Conversation, field: str) -> Decision:
    """Ask what one field should be instead."""
    reply = Reply(ReplyId.WHAT_INSTEAD, {"field": field_term(field)}, (button(Verb.CONSENT_CANCEL),))
    return ask(conversation, Asked.WHAT_TO_CORRECT, reply, about=field)
