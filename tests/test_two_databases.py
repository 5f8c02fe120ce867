"""A router sends this app to a database of its own: nothing asks the default one for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.scripts import run_python

pytestmark = pytest.mark.processes

SCENARIO = """
import datetime, json
import django
django.setup()

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import transaction

for alias in ("default", "messenger"):
    call_command("migrate", database=alias, verbosity=0)

from joinchat_django import linking, outbox
from joinchat_django.api import Text
from joinchat_django.delivery import pauses
from joinchat_django.delivery.figures import figures_of, known_to_outbox
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import MessengerLink, OutboxMessage
from joinchat_django.retention import prune

DAY = datetime.timedelta(days=1)
found = {}
user = get_user_model().objects.create_user("lin")
user.save(using="messenger", force_insert=True)
user = get_user_model().objects.get()
MessengerLink.objects.create(user=user, uuid="lin")
with transaction.atomic(using="messenger"):
    outbox.send(user, Text("Hello"))
    transaction.set_rollback(True, using="messenger")
found["rolled back"] = OutboxMessage.objects.count()
row = outbox.send(user, Text("Hello"))
found["bulk"] = outbox.send_bulk([user], Text("Hello")).queued
found["cancelled"] = outbox.cancel(OutboxMessage.objects.exclude(pk=row.pk))
[figures] = figures_of(known_to_outbox())
found["waiting"] = figures.waiting
found["delivered"] = dict(deliver_due())
found["queued again"] = outbox.retry(OutboxMessage.objects.exclude(pk=row.pk))
pauses.pause("default", 60, "A test.")
found["paused"] = figures_of(["default"])[0].pause.reason
OutboxMessage.objects.update(settled_at=row.created_at - DAY, created_at=row.created_at - DAY)
found["pruned"] = prune(DAY / 2)
found["left"] = OutboxMessage.objects.using("messenger").count()
users = get_user_model().objects
users.update(is_active=False)
found["not linked"] = outbox.send_bulk(users.all(), Text("Hello")).not_linked
try:
    outbox.send(users.get(), Text("Hello"))
except outbox.NotLinked as error:
    found["why"] = "deactivated" in str(error)
users.get().save()
found["unlinked"] = MessengerLink.objects.filter(is_active=False).count()
users.update(is_active=True)
linking.link(user, "lin")
found["back"] = linking.current_link(users.get()).uuid
found["to all"] = outbox.send_bulk(users.all(), Text("Hello")).queued
print(json.dumps(found))
"""


def test_an_app_in_a_database_of_its_own(tmp_path: Path) -> None:
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.two_databases",
        "JOINCHAT_TEST_FOLDER": str(tmp_path),
    }
    assert json.loads(run_python("-c", SCENARIO, **environment)) == {
        "rolled back": 0,
        "bulk": 1,
        "cancelled": 1,
        "waiting": 1,
        "delivered": {"sent": 1},
        "queued again": 1,
        "paused": "A test.",
        "pruned": 1,
        "left": 1,
        "not linked": 1,
        "why": True,
        "unlinked": 1,
        "back": "lin",
        "to all": 1,
    }
