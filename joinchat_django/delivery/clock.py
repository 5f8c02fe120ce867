"""The database's clock, the one time that all machines share."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.db.models import DateTimeField, Func
from django.utils import timezone


class DatabaseNow(Func):
    """The database's time as Django stores it, whatever the server's time zone.

    A ``DateTimeField`` holds UTC (or the connection's ``TIME_ZONE``) with ``USE_TZ``, else the
    site's local time. PostgreSQL knows moments. MariaDB and MySQL are asked for UTC, shifted to
    that zone. SQLite runs in this process, so its time is this process's.
    """

    template = "STATEMENT_TIMESTAMP()"

    def __init__(self) -> None:
        super().__init__(output_field=DateTimeField())

    def as_sqlite(
        self, compiler: Any, connection: Any, **context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """Return this process's time as a parameter."""
        return "%s", (connection.ops.adapt_datetimefield_value(timezone.now()),)

    def as_mysql(
        self, compiler: Any, connection: Any, **context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """Return the server's UTC, shifted to the zone in which Django stores times there."""
        zone = connection.timezone if settings.USE_TZ else timezone.get_default_timezone()
        offset = datetime.datetime.now(zone).utcoffset() or datetime.timedelta()
        seconds = int(offset.total_seconds())
        return f"(UTC_TIMESTAMP(6) + INTERVAL {seconds} SECOND)", ()
