"""A master key that never leaves its token: PKCS#11. Data keys are wrapped and unwrapped inside, by AES-GCM.

The token makes the key (AES-256, sensitive, not extractable) under a label; the object's id, chance that the token
keeps beside it, is the key's fingerprint. The next key, while one is rotated to, is labelled with `.next` behind.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from bot.master_key import MasterKeyError
from store.masters import FORMAT, NONCE_BYTES, Wrapper, WrongMasterKeyError

if TYPE_CHECKING:
    from bot.config_sections import HsmSection

T = TypeVar("T")
ID_BYTES = 8
TAG_BITS = 128
MISSING = "keys.hsm needs python-pkcs11: pip install 'tellonce[hsm]'"


class Token:
    """A session with one token. PKCS#11 lets one thread at a time use a session; one that broke is opened anew."""

    def __init__(self, section: HsmSection) -> None:
        self._section = section
        self._lock = threading.RLock()
        self._session: Any = None

    def __repr__(self) -> str:
        return f"Token({self._section.token_label})"

    def use(self, act: Callable[[Any], T]) -> T:
        """Run an act on the session. Raises MasterKeyError when the token does not answer."""
        from pkcs11 import exceptions

        with self._lock:
            for last in (False, True):
                try:
                    return act(self._opened())
                except (
                    exceptions.SessionHandleInvalid,
                    exceptions.SessionClosed,
                    exceptions.DeviceRemoved,
                    exceptions.DeviceError,
                    exceptions.UserNotLoggedIn,
                    exceptions.ObjectHandleInvalid,
                    exceptions.KeyHandleInvalid,
                ) as lost:
                    self._session = None
                    if last:
                        raise MasterKeyError(self._trouble(lost)) from None
        raise AssertionError("the second attempt either returned or raised")

    def _opened(self) -> Any:
        if self._session is None:
            import pkcs11

            section = self._section
            try:
                token = pkcs11.lib(str(section.module)).get_token(token_label=section.token_label)
                self._session = token.open(user_pin=section.pin, rw=True)
            except pkcs11.exceptions.UserAlreadyLoggedIn:
                self._session = token.open(rw=True)
            except (pkcs11.exceptions.PKCS11Error, RuntimeError) as error:
                raise MasterKeyError(self._trouble(error)) from None
        return self._session

    def _trouble(self, error: Exception) -> str:
        section = self._section
        return f"the token {section.token_label} at {section.module} does not answer: {type(error).__name__}"


class TokenMaster:
    """One key of a token."""

    def __init__(self, token: Token, id: bytes) -> None:
        self._token, self._id = token, id
        self.fingerprint = id.hex()

    def __repr__(self) -> str:
        return f"TokenMaster({self.fingerprint})"

    def wrap(self, key: bytes, place: bytes) -> bytes:
        from pkcs11 import GCMParams, Mechanism

        nonce = secrets.token_bytes(NONCE_BYTES)
        params = GCMParams(nonce, place, TAG_BITS)
        sealed: bytes = self._token.use(
            lambda session: self._key(session).encrypt(key, mechanism=Mechanism.AES_GCM, mechanism_param=params)
        )
        return FORMAT + nonce + sealed

    def unwrap(self, wrapped: bytes, place: bytes) -> bytes:
        from pkcs11 import GCMParams, Mechanism, exceptions

        nonce, sealed = wrapped[1 : 1 + NONCE_BYTES], wrapped[1 + NONCE_BYTES :]
        if wrapped[:1] != FORMAT or len(sealed) < TAG_BITS // 8:
            raise WrongMasterKeyError("it does not open under this master key")
        params = GCMParams(nonce, place, TAG_BITS)
        try:
            plain: bytes = self._token.use(
                lambda session: self._key(session).decrypt(sealed, mechanism=Mechanism.AES_GCM, mechanism_param=params)
            )
        except (exceptions.EncryptedDataInvalid, exceptions.EncryptedDataLenRange, exceptions.GeneralError):
            raise WrongMasterKeyError("it does not open under this master key") from None
        return plain

    def _key(self, session: Any) -> Any:
        from pkcs11 import ObjectClass, exceptions

        try:
            return session.get_key(object_class=ObjectClass.SECRET_KEY, id=self._id)
        except exceptions.NoSuchKey:
            raise WrongMasterKeyError(f"the token has no key {self.fingerprint} any more") from None


