"""When a source is refreshed: a cron expression in a time zone, or every so often."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

KEYS = ("cron", "every", "timezone")
"""What a schedule that is a mapping may say."""

_ADVICE = 'Write minute, hour, day, month, weekday: "0 4 * * 1" is Mondays at four; or {every: 12h}.'
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_NAMES = frozenset("SUN MON TUE WED THU FRI SAT JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split())


class ScheduleError(ValueError):
    """A schedule that is none; `key` is what is wrong within it ("" where it is no mapping), the message says why."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(why)
        self.key = key


@dataclass(frozen=True, slots=True)
class Schedule:
    """Either `cron` (five fields, as in POSIX crontab) or `every`, in `timezone` (IANA).

    Intervals are counted from the midnight that 2020 began with, so that they do not shift when the serving process starts anew.
    """

    cron: str | None = None
    every: timedelta | None = None
    timezone: str = "UTC"

    def __str__(self) -> str:
        return f"{self.cron or f'every {self.every}'} ({self.timezone})"


def read_schedule(value: object) -> Schedule:
    """The schedule that a source.yml states; ScheduleError where it states none."""
    if isinstance(value, str):
        return Schedule(cron=_cron("", value))
    if not isinstance(value, dict):
        raise ScheduleError("", f"must be a cron expression in quotes, or a mapping, not {value!r}. {_ADVICE}")
    for key in value:
        if key not in KEYS:
            near = difflib.get_close_matches(str(key), KEYS, n=1)
            hint = f"Did you mean `{near[0]}`?" if near else f"Known keys: {', '.join(KEYS)}."
            raise ScheduleError(str(key), f"is unknown. {hint}")
    if ("cron" in value) == ("every" in value):
        raise ScheduleError("", f"must have either `cron` or `every`. {_ADVICE}")
    timezone = _timezone(value["timezone"]) if "timezone" in value else "UTC"
    if "cron" in value:
        return Schedule(cron=_cron("cron", value["cron"]), timezone=timezone)
    return Schedule(every=_interval(value["every"]), timezone=timezone)


def _cron(key: str, value: object) -> str:
    from cronsim import CronSim, CronSimError

    why = "it is no text: quote it"
    if isinstance(value, str):
        try:
            if len(value.split()) != 5:
                raise CronSimError("it has not five fields")
            # cronsim knows extensions (L, W, #) that Prefect reads otherwise, or not at all.
            if extension := next((w for w in re.findall(r"[^\W\d]+|#", value.upper()) if w not in _NAMES), None):
                raise CronSimError(f"{extension!r} is no name of a day or a month")
            # To some crons */2 is a star, so that both must fit; to others it is not, so that one suffices.
            _, _, day, _, weekday = value.split()
            if "*" not in (day, weekday) and (day.startswith("*") or weekday.startswith("*")):
                raise CronSimError("day and weekday are both given, one of them by */: crons differ on what that means")
            CronSim(value, datetime.now(UTC))
            return value
        except CronSimError as error:
            why = str(error)
    raise ScheduleError(key, f"{value!r} is no cron expression ({why}). {_ADVICE}")


def _interval(value: object) -> timedelta:
    if isinstance(value, str) and (found := re.fullmatch(r"(\d{1,6})\s*([smhdw])", value.strip(), re.ASCII)):
        every = timedelta(**{_UNITS[found[2]]: int(found[1])})
        if every:
            return every
    raise ScheduleError("every", f"{value!r} is no interval. Write a number and a unit: 30m, 12h, 7d or 2w.")


def _timezone(value: object) -> str:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        return ZoneInfo(str(value)).key
    # A directory of the time zone database is an OSError, a path out of it a ValueError.
    except (KeyError, ValueError, OSError):
        near = difflib.get_close_matches(str(value), sorted(available_timezones()), n=1)
        hint = f"Did you mean {near[0]}?" if near else "Write its IANA name, as in Europe/Brussels."
        raise ScheduleError("timezone", f"{value!r} is no time zone. {hint}") from None
