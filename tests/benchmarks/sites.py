"""The site that a benchmark runs in: a database of its own, migrated and empty, and the sink."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATABASES = ("sqlite", "postgresql", "mariadb")


@dataclass(frozen=True)
class Site:
    """Where a benchmark runs. ``database`` is one of :data:`DATABASES`, ``sink`` the URL of a
    server that answers everything at once, and after 0.1 seconds below ``/late``.
    """

    database: str
    sink: str


@contextlib.contextmanager
def site(database: str, sink: str) -> Iterator[Site]:
    """Make this process a site on a new database of the kind, and drop that at the end.

    Once in a process, before anything of Django's is used. Raises the driver's error, or
    ``ImportError``, if the server or its driver is not there.
    """
    name = f"joinchat_benchmark_{os.getpid()}"
    with tempfile.TemporaryDirectory() as folder:
        if database == "sqlite":
            name = str(Path(folder, "site.sqlite3"))
        told = {"DATABASE": database, "NAME": name, "SINK": sink}
        os.environ["JOINCHAT_BENCHMARK"] = json.dumps(told)
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.site_settings"

        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connections

        with _created(database, name):
            call_command("migrate", verbosity=0)
            try:
                yield Site(database, sink)
            finally:
                connections.close_all()


@contextlib.contextmanager
def _created(database: str, name: str) -> Iterator[None]:
    """Create the database on its server, and drop it at the end. SQLite's is made by being used."""
    if database == "sqlite":
        yield
        return
    force = " WITH (FORCE)" if database == "postgresql" else ""
    _on_server(database, f"CREATE DATABASE {name}")
    try:
        yield
    finally:
        _on_server(database, f"DROP DATABASE {name}{force}")


def _on_server(database: str, statement: str) -> None:
    from django.db import connections

    options = {**connections["default"].settings_dict}
    options["NAME"] = "postgres" if database == "postgresql" else "mysql"
    backend: Any = type(connections["default"])
    other = backend(options, "server")
    try:
        with other.cursor() as cursor:
            cursor.execute(statement)
    finally:
        other.close()
