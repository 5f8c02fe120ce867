from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connections
from django.db.models.signals import post_save

from joinchat_django import triggers

from .signals import order_placed


@pytest.fixture(autouse=True)
def registry() -> Iterator[dict[str, triggers.Trigger]]:
    """The triggers of this test alone."""
    known = dict(triggers.registry)
    yield triggers.registry
    for trigger in list(triggers.registry.values()):
        if trigger.name not in known:
            for signal in (order_placed, post_save):
                signal.disconnect(
                    sender=None, dispatch_uid=f"joinchat_django.triggers:{trigger.name}"
                )
                signal.disconnect(
                    sender=get_user_model(),
                    dispatch_uid=f"joinchat_django.triggers:{trigger.name}",
                )
    triggers.registry.clear()
    triggers.registry.update(known)


@pytest.fixture
def shop(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], list[Any]]]:
    """A database of the site's own, without this app's tables; runs a statement in it."""
    where = {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "shop.sqlite3"}
    everywhere = connections.settings
    monkeypatch.setitem(everywhere, "shop", {**everywhere["default"], **where, "OPTIONS": {}})

    def run(sql: str) -> list[Any]:
        with connections["shop"].cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    # By hand: Django lets tests use only the databases that it knew when they began.
    connections["shop"].connect()
    run("CREATE TABLE orders (number integer PRIMARY KEY)")
    yield run
    connections["shop"].close()
    del connections["shop"]
