"""The suite's site with this app's tables in a second database alone, which has the users, too.

The databases are SQLite files in the folder that ``JOINCHAT_TEST_FOLDER`` names.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tests.settings import *  # noqa: F403

_folder = Path(os.environ["JOINCHAT_TEST_FOLDER"])
DATABASES = {
    alias: {"ENGINE": "django.db.backends.sqlite3", "NAME": str(_folder / f"{alias}.sqlite3")}
    for alias in ("default", "messenger")
}
DATABASE_ROUTERS = ["tests.two_databases.Router"]
JOINCHAT_DELIVERY = {"DISPATCHER": "worker"}


class Router:
    """Sends this app to the database ``messenger``, and everything else to the default one."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "messenger" if model._meta.app_label == "joinchat_django" else "default"

    db_for_write = db_for_read

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "messenger" or app_label != "joinchat_django"