class TokenKeys:
    """The keys of a token (`bot.master_key.MasterKeys`)."""

    def __init__(self, section: HsmSection) -> None:
        try:
            import pkcs11  # noqa: F401  # only whether it is there
        except ModuleNotFoundError:
            raise MasterKeyError(MISSING) from None
        self._section, self._token = section, _token_of(section)

    def known(self) -> Sequence[Wrapper]:
        first = self._labelled(self._section.key_label)
        if first is None:
            raise MasterKeyError(
                f"the token {self._section.token_label} has no key labelled {self._section.key_label}; make one with:"
                " tellonce keys create"
            )
        following = self._labelled(self._next)
        return (first,) if following is None else (first, following)

    def create(self) -> str:
        if self.exists():
            raise MasterKeyError(
                f"the token has a key labelled {self._section.key_label}; it is never replaced, since it opens every"
                " record"
            )
        self._make(self._section.key_label)
        return f"the token {self._section.token_label}, label {self._section.key_label}"

    def make_next(self) -> Wrapper:
        return self._labelled(self._next) or self._make(self._next)

    def take_next(self) -> str:
        if self._labelled(self._next) is None:
            return "nothing is left to do about the old key"
        label = self._section.key_label
        old = self._labelled(label)
        if old is not None:
            self._relabel(label, f"{label}.{old.fingerprint}")
        self._relabel(self._next, label)
        aside = f"{label}.{old.fingerprint}" if old is not None else "aside"
        return (
            f"the old key is now labelled {aside}: it opens backups made until now and nothing else. Destroy it in the"
            " token when the last of them is gone"
        )

    def exists(self) -> bool:
        return self._labelled(self._section.key_label) is not None

    @property
    def _next(self) -> str:
        return f"{self._section.key_label}.next"

    def _labelled(self, label: str) -> TokenMaster | None:
        from pkcs11 import ObjectClass, exceptions

        def find(session: Any) -> bytes | None:
            try:
                return bytes(session.get_key(object_class=ObjectClass.SECRET_KEY, label=label).id)
            except exceptions.NoSuchKey:
                return None
            except exceptions.MultipleObjectsReturned:
                raise MasterKeyError(f"the token has several keys labelled {label}; one of them must go") from None

        id = self._token.use(find)
        return None if id is None else TokenMaster(self._token, id)

    def _make(self, label: str) -> TokenMaster:
        from pkcs11 import Attribute, KeyType

        id = secrets.token_bytes(ID_BYTES)
        template = {
            Attribute.SENSITIVE: True,
            Attribute.EXTRACTABLE: False,
            Attribute.ENCRYPT: True,
            Attribute.DECRYPT: True,
            Attribute.MODIFIABLE: True,  # its label, once it is the one in use
        }
        self._token.use(
            lambda session: session.generate_key(KeyType.AES, 256, id=id, label=label, store=True, template=template)
        )
        return TokenMaster(self._token, id)

    def _relabel(self, label: str, to: str) -> None:
        from pkcs11 import Attribute, ObjectClass

        def rename(session: Any) -> None:
            session.get_key(object_class=ObjectClass.SECRET_KEY, label=label)[Attribute.LABEL] = to

        self._token.use(rename)


@cache
def _tokens() -> dict[tuple[str, str], Token]:
    return {}


def _token_of(section: HsmSection) -> Token:
    """One session a process for each token: a module logs a process in, not a session."""
    return _tokens().setdefault((str(section.module), section.token_label), Token(section))
