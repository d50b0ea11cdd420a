"""Every sentence under an id, and how a reply is put into words.

The words themselves are in `dialogs/locales/*.ftl`; how those files are read is `bot.catalogues`' business.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from dialogs.types import Arg, Message, Reply, Term
from nlu.types import Language


class ReplyId(StrEnum):
    """The ids of the sentences. Stable: tests, audit entries and companies' own wordings refer to them."""

    # Meeting
    INTRO = "intro"
    HELLO = "hello"
    WELCOME = "welcome"
    WHAT_CHANGED = "what-changed"
    HELP = "help"
    NOT_UNDERSTOOD = "not-understood"
    NOT_UNDERSTOOD_IDLE = "not-understood-idle"
    NO_CHANGE_NOTED = "no-change-noted"
    TAKE_YOUR_TIME = "take-your-time"
    NOTHING_TO_REPEAT = "nothing-to-repeat"
    BUTTON_OVER = "button-over"
    OPTED_OUT = "opted-out"
    OVERTAKEN = "overtaken"
    NOT_MY_SUBJECT = "not-my-subject"
    HOW_LONG = "how-long"

    # Attachments
    ATTACHMENT_VOICE = "attachment-voice"
    ATTACHMENT_PHOTO = "attachment-photo"
    ATTACHMENT_LOCATION = "attachment-location"
    ATTACHMENT_CONTACT = "attachment-contact"
    ATTACHMENT_EDITED = "attachment-edited"
    ATTACHMENT_OTHER = "attachment-other"

    # Persons
    PERSON_COMING = "person-coming"
    PERSON_OFFER = "person-offer"
    PERSON_DECLINED = "person-declined"
    PERSON_JOINED = "person-joined"
    PERSON_LEFT = "person-left"
    PERSON_SAYS = "person-says"
    SORRY_DISPLEASURE = "sorry-displeasure"
    SORRY_DISTRESS = "sorry-distress"
    SORRY_DEATH = "sorry-death"
    LEGAL_MATTER = "legal-matter"
    SOMEBODY_ELSE = "somebody-else"
    SOMEBODY_ELSE_FLAGGED = "somebody-else-flagged"
    TEMPORARY = "temporary"
    FIELD_NOT_HERE = "field-not-here"

    # Linking
    ASK_CUSTOMER_NUMBER = "ask-customer-number"
    CUSTOMER_NUMBER_HELP = "customer-number-help"
    LINK_CODE_SENT = "link-code-sent"
    LINK_CODE_WAITING = "link-code-waiting"
    LINK_NUMBER_UNKNOWN = "link-number-unknown"
    LINK_FAILED = "link-failed"
    LINKED = "linked"
    LINKED_ALREADY = "linked-already"
    ASK_SWITCH = "ask-switch"
    NOT_SWITCHED = "not-switched"
    LINK_TOKEN_OVER = "link-token-over"  # noqa: S105 (a sentence's id)
    LINK_CODE_MESSAGE = "link-code-message"
    SHALL_WE_GO_ON = "shall-we-go-on"

    # Collecting
    ASK_CHANGED = "ask-changed"
    ASK_WHICH_FIELD = "ask-which-field"
    ASK_ADDRESS = "ask-address"
    ASK_PHONE = "ask-phone"
    ASK_EMAIL = "ask-email"
    ASK_NAME = "ask-name"
    ASK_ID_DOCUMENT = "ask-id-document"
    ASK_COMPANY = "ask-company"
    ASK_CONTACT_PERSON = "ask-contact-person"
    ASK_BANK_ACCOUNT = "ask-bank-account"
    ASK_OTHER_PERSONAL = "ask-other-personal"
    ASK_FIELD = "ask-field"
    ASK_CHOICE = "ask-choice"
    ASK_SEVERAL = "ask-several"
    ASK_PARTS = "ask-parts"
    ASK_PARTS_AMBIGUOUS = "ask-parts-ambiguous"
    PROBLEM_PHONE_SHORT = "problem-phone-short"
    PROBLEM_PHONE_LONG = "problem-phone-long"
    PROBLEM_EMAIL = "problem-email"
    CHECK_EMAIL = "check-email"
    PROBLEM_ID_DOCUMENT = "problem-id-document"
    PROBLEM_ID_LENGTH = "problem-id-length"
    PROBLEM_BANK_ACCOUNT = "problem-bank-account"
    PROBLEM_VALUE = "problem-value"
    KEPT_EARLIER = "kept-earlier"
    SLOT_NEEDED = "slot-needed"
    NOTED_FOR_LATER = "noted-for-later"
    SAME_AS_RECORD = "same-as-record"
    ASK_REPLACE = "ask-replace"
    KEPT_OPEN_REQUEST = "kept-open-request"
    ASK_NEXT = "ask-next"
    LEFT_AS_IS = "left-as-is"
    CANCELLED = "cancelled"
    CANCELLED_FIELDS = "cancelled-fields"
    NOTHING_TO_CANCEL = "nothing-to-cancel"
    CANCEL_FILED = "cancel-filed"
    WITHDRAWN = "withdrawn"
    WITHDRAW_KEPT = "withdraw-kept"
    WITHDRAW_OVER = "withdraw-over"
    WITHDRAW_NOTHING = "withdraw-nothing"
    WITHDRAW_PERSON = "withdraw-person"
    RESTARTED = "restarted"

    # Confirming
    SUMMARY = "summary"
    SUMMARY_ITEM = "summary-item"
    SUMMARY_SEVERAL = "summary-several"
    SUMMARY_SENSITIVE = "summary-sensitive"
    SUMMARY_CHANGED_SINCE = "summary-changed-since"
    WHAT_TO_CORRECT = "what-to-correct"
    WHAT_INSTEAD = "what-instead"
    CONSENT_WITHDRAW = "consent-withdraw"

    # Verifying
    PROOFS_MISSING = "proofs-missing"
    PROOF_ACCEPTED = "proof-accepted"
    ASK_OLD_WORKS = "ask-old-works"
    CODE_SENT = "code-sent"
    CODE_SENT_NEW = "code-sent-new"
    CODE_WAITING = "code-waiting"
    CODE_WRONG = "code-wrong"
    CODE_EXPIRED = "code-expired"
    CODE_FAILED = "code-failed"
    CODE_LIMIT = "code-limit"
    CODE_NONE_LIVE = "code-none-live"
    CODE_ALONE = "code-alone"
    CODE_OVER = "code-over"
    CODE_TROUBLE = "code-trouble"
    NO_REACHABLE_CONTACT = "no-reachable-contact"
    NO_CODE_NOW = "no-code-now"
    PERSON_VOUCHED = "person-vouched"
    CODE_MESSAGE = "code-message"

    # What do you have on me?
    DISCLOSE_FIRST_LINK = "disclose-first-link"
    DISCLOSE_AFTERWARDS = "disclose-afterwards"
    DISCLOSE_NO_CONTACT = "disclose-no-contact"
    DISCLOSE_CODE_SENT = "disclose-code-sent"
    DISCLOSE_CODE_MESSAGE = "disclose-code-message"
    DISCLOSE_FAILED = "disclose-failed"
    DISCLOSED_FIRST = "disclosed-first"
    DISCLOSED = "disclosed"
    DISCLOSED_LAST = "disclosed-last"
    DISCLOSED_NOTHING = "disclosed-nothing"

    # Filed, and after
    FILED = "filed"
    FILED_SEVERAL = "filed-several"
    RECEIPT = "receipt"
    RECEIPT_REMOVED = "receipt-removed"
    RECEIPT_THANKS = "receipt-thanks"
    RECEIPT_DISPUTED = "receipt-disputed"
    RECEIPT_OVER = "receipt-over"
    REQUEST_COOLING_OFF = "request-cooling-off"
    REQUEST_SCHEDULED = "request-scheduled"
    REQUEST_OUTSTANDING = "request-outstanding"
    REQUEST_REJECTED = "request-rejected"
    REQUEST_RETURNED = "request-returned"
    ANSWER_PASSED_ON = "answer-passed-on"
    REQUEST_EXPIRED = "request-expired"
    REQUEST_STALE = "request-stale"
    REQUEST_FROZEN = "request-frozen"
    REQUEST_RELEASED = "request-released"
    DISPUTE_UPHELD = "dispute-upheld"
    NOTICE_CHANGED = "notice-changed"
    NOTICE_FILED = "notice-filed"
    NOTICE_LINKED = "notice-linked"

    # Check-ins
    CHECK_IN = "check-in"
    CHECK_IN_STILL = "check-in-still"
    CHECK_IN_LATER = "check-in-later"
    CHECK_IN_STOP = "check-in-stop"
    CHECK_IN_OVER = "check-in-over"

    # Silence
    NUDGE = "nudge"
    PARKED = "parked"
    PARKED_BY_CUSTOMER = "parked-by-customer"
    EXPIRED = "expired"
    WELCOME_BACK = "welcome-back"

    # Why do you ask?
    WHY_FIELD = "why-field"
    WHY_CUSTOMER_NUMBER = "why-customer-number"
    WHY_CODE = "why-code"
    WHY_GENERAL = "why-general"


