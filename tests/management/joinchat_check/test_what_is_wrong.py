"""Something keeps messages from going out: status 1, and a sentence that says what to do."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from joinchat_django.models import OutboxMessage
from tests.servers import free_port

from .checking import HOUR, SECRET, check, found, problem, put

pytestmark = pytest.mark.django_db


def test_a_server_that_cannot_be_reached(settings: Any) -> None:
    settings.JOINCHAT["default"]["API_URL"] = f"http://127.0.0.1:{free_port()}/"
    assert "Bot 'default': Connections to 127.0.0.1:" in problem()
    assert "Connection  127.0.0.1" in check()[1]


def test_faulty_settings_are_named_and_the_rest_is_shown(settings: Any) -> None:
    put(send_at=timezone.now() + HOUR)
    settings.JOINCHAT = {"default": {"API_SECRET": SECRET, "PAGE_ID": "12345"}}
    settings.JOINCHAT_DELIVERY = {"LEASE": "long"}
    report = found()
    assert "JOINCHAT['default']['PAGE_ID'] must be an integer" in report["problems"][0]
    assert "JOINCHAT_DELIVERY['LEASE'] must be a number" in report["problems"][1]
    assert report["delivery"] is None
    assert report["bots"]["default"]["page_id"] is None
    assert report["bots"]["default"]["queue"]["scheduled"] == 1
    assert "PAGE_ID" in check()[1]


@pytest.mark.parametrize("lease", [float("inf"), float("nan")])
def test_settings_without_an_end_are_faulty(settings: Any, lease: float) -> None:
    settings.JOINCHAT_DELIVERY = {"LEASE": lease, "RATE": float("inf")}
    report = found()
    assert "JOINCHAT_DELIVERY['LEASE'] must be at least 1, at most 86400" in report["problems"][0]
    assert "JOINCHAT_DELIVERY['RATE'] must be" in report["problems"][1]


@pytest.mark.parametrize("wait", ["nan", "inf", "-1", "long"])
def test_a_wait_that_is_none(wait: str) -> None:
    with pytest.raises(CommandError, match=f"'{wait}' is not a number of seconds"):
        call_command("joinchat_check", f"--max-wait={wait}")


@pytest.mark.parametrize("bots", [None, {}, 7])
def test_no_settings_at_all(settings: Any, bots: Any) -> None:
    settings.JOINCHAT = bots
    assert 'Set JOINCHAT = {"default"' in problem()


def test_a_backend_that_does_not_exist(settings: Any) -> None:
    settings.JOINCHAT["default"]["BACKEND"] = "no.such.Backend"
    assert "no.such.Backend" in problem()


@pytest.mark.django_db(transaction=True)
def test_an_outbox_that_cannot_be_read() -> None:
    table = connection.ops.quote_name(OutboxMessage._meta.db_table)
    aside = connection.ops.quote_name("aside")
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {aside}")
    try:
        report = found()
        status, text = check()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {aside} RENAME TO {table}")
    assert "The outbox cannot be read" in report["problems"][0]
    assert "manage.py migrate" in report["problems"][0]
    assert report["bots"]["default"]["queue"] is None
    assert report["bots"]["default"]["connection"]["ok"]
    assert status == 1
    assert "Page        12345" in text
