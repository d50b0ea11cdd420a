"""What may go wrong on the way out, named by what the caller should do.

TemporaryDeliveryError: try again later.
PermanentDeliveryError: do not try again; a person should look.
UsageError: call the command in another way.
"""

from __future__ import annotations


class TemporaryDeliveryError(Exception):
    """Not delivered, and another try may succeed. `retry_after` is what the receiver asked for, None when it said
    nothing. The message names a cause, never a person, an address or a text."""

    def __init__(self, cause: str, retry_after: float | None = None) -> None:
        super().__init__(cause)
        self.retry_after = retry_after


class PermanentDeliveryError(Exception):
    """Not delivered, and no further try will help. The message names a cause, as above."""


class UsageError(Exception):
    """The command line was used in a way that cannot work; the message says what to do. Exit code 2 unless given."""

    def __init__(self, message: str, exit_code: int = 2) -> None:
        super().__init__(message)
        self.exit_code = exit_code
