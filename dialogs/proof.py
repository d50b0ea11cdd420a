"""Proof: which codes a change still needs, to which contact each goes, and what follows from a typed code."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

import msgspec

from dialogs import risk
from dialogs.buttons import Verb, button
from dialogs.consent import SHOWN
from dialogs.effects import Decision, Destination, NewContact, OnFile, Purpose, RecordProof, SendCode
from dialogs.facts import CodeOutcome, Facts, OnRecord
from dialogs.flags import FlagReason
from dialogs.replies import ReplyId
from dialogs.step import OPEN, Turn, ask, card, close, field_terms, flagged
from dialogs.types import Asked, Conversation, Draft, Need, Pending, Proof, Reply, Stage, Term
from nlu.replaced import replaced
from nlu.types import Operation
from nlu.values.present import mask

CONTACTS = ("phone", "email")
"""Fields a code can be sent to, the stronger first."""

RECYCLED_AFTER = dt.timedelta(days=90)
"""Numbers are given to somebody else after about this long without use."""


class Wanted(msgspec.Struct, frozen=True):
    """A proof that policy or a risk asks for; `field` says which of two new contacts, `second` that it must come from
    another contact on file than the first."""

    need: Need
    field: str = ""
    second: bool = False


def wanted(draft: Draft, turn: Turn) -> tuple[Wanted, ...]:
    """All proofs a draft needs, contacts on file first. The new contact is never the only one; it gives none where no
    code can be typed, nor for a value that is only put back (what replaced it may be a stranger's)."""
    policy = turn.policy
    needs = {need for item in draft.items for need in policy.fields[item.field].proofs}
    on_file = [Wanted(Need.PHONE_ON_FILE if Need.PHONE_ON_FILE in needs else Need.ON_FILE)]
    if not draft.offline and _second_possible(draft, turn) and risk.adds_proof(draft, turn.facts, policy, turn.now):
        on_file.append(Wanted(Need.ON_FILE, second=True))
    fresh = [
        Wanted(Need.NEW_CONTACT, item.field)
        for item in draft.items
        if item.field in CONTACTS
        and item.operation is not Operation.REMOVE
        and not (draft.offline or draft.puts_back)
        and Need.NEW_CONTACT in policy.fields[item.field].proofs
    ]
    return (*on_file, *fresh)


def still_wanted(draft: Draft, turn: Turn) -> tuple[Wanted, ...]:
    """The proofs not yet held for the draft's digest. A code from a contact that has left the record since counts no
    more: it may have left because a stranger has it."""
    on_record = {contact.version for contact in turn.facts.record.values()}
    standing = tuple(
        proof
        for proof in draft.proofs
        if proof.kind != "code" or proof.need is Need.NEW_CONTACT or proof.contact in on_record
    )
    held = replaced(draft, proofs=standing)
    return tuple(want for want in wanted(draft, turn) if not _is_held(want, held))


def _is_held(want: Wanted, draft: Draft) -> bool:
    if want.second:
        return second_held(draft)
    return any((proof.need, proof.field) == (want.need, want.field) for proof in _held(draft))


def _held(draft: Draft) -> tuple[Proof, ...]:
    return tuple(proof for proof in draft.proofs if proof.digest == draft.digest)


def _proven_by(draft: Draft) -> frozenset[str]:
    """The contacts on file that have proven the draft as it stands."""
    return frozenset(proof.contact for proof in _held(draft) if proof.need is not Need.NEW_CONTACT)


def second_held(draft: Draft) -> bool:
    """Whether two contacts on file, each by itself, have proven the draft."""
    return len(_proven_by(draft)) > 1


def _second_possible(draft: Draft, turn: Turn) -> bool:
    """Whether there are two contacts on file that could prove independently; else a risk adds an approver instead."""
    able = {contact.version for contact in able_contacts(draft, CONTACTS, turn.facts, turn.now)}
    return len(able | _proven_by(draft)) > 1


def contact_for(draft: Draft, need: Need, facts: Facts, now: dt.datetime) -> OnRecord | None:
    """The contact on file that gets the code: phone before e-mail, doubtful ones last; None when none is left. One that
    has proven the draft already proves it no second time."""
    fields = CONTACTS[:1] if need is Need.PHONE_ON_FILE else CONTACTS
    proven = _proven_by(draft)
    left = [contact for contact in able_contacts(draft, fields, facts, now) if contact.version not in proven]
    return min(left, key=lambda contact: contact.to_verify, default=None)


def able_contacts(draft: Draft, fields: tuple[str, ...], facts: Facts, now: dt.datetime) -> list[OnRecord]:
    """The contacts on file of these fields that can prove the draft, the stronger first."""
    return [
        contact
        for field in fields
        if (contact := facts.record.get(field)) is not None
        and contact.version not in draft.unreachable
        and not _told_unreachable(contact, draft)
        and not is_one_factor(contact, facts, now)
    ]


def _told_unreachable(contact: OnRecord, draft: Draft) -> bool:
    """The change began with "I can no longer be reached there"."""
    return any(item.field == contact.field and item.operation is Operation.UNREACHABLE for item in draft.items)


def is_one_factor(contact: OnRecord, facts: Facts, now: dt.datetime) -> bool:
    """Linking and proving through one old number is one factor: the number may be a stranger's by now."""
    if contact.version != facts.linked_via:
        return False
    return contact.proven_at is None or now - contact.proven_at > RECYCLED_AFTER


def next_step(conversation: Conversation, draft: Draft, turn: Turn) -> Decision:
    """Ask for the next proof that is missing."""
    conversation = replaced(conversation, stage=Stage.VERIFYING)
    if conversation.pending is not None:
        return waiting(conversation, conversation.pending, turn)
    missing = still_wanted(draft, turn)
    want = missing[0]
    if want.need is Need.NEW_CONTACT:
        item = next(item for item in draft.items if item.field == want.field)
        masked = mask(item.field, item.value)
        return _send(conversation, draft, want, NewContact(item.field, item.value), masked, turn)
    contact = contact_for(draft, want.need, turn.facts, turn.now)
    if contact is None:
        return flagged(close(conversation, card(ReplyId.NO_REACHABLE_CONTACT)), FlagReason.NO_REACHABLE_CONTACT, turn)
    if _must_ask(contact, draft):
        return _ask_old_works(conversation, contact)
    want = replaced(want, field=contact.field)
    return _send(conversation, draft, want, OnFile(contact.version), contact.masked, turn)


def _must_ask(contact: OnRecord, draft: Draft) -> bool:
    """A contact that is being changed, or is in doubt, is asked about before a code is sent to it."""
    changed = any(item.field == contact.field for item in draft.items)
    return (changed or contact.to_verify) and contact.version not in draft.asked_reachable


def _ask_old_works(conversation: Conversation, contact: OnRecord) -> Decision:
    reply = card(
        ReplyId.ASK_OLD_WORKS,
        button(Verb.OLD_WORKS),
        button(Verb.OLD_GONE),
        kind=Term(f"contact-{contact.field}"),
        masked=contact.masked,
    )
    return ask(conversation, Asked.OLD_CONTACT_WORKS, reply, about=contact.version)


def on_old_works(conversation: Conversation, draft: Draft, version: str) -> Decision:
    """The old contact still receives: it may get the code."""
    draft = replaced(draft, asked_reachable=(*draft.asked_reachable, version))
    return close(replaced(conversation, draft=draft))


def on_old_gone(conversation: Conversation, draft: Draft, version: str) -> Decision:
    """The contact no longer receives: the next one on file, if there is one."""
    draft = replaced(draft, unreachable=(*draft.unreachable, version))
    return close(replaced(conversation, draft=draft, pending=None))


def _send(conversation: Conversation, draft: Draft, want: Wanted, to: Destination, masked: str, turn: Turn) -> Decision:
    """Send a code bound to the draft's digest. It replaces any code sent before."""
    if turn.facts.frozen:
        return flagged(close(conversation, card(ReplyId.NO_CODE_NOW)), FlagReason.FROZEN, turn)
    if turn.facts.sends_left <= 0:
        return over_limit(conversation, turn)
    if draft.digest is None or draft.consent is None:
        raise ValueError("a code is sent only for a change that was agreed to")
    expires_at = turn.now + turn.policy.codes.lifetime
    fields = tuple(item.field for item in draft.items)
    message = Reply(
        ReplyId.CODE_MESSAGE,
        {
            "code": turn.code,
            "what": field_terms(fields),
            "minutes": minutes(turn.policy.codes.lifetime),
            "company": turn.policy.company,
        },
    )
    send = SendCode(turn.challenge_id, Purpose.CHANGE, want.need, draft.digest, to, turn.code, message, expires_at)
    contact = to.version if isinstance(to, OnFile) else "new"
    pending = Pending(turn.challenge_id, want.need, contact, masked, turn.now, expires_at, want.field)
    conversation = replaced(conversation, pending=pending)
    replies = (*_missing(draft, turn), sent(pending, turn))
    return ask(conversation, Asked.CODE, *replies, about=contact, effects=(send,))


def _missing(draft: Draft, turn: Turn) -> tuple[Reply, ...]:
    """When more than one proof is missing, say which: the customer always knows what is still to come. After the first
    proof the thanks for it say so."""
    missing = still_wanted(draft, turn)
    if len(missing) < 2 or draft.proofs:
        return ()
    return (card(ReplyId.PROOFS_MISSING, missing=tuple(_name(want) for want in missing), count=len(missing)),)


def _name(want: Wanted) -> Term:
    match want.need:
        case Need.ON_FILE if want.second:
            return Term("proof-second-on-file")
        case Need.ON_FILE:
            return Term("proof-on-file")
        case Need.PHONE_ON_FILE:
            return Term("proof-phone-on-file")
        case Need.NEW_CONTACT:
            return Term(f"proof-new-{want.field}")


def sent(pending: Pending, turn: Turn) -> Reply:
    """Where the code went and how long it is valid."""
    new = pending.need is Need.NEW_CONTACT
    return card(
        ReplyId.CODE_SENT_NEW if new else ReplyId.CODE_SENT,
        button(Verb.CODE_RESEND),
        button(Verb.CODE_OTHER),
        button(Verb.CANCEL),
        kind=Term(f"contact-{'new-' if new else ''}{pending.field}"),
        masked=pending.masked,
        digits=turn.policy.codes.digits,
        minutes=minutes(turn.policy.codes.lifetime),
    )


def waiting(conversation: Conversation, pending: Pending, turn: Turn) -> Decision:
    """A code is on its way: say where it went, or that its time is over."""
    if pending.expires_at <= turn.now:
        return ask(conversation, Asked.CODE, _expired(), about=pending.contact)
    reply = card(
        ReplyId.CODE_WAITING,
        button(Verb.CODE_RESEND),
        button(Verb.CODE_OTHER),
        button(Verb.CANCEL),
        kind=Term(f"contact-{'new-' if pending.need is Need.NEW_CONTACT else ''}{pending.field}"),
        masked=pending.masked,
    )
    return ask(conversation, Asked.CODE, reply, about=pending.contact)


def resend(conversation: Conversation, draft: Draft, turn: Turn) -> Decision:
    """Send another code to the same place; the one before no longer counts. A contact that has left the record since
    gets none: the next one on file does."""
    pending = conversation.pending
    if pending is None or pending.need is None:
        return close(conversation)
    on_record = {contact.version for contact in turn.facts.record.values()}
    if pending.need is not Need.NEW_CONTACT and pending.contact not in on_record:
        return close(replaced(conversation, pending=None))
    want = Wanted(pending.need, pending.field)
    if pending.need is Need.NEW_CONTACT:
        item = next(item for item in draft.items if item.field == pending.field)
        return _send(conversation, draft, want, NewContact(item.field, item.value), pending.masked, turn)
    return _send(conversation, draft, want, OnFile(pending.contact), pending.masked, turn)


def on_code(conversation: Conversation, draft: Draft, pending: Pending, turn: Turn) -> Decision:
    """A code was typed. The store has counted the attempt and compared."""
    outcome = turn.facts.code
    match outcome:
        case CodeOutcome.MATCH if says_more(turn.inbound.text or ""):
            return ask(conversation, Asked.CODE, alone(draft), about=pending.contact)
        case CodeOutcome.MATCH:
            return _proven(conversation, draft, pending, turn)
        case CodeOutcome.MISMATCH:
            return ask(conversation, Asked.CODE, wrong(turn), about=pending.contact)
        case CodeOutcome.EXPIRED:
            return ask(conversation, Asked.CODE, _expired(), about=pending.contact)
        case CodeOutcome.EXHAUSTED:
            return failed(conversation, pending, turn)
        case CodeOutcome.NONE_LIVE | None:
            reply = card(ReplyId.CODE_NONE_LIVE, button(Verb.CODE_RESEND))
            return ask(conversation, Asked.CODE, reply, about=pending.contact)


def _proven(conversation: Conversation, draft: Draft, pending: Pending, turn: Turn) -> Decision:
    if pending.need is None or draft.digest is None:
        raise ValueError("this code was not sent for a change")
    field = pending.field if pending.need is Need.NEW_CONTACT else ""
    proof = Proof(turn.proof_id, pending.need, "code", draft.digest, pending.contact, turn.now, field)
    record = RecordProof(proof.id, pending.challenge, draft.digest, pending.need, pending.contact, turn.now, field)
    draft = replaced(draft, proofs=(*draft.proofs, proof))
    conversation = replaced(conversation, draft=draft, pending=None, question=OPEN)
    missing = still_wanted(draft, turn)
    replies = (card(ReplyId.PROOF_ACCEPTED, missing=tuple(_name(want) for want in missing)),) if missing else ()
    return Decision(conversation, replies, (record,))


def alone(draft: Draft) -> Reply:
    """The code is right and the message said more: only the code by itself goes on."""
    shown = (draft.digest or "")[:SHOWN]
    return card(ReplyId.CODE_ALONE, button(Verb.CONSENT_CHANGE, shown), button(Verb.CANCEL))


def says_more(text: str) -> bool:
    """Whether a message with a code says more than the code: "493022 but it's number 14" or "493022, this wasn't me" is
    no yes. Words that are understood to change nothing are few and known; everything else is more."""
    rest = _NUMBER.sub(" ", unicodedata.normalize("NFKC", text).casefold(), count=1)
    return any(map(str.isalnum, _NOTHING_MORE.sub(" ", rest)))


_NUMBER = re.compile(r"\d(?:[\s-]{0,2}\d){3,9}")
_NOTHING_MORE = re.compile(
    r"\b(?:(?:no|not that one)[,.]? (?=it'?s\b|it is\b)|i (?:got|received|have)(?: it)?|you go|thank you|thanks|thx"
    r"|ok|okay|yes|yeah|yep|sure|right|please|pls|sorry|oops|wait|hi|hello|here|here'?s|it'?s|it|is|was|this|that|the|a|my"
    r"|your|code|pin|otp|sms|number|says?|came|just|now|so|and|zero|oh?|one|two|three|four|five|six|seven|eight|nine)\b"
    r"|不对[\s,，]*(?=是)|验证码|校验码|动态码|短信|数字|收到|号码|代码|谢谢|好的|抱歉|稍等|刚才|这个|这里|码|是的|是|对|为|我的"
    r"|的|了|好|嗯|哦|给|您|你|这|就|在|请|吧|[零〇一二三四五六七八九幺]"
)


def wrong(turn: Turn) -> Reply:
    """The code does not match."""
    return card(ReplyId.CODE_WRONG, button(Verb.CODE_RESEND), button(Verb.CODE_OTHER), left=turn.facts.attempts_left)


def _expired() -> Reply:
    return card(ReplyId.CODE_EXPIRED, button(Verb.CODE_RESEND), button(Verb.CANCEL))


def failed(conversation: Conversation, pending: Pending, turn: Turn) -> Decision:
    """No attempts are left for this code: a person should look; a new code may still be tried."""
    resend = (button(Verb.CODE_RESEND),) if turn.facts.sends_left > 0 else ()
    decision = ask(
        conversation, Asked.CODE, card(ReplyId.CODE_FAILED, *resend, button(Verb.CANCEL)), about=pending.contact
    )
    return flagged(decision, FlagReason.CODE_FAILED, turn)


def over_limit(conversation: Conversation, turn: Turn) -> Decision:
    """No more codes may be sent for now: nothing changes, and a person should look."""
    return flagged(close(conversation, card(ReplyId.CODE_LIMIT)), FlagReason.CODE_FAILED, turn)


def trouble(conversation: Conversation, pending: Pending) -> Decision:
    """The code did not arrive or cannot be read: what can be done."""
    reply = card(ReplyId.CODE_TROUBLE, button(Verb.CODE_RESEND), button(Verb.CODE_OTHER), button(Verb.PERSON_YES))
    return ask(conversation, Asked.CODE, reply, about=pending.contact)


def minutes(lifetime: dt.timedelta) -> int:
    """Whole minutes."""
    return int(lifetime.total_seconds() // 60)
