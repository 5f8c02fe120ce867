"""Waiting for those who have written to the outbox and have not committed yet."""

from __future__ import annotations

import time
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections, router, transaction

from joinchat_django.models import OutboxMessage
from joinchat_django.outbox.rows import written

#: Seconds for which transactions that are open are waited for.
PATIENCE = 60.0

#: Seconds between two looks.
PAUSE = 0.05


class StillOpen(Exception):
    """A transaction that has written to the outbox was open for longer than can be waited for."""


def wait_for_open_transactions(user: Any) -> None:
    """Wait until those have ended that may have queued something for a user, and nobody sees yet.

    SQLite has one writer at a time, so there are none. Raises :exc:`StillOpen` on PostgreSQL after
    a minute; MariaDB and MySQL have a time limit of their own.
    """
    connection = connections[written().db]
    if connection.vendor == "postgresql":
        _wait_for_writers(connection)
    elif connection.features.has_select_for_update:
        # A row that refers to a user keeps the user's own locked until its transaction ends.
        users = get_user_model()._base_manager.using(router.db_for_write(get_user_model()))
        with transaction.atomic(using=users.db):
            list(users.filter(pk=user.pk).order_by().select_for_update().values_list("pk"))


def _wait_for_writers(connection: Any) -> None:
    """Wait for those who have written to PostgreSQL's table of messages, as indexing it does.

    Foreign keys are looked at when a transaction commits, so the user's row would not tell.
    """
    end = time.monotonic() + PATIENCE
    waiting_for = _writers(connection)
    while waiting_for := waiting_for & _writers(connection):
        if time.monotonic() > end:
            raise StillOpen(
                "A transaction that has written to the outbox has been open for more than "
                f"{PATIENCE:.0f} s, and may have queued something for this user. All links are "
                "switched off, and nothing is erased yet. Run it again when that transaction has "
                "ended."
            )
        time.sleep(PAUSE)


def _writers(connection: Any) -> set[str]:
    """Return the open transactions of others that have written to the table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND relation = %s::regclass AND mode = 'RowExclusiveLock' AND granted"
            " AND pid IS DISTINCT FROM pg_backend_pid()",
            [connection.ops.quote_name(OutboxMessage._meta.db_table)],
        )
        return {name for (name,) in cursor.fetchall()}
