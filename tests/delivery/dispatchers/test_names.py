"""The settings name a dispatcher, and only what it needs is imported."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.backends.locmem import Delivered
from joinchat_django.delivery.dispatchers import NAMES, InlineDispatcher, get_dispatcher
from joinchat_django.models import OutboxMessage

from .examples import use

Status = OutboxMessage.Status
ME = Recipient(uuid="me")


@pytest.mark.django_db(transaction=True)
def test_in_line_is_the_default() -> None:
    assert isinstance(get_dispatcher(), InlineDispatcher)
    assert outbox.send(ME, Text("Hello")).status == Status.SENT


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_left_to_find_the_rows(settings: Any, delivered: list[Delivered]) -> None:
    use(settings, "worker")
    assert outbox.send(ME, Text("Hello")).status == Status.QUEUED
    assert not delivered


@pytest.mark.parametrize("name", ["nowhere", "no.such.module.Dispatcher", "builtins.dict"])
def test_a_dispatcher_that_is_none_is_a_clear_error(settings: Any, name: str) -> None:
    use(settings, name)
    with pytest.raises(ImproperlyConfigured, match=r"Dispatcher|DISPATCHER"):
        get_dispatcher()


#: Names the dispatcher in a site that lacks packages, and prints the checks and what is imported.
SITE = """
import sys, django
from django.conf import settings
from django.core.checks import run_checks

sys.modules.update(dict.fromkeys({lacking}))
settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "joinchat_django"],
    JOINCHAT={{"default": {{"PAGE_ID": 1, "API_SECRET": "s"}}}},
    JOINCHAT_DELIVERY={{"DISPATCHER": {name!r}}},
)
django.setup()
print([(check.id, check.msg) for check in run_checks()])
print([name for name in ("celery", "kombu", "django.tasks", "django_tasks") if name in sys.modules])
"""


def site(name: str, lacking: list[str]) -> list[str]:
    """Set a site up in a process of its own, and return what it prints."""
    script = SITE.format(name=name, lacking=lacking)
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["inline", "worker"])
def test_no_queue_is_imported_unless_it_is_named(name: str) -> None:
    assert site(name, lacking=[]) == ["[]", "[]"]


@pytest.mark.thorough
def test_e007_celery_without_its_package() -> None:
    checks, _imported = site("celery", lacking=["celery"])
    assert checks.startswith("[('joinchat.E007', ")
    assert "pip install celery" in checks


@pytest.mark.thorough
def test_e007_tasks_on_a_django_without_them_and_without_the_backport() -> None:
    checks, _imported = site("tasks", lacking=["django.tasks", "django_tasks"])
    assert checks.startswith("[('joinchat.E007', ")
    assert "pip install django-tasks" in checks


def test_every_name_stands_for_a_module_of_its_own() -> None:
    assert list(NAMES) == ["inline", "worker", "tasks", "celery"]
    assert [path.split(".")[-2] for path in NAMES.values()] == list(NAMES)
