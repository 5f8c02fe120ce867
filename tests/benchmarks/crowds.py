"""Crowds of linked users, made by the database itself."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection

from joinchat_django.models import MessengerLink

_ZEROS = {"postgresql": "lpad(CAST(n AS text), 12, '0')", "sqlite": "printf('%%012d', n)"}
_DIGEST = {"postgresql": "encode(sha256(convert_to({}, 'UTF8')), 'hex')", "sqlite": "SHA256({})"}


def linked_users(number: int) -> Any:
    """Return a queryset of so many users with an active link each, on a database without any.

    They are called Pat and have addresses of their own. PostgreSQL and SQLite alone.
    """
    numbers = (
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)"
    )
    users = get_user_model()
    uuid = f"'00000000-0000-4000-8000-' || {_ZEROS[connection.vendor]}"
    digest = _DIGEST[connection.vendor].format(uuid)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {users._meta.db_table} (id, password, is_superuser, username,"
            " first_name, last_name, email, is_staff, is_active, date_joined)"
            f" {numbers} SELECT n, '!', FALSE, 'user' || n, 'Pat', 'Doe',"
            " 'user' || n || '@example.com', FALSE, TRUE, CURRENT_TIMESTAMP FROM numbers",
            [number],
        )
        cursor.execute(
            f"INSERT INTO {MessengerLink._meta.db_table} (user_id, uuid, uuid_digest, bot,"
            f" is_active, linked_at) {numbers}"
            f" SELECT n, {uuid}, {digest}, 'default', TRUE, CURRENT_TIMESTAMP FROM numbers",
            [number],
        )
        cursor.execute("ANALYZE")
    return users.objects.all()