PRIVATE = frozenset({ReplyId.DISCLOSED})
"""Sentences for the customer's eyes only: of these staff see that they were said, never the words."""


class Label(StrEnum):
    """The ids of button labels."""

    YES = "button-yes"
    NO = "button-no"
    CANCEL = "button-cancel"
    CONSENT_YES = "button-consent-yes"
    CONSENT_CHANGE = "button-consent-change"
    CODE_RESEND = "button-code-resend"
    CODE_OTHER = "button-code-other"
    REPLACE_YES = "button-replace-yes"
    REPLACE_NO = "button-replace-no"
    OLD_WORKS = "button-old-works"
    OLD_GONE = "button-old-gone"
    RECEIPT_RIGHT = "button-receipt-right"
    RECEIPT_WRONG = "button-receipt-wrong"
    CHECKIN_STILL = "button-checkin-still"
    CHECKIN_CHANGED = "button-checkin-changed"
    CHECKIN_LATER = "button-checkin-later"
    CHECKIN_STOP = "button-checkin-stop"
    PERSON_YES = "button-person-yes"
    PERSON_NO = "button-person-no"
    RESUME_YES = "button-resume-yes"
    CONTACT_SHARE = "button-contact-share"
    WITHDRAW = "button-withdraw"
    WITHDRAW_NO = "button-withdraw-no"
    SWITCH_YES = "button-switch-yes"
    SWITCH_NO = "button-switch-no"


