"""Whatever a site's users are: ``is_active`` is no column, or proxies stand for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.scripts import run_python

pytestmark = pytest.mark.processes

MODELS = """
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Person(AbstractBaseUser):
    name = models.CharField(max_length=50, unique=True)
    state = models.CharField(max_length=10, default="in")
    objects = BaseUserManager()
    USERNAME_FIELD = "name"

    {is_active}


class Member(Person):
    class Meta:
        proxy = True
"""

SCENARIO = """
import json
import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=[
        "django.contrib.auth", "django.contrib.contenttypes", "joinchat_django", "club"
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    AUTH_USER_MODEL="club.Person",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    JOINCHAT={"default": {"PAGE_ID": 1, "API_SECRET": "s"}},
    JOINCHAT_DELIVERY={"DISPATCHER": "worker"},
)
django.setup()

from django.core.management import call_command

call_command("migrate", run_syncdb=True, verbosity=0)

from club.models import Member, Person
from joinchat_django import broadcasts, linking, outbox
from joinchat_django.api import Text
from joinchat_django.models import MessengerLink, OutboxMessage

HELLO = Text("Hello")


def queued():
    return OutboxMessage.objects.filter(status="queued").count()


ann, bob, eve = (Person.objects.create(name=name) for name in ("ann", "bob", "eve"))
for person in (ann, bob, eve):
    linking.link(person, person.name)
    outbox.send(person, HELLO)
found = {"queued": queued()}
Person.objects.filter(pk=ann.pk).update(state="out")
found["bulk"] = outbox.send_bulk(Person.objects.all(), HELLO).queued
found["bulk of links"] = outbox.send_bulk(MessengerLink.objects.all(), HELLO).queued
draft = broadcasts.draft(Person.objects.all(), requested_by=None)
found["reach"] = draft.reach["default"]["reached"]
found["linked"] = linking.current_link(Person.objects.get(pk=ann.pk)) is not None
left = Member.objects.get(pk=bob.pk)
left.state = "out"
left.save(update_fields=["state"])
found["links"] = MessengerLink.objects.filter(is_active=True).count()
Member.objects.filter(pk=eve.pk).delete()
found["queued at the end"] = queued()
print(json.dumps(found))
"""


def run(folder: Path, is_active: str) -> dict[str, int]:
    """Run the scenario in a site whose users have this attribute; return what it found."""
    club = folder / "club"
    club.mkdir()
    (club / "__init__.py").touch()
    (club / "models.py").write_text(MODELS.replace("{is_active}", is_active))
    found: dict[str, int] = json.loads(run_python("-c", SCENARIO, cwd=folder))
    return found


def test_users_who_are_all_active(tmp_path: Path) -> None:
    assert run(tmp_path, "") == {
        "queued": 3,
        "bulk": 3,
        "bulk of links": 3,
        "reach": 3,
        "linked": True,
        "links": 3,
        "queued at the end": 6,
    }


def test_users_whose_state_tells_who_is_active(tmp_path: Path) -> None:
    is_active = 'is_active = property(lambda person: person.state == "in")'
    assert run(tmp_path, is_active) == {
        "queued": 3,
        "bulk": 2,
        "bulk of links": 2,
        # No query can tell: the members are looked at when their turn comes.
        "reach": 3,
        "linked": False,
        "links": 2,
        # Of ann, who was put out by an update, what was queued before.
        "queued at the end": 1,
    }
