"""Where the database copies a bulk's rows, and where they are made one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, connections, models, transaction
from django.db.models import Model

from joinchat_django import outbox
from joinchat_django.api import Text
from joinchat_django.models import MessageTemplate, MessengerLink
from joinchat_django.outbox import BulkResult, writers
from joinchat_django.outbox.bulk_rows import RowMaker
from joinchat_django.outbox.drafts import Draft
from joinchat_django.outbox.rows import Body
from tests.outbox.people import linked_people, people
from tests.side_by_side import meanwhile

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("left_to_a_worker", "small_pages"),
]

HELLO = Text("Hello")


def has_copier(**changed: Any) -> bool:
    """Whether the rows of a bulk to all users would be copied."""
    values = {"bot": "default", "template": None, "requested_by": None, **changed}
    maker = RowMaker(Draft(HELLO), Body.of(HELLO), None, None, values)
    users = get_user_model()._default_manager.using("default")
    return writers.writer_for(users, maker) is not None


class Elsewhere:
    """A router that has some models written to another database."""

    def __init__(self, *models: type[Model]) -> None:
        self.models = models

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return "elsewhere" if model in self.models else "default"


@pytest.mark.parametrize(
    ("elsewhere", "changed", "is_copied"),
    [
        ([], dict, True),
        ([MessengerLink, get_user_model()], dict, False),
        ([get_user_model()], dict, False),
        ([], lambda: {"template": MessageTemplate(slug="new")}, False),
        ([], lambda: {"requested_by": get_user_model()(pk=None)}, False),
    ],
    ids=["none", "links", "users", "unsaved template", "unsaved requester"],
)
def test_rows_are_made_one_by_one_where(
    elsewhere: list[type[Model]],
    changed: Callable[[], dict[str, Any]],
    is_copied: bool,
    settings: Any,
) -> None:
    settings.DATABASE_ROUTERS = [Elsewhere(*elsewhere)]
    assert has_copier(**changed()) is is_copied


@pytest.mark.parametrize(
    ("field", "is_copied"),
    [
        (models.IntegerField(), True),
        (models.AutoField(primary_key=True), True),
        (models.BigAutoField(primary_key=True), True),
        (models.UUIDField(), True),
        (models.CharField(max_length=20), False),
        (models.DecimalField(max_digits=5, decimal_places=0), False),
        (models.OneToOneField(MessengerLink, models.CASCADE), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_users_whose_keys_are_integers_or_uuids_are_copied(
    field: Any, is_copied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "_key_field", lambda: field)
    assert has_copier() is is_copied


@pytest.mark.parametrize(
    ("vendor", "known", "is_copied"),
    [
        ("mysql", {"isolation_level": "read committed"}, True),
        ("mysql", {"isolation_level": "repeatable read"}, False),
        ("mysql", {"isolation_level": None}, False),
        ("oracle", {}, False),
        ("sqlite", {"supports_json_field": True}, True),
        ("sqlite", {"supports_json_field": False}, False),
        ("postgresql", {}, True),
    ],
)
def test_copies_are_made_by_databases_that_can_and_lock_no_links(
    vendor: str, known: dict[str, Any], is_copied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = connections["default"]
    monkeypatch.setattr(database, "vendor", vendor)
    for name, value in known.items():
        holder = database.features if name == "supports_json_field" else database
        monkeypatch.setattr(holder, name, value, raising=False)
    assert has_copier() is is_copied


@contextmanager
def at_level(level: str) -> Iterator[None]:
    """Have MariaDB isolate transactions so."""
    options = connection.settings_dict["OPTIONS"]
    connection.close()
    if connection.vendor == "mysql":
        options["isolation_level"] = level
    try:
        yield
    finally:
        connection.close()
        options.pop("isolation_level", None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("level", ["read committed", "repeatable read"])
def test_others_write_links_while_a_bulk_is_in_a_transaction(level: str) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("It lets one write at a time.")
    crowd = linked_people(6)
    late = people(1, name="late")[0]

    def write() -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "mysql":
                cursor.execute("SET innodb_lock_wait_timeout = 1")
            else:
                cursor.execute("SET lock_timeout = '1s'")
        MessengerLink.objects.filter(user=crowd[2]).update(is_active=False)
        MessengerLink.objects.create(user=late, uuid="late")

    with at_level(level), transaction.atomic():
        assert outbox.send_bulk(get_user_model().objects.all(), HELLO) == BulkResult(
            queued=6, not_linked=1
        )
        meanwhile(write)
    assert MessengerLink.objects.filter(user=late).exists()
