"""Further databases beside the benchmark's own, with outboxes of millions of rows."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connections, router

from joinchat_django.models import OutboxMessage

TABLE = OutboxMessage._meta.db_table

#: Rows that one statement fills in.
TOGETHER = 100_000


class Chosen:
    """A router to the database that was chosen last."""

    alias = "default"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return self.alias

    db_for_read = db_for_write


_chosen = Chosen()


def choose(alias: str) -> None:
    """Let the app work on a database from now on."""
    router.routers = [_chosen]  # type: ignore[misc]
    _chosen.alias = alias


@contextlib.contextmanager
def another(alias: str, *, copy_of: str | None = None) -> Iterator[str]:
    """Make one more database of the same kind, drop it at the end, and yield its alias.

    It is migrated and empty, or, on PostgreSQL, a copy of another one with its statistics.
    """
    own = connections["default"]
    name = f"{own.settings_dict['NAME']}_{alias}"
    if own.vendor == "sqlite":
        name = str(Path(own.settings_dict["NAME"]).with_name(f"{alias}.sqlite3"))
    else:
        template = ""
        if copy_of:
            connections[copy_of].close()
            template = f" TEMPLATE {connections[copy_of].settings_dict['NAME']}"
        run("default", f"CREATE DATABASE {name}{template}")
    connections.databases[alias] = {**own.settings_dict, "NAME": name}
    try:
        if not copy_of:
            call_command("migrate", database=alias, verbosity=0)
        yield alias
    finally:
        connections[alias].close()
        if own.vendor == "sqlite":
            Path(name).unlink()
        else:
            run("default", f"DROP DATABASE {name}")


def run(alias: str, statement: str) -> None:
    """Execute one statement."""
    with connections[alias].cursor() as cursor:
        cursor.execute(statement)


def analyse(alias: str) -> None:
    """Bring the planner's statistics up to date."""
    words = {"sqlite": "ANALYZE", "postgresql": f"VACUUM ANALYZE {TABLE}"}
    run(alias, words.get(connections[alias].vendor, f"ANALYZE TABLE {TABLE}"))


@dataclass(frozen=True)
class Rows:
    """Rows of the outbox, one for each of ``count`` recipients from number ``first`` on.

    They were queued in the order of their numbers within the two hours up to now. ``status`` is
    queued, sent or sending; what is being sent is held for a day. ``early`` ones became due a day
    before.
    """

    count: int
    status: str = "queued"
    bot: str = "default"
    first: int = 1
    early: bool = False


def fill(alias: str, rows: Rows) -> None:
    """Write rows into an outbox, by the database itself."""
    connection = connections[alias]
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.connection.create_function("digest", 1, _digest, deterministic=True)
    for done in range(0, rows.count, TOGETHER):
        start = rows.first + done
        end = min(start + TOGETHER, rows.first + rows.count) - 1
        values = _values(connection.vendor, rows)
        columns = ", ".join(map(connection.ops.quote_name, values))
        source = _SERIES[connection.vendor].format(start=start, end=end)
        values_sql = ", ".join(values.values())
        run(alias, f"INSERT INTO {TABLE} ({columns}) SELECT {values_sql} FROM {source}")


_SERIES = {
    "sqlite": (
        "(WITH RECURSIVE s(n) AS (SELECT {start} UNION ALL SELECT n + 1 FROM s WHERE n < {end})"
        " SELECT n FROM s)"
    ),
    "postgresql": "generate_series({start}, {end}) s(n)",
    "mysql": "(SELECT seq AS n FROM seq_{start}_to_{end}) s",
}

#: Whole seconds from now, and the milliseconds of a row's number.
_TIME = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now', ({0} + n * 0.001) || ' seconds')",
    "postgresql": "now() + {0} * interval '1 s' + n * interval '1 ms'",
    "mysql": "utc_timestamp(6) + INTERVAL {0} SECOND + INTERVAL n * 1000 MICROSECOND",
}

_UUID = {
    "sqlite": "printf('%08d-4b0c-4f0e-9d1a-3f5b6c7d8e9f', n)",
    "postgresql": "lpad(n::text, 8, '0') || '-4b0c-4f0e-9d1a-3f5b6c7d8e9f'",
    "mysql": "concat(lpad(n, 8, '0'), '-4b0c-4f0e-9d1a-3f5b6c7d8e9f')",
}

_DIGEST = {
    "sqlite": "digest({0})",
    "postgresql": "encode(sha256('uuid'::bytea || '\\x00'::bytea || ({0})::bytea), 'hex')",
    "mysql": "sha2(concat('uuid', char(0), {0}), 256)",
}


def _digest(uuid: str) -> str:
    return hashlib.sha256(f"uuid\0{uuid}".encode()).hexdigest()


def _values(vendor: str, rows: Rows) -> dict[str, str]:
    uuid, time = _UUID[vendor], _TIME[vendor]
    begun = time.format(-86_400 if rows.early else -7_200)
    values = {
        "bot": f"'{rows.bot}'",
        "status": f"'{rows.status}'",
        "recipient_kind": "'uuid'",
        "recipient_value": uuid,
        "recipient_digest": _DIGEST[vendor].format(uuid),
        "content": '\'{"text": "Dear customer, the spring collection is here: have a look."}\'',
        "template_type": "'text'",
        "group": "'spring'",
        "created_at": begun,
        "send_at": begun,
        "for_worker": "false",
        "attempts": "0",
        **dict.fromkeys(["tag", "trigger", "claim_token", "last_error", "answer"], "''"),
    }
    if rows.status == "sent":
        sent = {"settled_at": begun, "last_status": "200", "answer": "'{\"success\": true}'"}
        values |= {**sent, "attempts": "1"}
    if rows.status == "sending":
        values |= {"lease_until": time.format(86_400), "claim_token": "'somebody else'"}
    return values
