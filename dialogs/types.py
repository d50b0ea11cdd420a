"""The values a conversation is made of. All frozen; the dialog turns one into the next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from nlu.types import Holder, Language, Operation, Value, When


class Stage(StrEnum):
    """Where a conversation stands on the road."""

    IDLE = "idle"
    LINKING = "linking"
    COLLECTING = "collecting"
    CONFIRMING = "confirming"
    VERIFYING = "verifying"
    FILED = "filed"


class Attachment(StrEnum):
    """Something other than text that a customer sent; nothing of it is stored."""

    VOICE = "voice"
    PHOTO = "photo"
    LOCATION = "location"
    CONTACT = "contact"
    EDITED = "edited"
    OTHER = "other"


class Inbound(msgspec.Struct, frozen=True):
    """One message as a channel received it. (channel, chat, id) names it for ever.

    Exactly one of `text`, `button`, `attachment`, `link_token`, `vouched` is the content; `vouched` is the phone
    number in E.164 that the messenger itself says is the sender's own (their own contact card, nobody else's);
    `link_token` is what a signed deep link carried (Telegram `/start TOKEN`, web `/chat?link=TOKEN`). `at` is when it
    was sent, aware, UTC.
    """

    channel: str
    chat: str
    id: str
    at: dt.datetime
    text: str | None = None
    button: str | None = None
    attachment: Attachment | None = None
    link_token: str | None = None
    vouched: str | None = None
    locale: str | None = None


class Asked(StrEnum):
    """The bot's open question, the one a bare "yes" or "14" would answer."""

    NOTHING = "nothing"
    CHANGED = "changed"  # "Has your address changed?" (a weak cue)
    WHICH_FIELD = "which_field"  # "Which detail do you want to change?"
    SLOT = "slot"  # the missing parts of the first incomplete item
    WHAT_TO_CORRECT = "what_to_correct"  # after [Change something]
    REPLACE_OPEN = "replace_open"  # "You already have CR-… open for this. Replace it?"
    CONSENT = "consent"
    OLD_CONTACT_WORKS = "old_contact_works"  # "Does ••4417 still receive messages?"
    CODE = "code"
    CUSTOMER_NUMBER = "customer_number"  # linking
    NEXT_CUE = "next_cue"  # "You also mentioned your e-mail. Change that too?"
    RESUME = "resume"  # on return after silence
    PERSON = "person"  # "Would you like a person to help?"
    RETURNED = "returned"  # a colleague's question about a request
    RECEIPT = "receipt"  # "Is this right?"
    CHECK_IN = "check_in"
    WITHDRAW = "withdraw"  # "Which request shall I withdraw?"
    SWITCH = "switch"  # "This chat belongs to another account. Switch?"


class Question(msgspec.Struct, frozen=True, omit_defaults=True):
    """An open question. `about` is what it concerns: a field, a request number, a check-in id, a version id
    or a customer id."""

    asked: Asked = Asked.NOTHING
    about: str | None = None


class Need(StrEnum):
    """A proof that policy asks for before a change is filed."""

    ON_FILE = "on_file"  # a code to a contact already on file, phone before e-mail
    PHONE_ON_FILE = "phone_on_file"  # the same, and only a phone counts
    NEW_CONTACT = "new_contact"  # a code to the new phone or mailbox itself


class Proof(msgspec.Struct, frozen=True, omit_defaults=True):
    """A proof held for the digest of a draft. `contact` is a version id, or "new" for the new contact."""

    id: str
    need: Need
    kind: str  # code | callback | in_person
    digest: str
    contact: str
    at: dt.datetime
    field: str = ""  # phone or email when `contact` is "new": which of two new contacts


class Pending(msgspec.Struct, frozen=True, omit_defaults=True):
    """A code on its way. `masked` is what the customer is shown of the destination.

    `field` is phone or email, what kind of contact it goes to. `customer` is whom a right code links this chat to.
    """

    challenge: str
    need: Need | None  # None while linking
    contact: str  # version id, "new", or "nowhere" (a code that was never sent: see linking)
    masked: str
    sent_at: dt.datetime
    expires_at: dt.datetime
    field: str = ""
    customer: str | None = None
    discloses: bool = False  # a right code shows the record; else, without a need, it links


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """One field of a draft. `missing` is what must still be asked; `reason` is kept when volunteered; `risks` are
    names of risk rules met while collecting, for the people who decide."""

    field: str
    operation: Operation
    value: Value = msgspec.field(default_factory=dict)
    missing: tuple[str, ...] = ()
    when: When = When()
    holder: Holder = Holder.SELF
    reason: str | None = None
    risks: tuple[str, ...] = ()


