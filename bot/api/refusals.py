"""What staff are told when the core refuses them: which rule, and what to do."""

from __future__ import annotations

from bot.api.problems import Problem
from dialogs.effects import Decision, Refusal

TOLD: dict[Refusal, tuple[int, str]] = {
    Refusal.MAKER_IS_CHECKER: (403, "You took part in making this request. Ask a colleague who did not to decide."),
    Refusal.SAME_CHECKER: (403, "You gave the first approval. Another person gives the second."),
    Refusal.WRONG_ROLE: (403, "Your role does not decide at this point. A reviewer does first, a supervisor second."),
    Refusal.ILLEGAL_MOVE: (409, "The request is not waiting for this. Load it again to see where it stands."),
    Refusal.DIGEST_CHANGED: (409, "The change is not the one you saw. Load it again, look, and decide on that digest."),
    Refusal.REASON_NEEDED: (422, "Give a reason."),
    Refusal.OWNED_BY_OTHER: (409, "A colleague is speaking in this conversation."),
    Refusal.NOT_OWNER: (409, "You are not speaking in this conversation. Take it over first."),
    Refusal.NOT_LINKED: (409, "Nobody knows yet whose chat this is."),
    Refusal.NOT_AGREED: (409, "The customer has not agreed to this change. Their consent comes first."),
    Refusal.CONTACT_REACHABLE: (409, "A code can still be sent to a contact on file; the customer proves it by that."),
    Refusal.NUMBER_NOT_OFFERED: (409, "That number is not on file, or for less than 30 days. Ask which may be called."),
    Refusal.FORM_NEEDED: (422, "Give the SHA-256 of the signed form, in hex."),
    Refusal.OWN_RECORD: (403, "This is your own record. A colleague has to do this."),
    Refusal.NOT_YOURS: (
        403,
        "This customer or this kind of detail is for others. Ask a colleague of that team or group.",
    ),
    Refusal.DRAFT_OPEN: (409, "Another change is being collected in this conversation."),
    Refusal.OPEN_REQUEST: (409, "There is an open request for this field already. Decide on it first."),
    Refusal.SAME_AS_RECORD: (409, "This is what the record already says."),
    Refusal.NOT_YET_RECEIVED: (422, "The time of receipt is still to come."),
    Refusal.HELD: (409, "A legal hold keeps everything of this customer."),
    Refusal.STILL_OPEN: (409, "A request of this customer is undecided, or their record is frozen."),
    Refusal.FROZEN: (409, "Somebody said that it was not them. A person has to look and release the record first."),
}


def accepted(decision: Decision) -> Decision:
    """The decision, unless it was refused: then the problem that says why."""
    if decision.refused is None:
        return decision
    status, sentence = TOLD.get(decision.refused, (409, "This is not possible now."))
    raise Problem(status, str(decision.refused).replace("_", "-"), sentence)
