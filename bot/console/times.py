"""Moments as people read them: how long ago, when exactly, and how urgent."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import format_date, format_datetime, format_timedelta

from bot.wording import say

LOCALES = {"en": "en_GB", "zh": "zh_Hans_CN"}
SOON = dt.timedelta(hours=4)


class Times(msgspec.Struct, frozen=True):
    """Writes moments for one reader: `zone` is the company's, `now` is when the page is made."""

    language: str
    zone: str
    now: dt.datetime

    def ago(self, moment: dt.datetime) -> str:
        """Relative to now: "5 minutes ago", "in 3 hours"; at least a minute."""
        apart = self._apart(moment) * (1 if moment > self.now else -1)
        return format_timedelta(apart, add_direction=True, locale=LOCALES[self.language], threshold=1.2)

    def span(self, moment: dt.datetime) -> str:
        """How long it is from now, without direction: "3 hours"; at least a minute."""
        return format_timedelta(self._apart(moment), locale=LOCALES[self.language], threshold=1.2)

    def _apart(self, moment: dt.datetime) -> dt.timedelta:
        return max(abs(moment - self.now), dt.timedelta(seconds=72))  # babel's minute begins there

    def stamp(self, moment: dt.datetime) -> str:
        """The exact minute, in the company's time zone."""
        pattern = "d MMM y, HH:mm" if self.language == "en" else "y年M月d日 HH:mm"
        return format_datetime(moment, pattern, tzinfo=ZoneInfo(self.zone), locale=LOCALES[self.language])

    def clock(self, moment: dt.datetime) -> str:
        """The time of day; with the date when it was not today."""
        here = ZoneInfo(self.zone)
        if moment.astimezone(here).date() == self.now.astimezone(here).date():
            return f"{moment.astimezone(here):%H:%M}"
        pattern = "d MMM HH:mm" if self.language == "en" else "M月d日 HH:mm"
        return format_datetime(moment, pattern, tzinfo=here, locale=LOCALES[self.language])

    def day(self, date: dt.date) -> str:
        """A date."""
        pattern = "d MMMM y" if self.language == "en" else "y年M月d日"
        return format_date(date, pattern, locale=LOCALES[self.language])

    def due(self, moment: dt.datetime) -> str:
        """A deadline in words: by how long it has passed, or on which day and at what time it is."""
        if moment <= self.now:
            return say(self.language, "console-due-overdue", span=self.span(moment))
        here = ZoneInfo(self.zone)
        there, days = moment.astimezone(here), (moment.astimezone(here).date() - self.now.astimezone(here).date()).days
        if days < 2:
            id = "console-due-tomorrow" if days else "console-due-today"
            return say(self.language, id, at=f"{there:%H:%M}", span=self.span(moment))
        pattern = "EEEE d MMM, HH:mm" if self.language == "en" else "M月d日 EEEE HH:mm"
        at = format_datetime(moment, pattern, tzinfo=here, locale=LOCALES[self.language])
        return say(self.language, "console-due-on", at=at)

    def urgency(self, due: dt.datetime | None) -> str:
        """How a due time stands: stopped, overdue, soon or calm."""
        if due is None:
            return "stopped"
        if due <= self.now:
            return "overdue"
        return "soon" if due - self.now <= SOON else "calm"
