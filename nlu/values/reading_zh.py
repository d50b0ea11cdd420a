"""A Chinese address while it is being read."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Reading:
    """What has been read so far, from `start` up to `pos`."""

    text: str
    shown: str
    pos: int
    end: int
    parts: dict[str, str] = field(default_factory=dict)
    last: int = 0
    first: int | None = None
    city: str | None = None
    province: str | None = None
    code: str | None = None

    def take(self, part: str, end: int, value: str | None = None) -> None:
        """Keep the text up to `end` (or `value`) as `part`, and move on."""
        self.parts.setdefault(part, (value if value is not None else self.shown[self.pos : end]).replace(" ", ""))
        self.first = self.pos if self.first is None else self.first
        self.pos = self.last = end

    @property
    def begin(self) -> int:
        """Where the first part begins."""
        return self.pos if self.first is None else self.first

    def has(self, *parts: str) -> bool:
        """Whether any of these parts is known."""
        return any(part in self.parts for part in parts)