class Draft(msgspec.Struct, frozen=True, omit_defaults=True):
    """A change being collected. `digest`, `nonce` and `form` exist once it was proposed; a correction clears them,
    with the consent and the proofs that were bound to them.

    `unreachable` are version ids of contacts the customer says no longer receive; `replaces` are numbers of open
    requests this draft withdraws when filed. `offline`: it did not come through this chat, so no code can be typed
    here. `reverts` is the disputed request whose old value, `restored`, this draft puts back, and `makers` are the
    persons who made that one: they decide on neither.
    """

    id: str
    items: tuple[Item, ...]
    began_at: dt.datetime
    nonce: str | None = None
    digest: str | None = None
    form: str | None = None
    consent: str | None = None
    proofs: tuple[Proof, ...] = ()
    unreachable: tuple[str, ...] = ()
    asked_reachable: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    offline: bool = False
    reverts: str | None = None
    restored: Value = msgspec.field(default_factory=dict)
    makers: tuple[str, ...] = ()

    @property
    def puts_back(self) -> bool:
        """Whether it still says what it is there for; a draft that was corrected since is a change like any other."""
        return self.reverts is not None and all(dict(item.value) == dict(self.restored) for item in self.items)


class Silence(StrEnum):
    """How far a silent conversation has gone."""

    ACTIVE = "active"
    NUDGED = "nudged"
    PARKED = "parked"


class Conversation(msgspec.Struct, frozen=True, omit_defaults=True):
    """The state of one chat. `customer` is None until linked; `owner` is the member of staff who speaks now.

    `queue` holds changes noticed in mid-flow, with what was said of them; they are offered afterwards.
    `last` is the last thing the bot said, for "repeat"; `version` is the row's version when it was loaded and guards
    the update.
    """

    id: str
    channel: str
    chat: str
    language: Language = Language.EN
    stage: Stage = Stage.IDLE
    question: Question = Question()
    customer: str | None = None
    owner: str | None = None
    flagged: str | None = None
    flagged_at: dt.datetime | None = None
    draft: Draft | None = None
    pending: Pending | None = None
    queue: tuple[Item, ...] = ()
    misunderstood: int = 0
    last: tuple[Reply, ...] = ()
    silence: Silence = Silence.ACTIVE
    last_inbound_at: dt.datetime | None = None
    last_sent_at: dt.datetime | None = None  # when the latest-sent message heard so far was sent
    owner_at: dt.datetime | None = None  # when the owner last did something here; None while nobody speaks
    handed_back_at: dt.datetime | None = None  # silence counts from here where it is later than the last message
    helpers: tuple[str, ...] = ()  # staff who wrote here since the last draft ended: makers of the next
    version: int = 0


class Term(msgspec.Struct, frozen=True, rename={"id": "term"}):
    """A word from the catalogue used inside a sentence, e.g. Term("field-address")."""

    id: str


if TYPE_CHECKING:
    Arg = str | int | dt.datetime | dt.date | Term | tuple[Term, ...] | tuple[str, ...]
else:
    Arg = Any  # which of them it is, the place where it is written says (`store.codec`)


class Button(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tappable answer: `id` comes back as Inbound.button (at most 64 bytes), `label` is a catalogue id."""

    id: str
    label: str


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sentence by catalogue id, with its arguments and buttons. `card` marks summary, code and receipt: they may be
    said while a person speaks (rule 7)."""

    id: str
    args: Mapping[str, Arg] = msgspec.field(default_factory=dict)
    buttons: tuple[Button, ...] = ()
    card: bool = False


class Message(msgspec.Struct, frozen=True):
    """A reply put into words. `buttons` are (id, text)."""

    id: str
    text: str
    buttons: tuple[tuple[str, str], ...] = ()


class ActorKind(StrEnum):
    """Who acted."""

    CUSTOMER = "customer"
    STAFF = "staff"
    BOT = "bot"
    SYSTEM = "system"


class Actor(msgspec.Struct, frozen=True):
    """Who acted, and from where. `name` is a staff name, a customer id, a token name or a job kind."""

    kind: ActorKind
    name: str
    origin: str = ""  # channel or IP address
