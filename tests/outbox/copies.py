"""The same message to all users, and the statements by which a database copies it to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

from joinchat_django.api import Text
from joinchat_django.models import MessengerLink

HELLO = Text("Hello, 小琳 💶 100 %s")

#: The table that rows are copied from.
LINKS = MessengerLink._meta.db_table


@contextmanager
def copies() -> Iterator[list[str]]:
    """The statements that make rows of links, as they were run."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    statements = [query["sql"] for query in captured.captured_queries]
    found += [sql for sql in statements if sql.startswith("INSERT") and LINKS in sql]
