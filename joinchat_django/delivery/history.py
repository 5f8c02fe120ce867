"""How much was sent, and how much failed, on each of the last days."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import router
from django.db.models import Count, Q
from django.utils import timezone

from joinchat_django.models import OutboxMessage
from joinchat_django.models.primary import on_primary

Status = OutboxMessage.Status

#: Seconds for which yesterday's count is believed, and for each day more that a day is over. A
#: message that is tried again or marked as done changes it.
BELIEVED = 3600

logger = logging.getLogger("joinchat_django.delivery")


@dataclass(frozen=True)
class DayFigures:
    """What came to an end on a day of the site's time zone."""

    day: datetime.date
    sent: int = 0
    failed: int = 0


def last_days(number: int = 14) -> list[DayFigures]:
    """Return the figures of the last days, the first one first; the last one is today.

    They are counted along an index in two queries. Days that are over are kept in Django's cache
    for a while, the older the longer, so that only the newest rows are counted again. Without a
    cache that works all are.
    """
    today = datetime.datetime.now(timezone.get_default_timezone()).date()
    days = [today - datetime.timedelta(days=back) for back in reversed(range(number))]
    using = router.db_for_write(OutboxMessage)
    keys = {day: f"joinchat_django:{using}:settled:{day.isoformat()}" for day in days[:-1]}
    known = _remembered(keys.values())
    # The count goes on without a gap from the first day that is not known.
    missing = next((day for day in days[:-1] if keys[day] not in known), today)
    counted = _count([day for day in days if day >= missing])
    _remember({keys[day]: one for day, one in counted.items() if day != today}, today)
    return [counted.get(day) or DayFigures(day, *known[keys[day]]) for day in days]


def _remembered(keys: Iterable[str]) -> dict[str, Any]:
    try:
        return dict(cache.get_many(keys))
    except Exception as error:  # each cache has its own
        logger.warning("The cache cannot be read, so all days are counted: %s", error)
        return {}


def _remember(over: dict[str, DayFigures], today: datetime.date) -> None:
    """Keep what was counted, each day for a time of its own, lest all be counted again at once."""
    try:
        for key, one in over.items():
            cache.set(key, (one.sent, one.failed), BELIEVED * (today - one.day).days)
    except Exception as error:
        logger.warning("The cache cannot be written to: %s", error)


def _count(days: Iterable[datetime.date]) -> dict[datetime.date, DayFigures]:
    limits = {day: (_midnight(day), _midnight(day + datetime.timedelta(days=1))) for day in days}
    since = min(start for start, _end in limits.values())
    within = {
        f"on_{day:%Y%m%d}": Count("pk", filter=Q(settled_at__gte=start, settled_at__lt=end))
        for day, (start, end) in limits.items()
    }
    ended = on_primary(OutboxMessage).filter(settled_at__gte=since)
    sent = ended.filter(status=Status.SENT).aggregate(**within)
    failed = ended.filter(status=Status.FAILED).aggregate(**within)
    return {
        day: DayFigures(day, sent[name], failed[name])
        for day, name in zip(limits, within, strict=True)
    }


def _midnight(day: datetime.date) -> datetime.datetime:
    midnight = datetime.datetime.combine(day, datetime.time())
    if settings.USE_TZ:
        return timezone.make_aware(midnight, timezone.get_default_timezone())
    return midnight