class Catalogue(Protocol):
    """The sentences of one language."""

    def format(self, id: str, args: Mapping[str, object]) -> str:
        """Write the sentence; KeyError for an unknown id."""
        ...


Catalogues = Mapping[Language, Catalogue]


def render(reply: Reply, language: Language, catalogues: Catalogues) -> Message:
    """Put a reply into words."""
    catalogue = catalogues[language]
    args = {name: _written(arg, language, catalogue) for name, arg in reply.args.items()}
    buttons = tuple((button.id, catalogue.format(button.label, {})) for button in reply.buttons)
    return Message(reply.id, catalogue.format(reply.id, args), buttons)


def _written(arg: Arg, language: Language, catalogue: Catalogue) -> str | int:
    match arg:
        case str() | int():
            return arg
        case Term(id):
            return catalogue.format(id, {})
        case dt.datetime():
            return f"{_date(arg.date(), language)}{'' if language is Language.ZH else ', '}{arg:%H:%M}"
        case dt.date():
            return _date(arg, language)
        case tuple():
            return _list([catalogue.format(a.id, {}) if isinstance(a, Term) else a for a in arg], language)


_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip


def _date(day: dt.date, language: Language) -> str:
    match language:
        case Language.EN:
            return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
        case Language.ZH:
            return f"{day.year}年{day.month}月{day.day}日"


def _list(words: Sequence[str], language: Language) -> str:
    """Join words as the language does: "a, b and c"; "a、b和c"."""
    if len(words) < 2:
        return "".join(words)
    comma, last = (", ", " and ") if language is Language.EN else ("、", "和")
    return comma.join(words[:-1]) + last + words[-1]
