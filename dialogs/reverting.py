"""Disputes: a person looks, and either keeps what was applied or opens a request that puts the old value back.

Who made the disputed change decides on neither. Who approved it may decide again: otherwise a small office could not
undo its own mistake. A contact that came after the disputed change proves nothing here either.
"""

from __future__ import annotations

import datetime as dt

from dialogs import lifecycle, offline, on_behalf, road
from dialogs.approval import Checker
from dialogs.effects import Decision, Effect, Move, Refusal
from dialogs.lost_contact import InPerson, why_not
from dialogs.proof import CONTACTS
from dialogs.replies import ReplyId
from dialogs.request import ChangeRequest, Role, State
from dialogs.step import Turn, joined
from dialogs.transitions import move
from dialogs.types import Conversation, Draft, Item
from nlu.replaced import replaced
from nlu.types import Operation, Value

CAN_BE_PUT_BACK = frozenset({State.APPLIED, State.SYNCED, State.CONFIRMED, State.DISPUTED})
"""Applied, and still what the record says."""


def uphold(request: ChangeRequest, checker: Checker, reason: str, now: dt.datetime) -> Decision:
    """A person has looked: what was applied is right. The customer hears it."""
    if checker.ids & request.makers:
        return Decision(refused=Refusal.MAKER_IS_CHECKER)
    if checker.role not in {Role.REVIEWER, Role.SUPERVISOR}:
        return Decision(refused=Refusal.WRONG_ROLE)
    if request.state is not State.DISPUTED:
        return Decision(refused=Refusal.ILLEGAL_MOVE)
    if not reason.strip():
        return Decision(refused=Refusal.REASON_NEEDED)
    moved = move(request, State.CONFIRMED, now)
    if isinstance(moved, Refusal):
        return Decision(refused=moved)
    moved = replaced(moved, decided_reason=reason.strip())
    told = lifecycle.tell(request, ReplyId.DISPUTE_UPHELD)
    return Decision(effects=(Move(moved, request.state, reason.strip()), told))


def start(
    conversation: Conversation, disputed: ChangeRequest, old: Value | None, staff: Checker, turn: Turn
) -> Decision:
    """Ask the customer in their chat whether the old value shall be put back. The code goes to a contact that is
    neither the old nor the new one; without any, a person sees them."""
    refused = on_behalf.may_not_begin(conversation, staff) or _refused(disputed, staff, turn)
    if refused is None and (conversation.draft is not None or conversation.customer != disputed.customer):
        refused = Refusal.DRAFT_OPEN if conversation.draft is not None else Refusal.NOT_LINKED
    if refused is not None:
        return Decision(refused=refused)
    draft = draft_of(disputed, old, turn)
    begun = on_behalf.begin(conversation, draft, staff)
    asked = joined(Decision(begun, (), as_disputed(disputed, turn.now)), road.go_on(begun, draft, turn))
    return on_behalf.remembered(asked, turn)


def file_in_person(
    conversation: Conversation, disputed: ChangeRequest, old: Value | None, seen: InPerson, staff: Checker, turn: Turn
) -> Decision:
    """The customer came, showed their identity document and signed: the request is filed. `conversation` is the
    customer's own of the offline channel."""
    refused = _refused(disputed, staff, turn) or why_not(seen, ())
    if refused is not None:
        return Decision(refused=refused)
    draft = replaced(draft_of(disputed, old, turn), offline=True)
    filed = offline.file_vouched(conversation, draft, seen, staff, turn, how="signed")
    return replaced(filed, effects=(*as_disputed(disputed, turn.now), *filed.effects))


def draft_of(disputed: ChangeRequest, old: Value | None, turn: Turn) -> Draft:
    """What puts the old value back; no value means that there was none."""
    operation = Operation.REMOVE if old is None else Operation.WRONG_ON_RECORD
    item = Item(disputed.field, operation, old or {}, risks=("reverting",))
    later = (
        contact.version
        for field, contact in turn.facts.record.items()
        if field in CONTACTS and contact.since >= disputed.filed_at
    )
    named = (disputed.against, disputed.old_contact, disputed.applied_version, *later)
    return Draft(
        turn.draft_id,
        (item,),
        turn.now,
        unreachable=tuple(dict.fromkeys(version for version in named if version is not None)),
        reverts=disputed.number,
        restored=old or {},
        makers=tuple(sorted(disputed.makers)),
    )


def as_disputed(request: ChangeRequest, now: dt.datetime) -> tuple[Effect, ...]:
    """Whoever puts a value back disputes the change that took it away."""
    moved = move(request, State.DISPUTED, now)
    return () if isinstance(moved, Refusal) else (Move(moved, request.state),)


def _refused(disputed: ChangeRequest, staff: Checker, turn: Turn) -> Refusal | None:
    if f"customer:{disputed.customer}" in staff.ids:
        return Refusal.OWN_RECORD
    live = turn.facts.record.get(disputed.field)
    applied = disputed.applied_version or None
    if disputed.state not in CAN_BE_PUT_BACK or (live.version if live else None) not in (applied, None):
        return Refusal.ILLEGAL_MOVE
    return Refusal.OPEN_REQUEST if disputed.field in turn.facts.open_requests else None
