"""Copies of users and links in another database than theirs come and go without consequences."""

from __future__ import annotations

import json

import pytest

from tests.scripts import run_python

pytestmark = pytest.mark.processes

SCENARIO = """
import json
import django
from django.conf import settings

SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "joinchat_django"],
    DATABASES={"default": SQLITE, "archive": SQLITE},
    USE_TZ=True,
    JOINCHAT={"default": {"PAGE_ID": 1, "API_SECRET": "s"}},
    JOINCHAT_DELIVERY={"DISPATCHER": "worker"},
)
django.setup()

from django.core.management import call_command

for alias in ("default", "archive"):
    call_command("migrate", database=alias, verbosity=0)

from django.contrib.auth.models import User
from joinchat_django import linking, outbox
from joinchat_django.api import Text
from joinchat_django.models import MessengerLink, OutboxMessage
from joinchat_django.signals import user_unlinked

told = []
user_unlinked.connect(lambda link, **kwargs: told.append(link.uuid), weak=False)


def state():
    return [
        MessengerLink.objects.filter(is_active=True).count(),
        OutboxMessage.objects.exclude(content="").filter(status="queued").count(),
        len(told),
    ]


lin = User.objects.create(username="lin")
link = linking.link(lin, "lin")
outbox.send(lin, Text("Hello"))
old = User(pk=lin.pk, username="old")
old.save(using="archive", force_insert=True)
archived = MessengerLink(pk=link.pk, user_id=old.pk, uuid="lin")
archived.save(using="archive", force_insert=True)
found = {"before": state()}
old.is_active = False
old.save(using="archive")
found["saved"] = state()
MessengerLink.objects.using("archive").get().delete()
found["link deleted"] = state()
archived.save(using="archive", force_insert=True)
MessengerLink.objects.using("archive").all().delete()
found["links deleted"] = state()
User.objects.using("archive").get().delete()
found["deleted"] = state()
old.save(using="archive", force_insert=True)
User.objects.using("archive").all().delete()
found["all deleted"] = state()
lin.is_active = False
lin.save()
found["their own"] = state()
print(json.dumps(found))
"""


def test_only_what_happens_in_the_users_own_database_counts() -> None:
    found = json.loads(run_python("-c", SCENARIO))
    assert found.pop("their own") == [0, 0, 1]
    untouched = [1, 1, 0]
    assert found == dict.fromkeys(
        ["before", "saved", "link deleted", "links deleted", "deleted", "all deleted"], untouched
    )
