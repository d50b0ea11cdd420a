"""Why a person should look at a conversation."""

from __future__ import annotations

from enum import StrEnum


class FlagReason(StrEnum):
    """Why a person should look at a conversation."""

    CUSTOMER_ASKS = "customer_asks"
    MISUNDERSTOOD = "misunderstood"  # two in a row
    CODE_FAILED = "code_failed"  # for good: no attempts or no sends left
    NO_REACHABLE_CONTACT = "no_reachable_contact"
    NOT_ME = "not_me"  # whoever has the old contact says that the change was not theirs
    FROZEN = "frozen"  # the customer wants a change while their record is frozen
    OWNER_IDLE = "owner_idle"  # the person who spoke fell silent, and the bot speaks again
    RISK = "risk"
    DISPUTE = "dispute"
    DISPLEASURE = "displeasure"
    DISTRESS = "distress"
    DEATH = "death"
    LEGAL = "legal"
    SOMEBODY_ELSE = "somebody_else"  # a request about another person's record
    OFFERED = "offered"  # the customer accepted the offer of a person
    CHECK_IN_UNANSWERED = "check_in_unanswered"
