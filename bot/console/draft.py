"""The change that is being collected in a conversation, as staff see it: what is known, missing, agreed and proven."""

from __future__ import annotations

import msgspec

from dialogs.policy import Policy
from dialogs.step import part_terms
from dialogs.types import Conversation, Item
from nlu.types import Language
from nlu.values.present import present


class ItemShown(msgspec.Struct, frozen=True):
    """One field of the draft. `missing` are ids of the dialog's catalogue."""

    field: str
    text: str
    missing: tuple[str, ...]
    risks: tuple[str, ...]


class DraftShown(msgspec.Struct, frozen=True):
    """A draft and how far it is. `proofs_missing` are the needs that policy still asks for."""

    items: tuple[ItemShown, ...]
    agreed: bool
    proofs: tuple[str, ...]
    proofs_missing: tuple[str, ...]


def draft_of(conversation: Conversation, policy: Policy, language: Language) -> DraftShown | None:
    """What is pending; None when nothing is."""
    draft = conversation.draft
    if draft is None:
        return None
    held = {proof.need for proof in draft.proofs}
    needed = {need for item in draft.items if (known := policy.fields.get(item.field)) for need in known.proofs}
    return DraftShown(
        items=tuple(item_of(item, language) for item in draft.items),
        agreed=draft.consent is not None,
        proofs=tuple(sorted(need.value for need in held)),
        proofs_missing=tuple(sorted(need.value for need in needed - held)),
    )


def item_of(item: Item, language: Language) -> ItemShown:
    """One field of the draft."""
    text = present(item.field, item.value, language=language) if item.value else ""
    missing = tuple(term.id for term in part_terms(item.field, item.missing))
    return ItemShown(item.field, text, missing, item.risks)
