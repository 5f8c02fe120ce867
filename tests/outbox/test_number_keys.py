"""A bulk on a site whose users' keys are numbers, not the UUIDs of this suite."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from tests.scripts import run_python

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("left_to_a_worker", "small_pages"),
]
SCENARIO = """
import json
import django
django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection

call_command("migrate", verbosity=0)

from joinchat_django import outbox
from joinchat_django.api import Text
from joinchat_django.models import MessengerLink, OutboxMessage

for n in [1, 2, 3, 7, 40_000, 3_000_000_000 if connection.vendor == "sqlite" else 2_000_000_000]:
    MessengerLink.objects.create(user=User.objects.create(pk=n, username=str(n)), uuid=f"of-{n}")
User.objects.create(pk=5, username="lonely")
found = {}
for audience in (User.objects.all(), list(User.objects.all())):
    result = outbox.send_bulk(audience, Text("Hi"), idempotency_key="k")
    assert (result.queued, result.not_linked) == (6, 1), result
    again = outbox.send_bulk(User.objects.all(), Text("Hi"), idempotency_key="k")
    assert (again.already_queued, again.not_linked) == (6, 1), again
    rows = OutboxMessage.objects.order_by("user").values_list(
        "user", "recipient_value", "recipient_digest", "idempotency_key", "idempotency_digest"
    )
    found[type(audience).__name__] = list(map(list, rows))
    OutboxMessage.objects.all().delete()
print(json.dumps(found))
"""


@pytest.mark.processes
def test_users_whose_keys_are_numbers() -> None:
    database = {**connection.settings_dict, "NAME": ":memory:"}
    if connection.vendor != "sqlite":
        database["NAME"] = f"{connection.settings_dict['NAME']}_numbers"
    settings = (
        "from tests.settings import *\n"
        "AUTH_USER_MODEL = 'auth.User'\n"
        "INSTALLED_APPS = [app for app in INSTALLED_APPS if app != 'tests.accounts']\n"
        "JOINCHAT_DELIVERY = {'DISPATCHER': 'worker'}\n"
        f"DATABASES['default']['NAME'] = {database['NAME']!r}\n"
    )
    program = (
        "import sys, types, os\n"
        "module = types.ModuleType('number_settings')\n"
        f"exec({settings!r}, module.__dict__)\n"
        "sys.modules['number_settings'] = module\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'number_settings'\n" + SCENARIO
    )
    quoted = connection.ops.quote_name(database["NAME"])
    if connection.vendor != "sqlite":
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {quoted}")
    try:
        found = json.loads(run_python("-c", program))
    finally:
        if connection.vendor != "sqlite":
            with connection._nodb_cursor() as cursor:
                cursor.execute(f"DROP DATABASE {quoted}")
    assert found["QuerySet"] == found["list"]
