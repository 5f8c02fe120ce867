"""``joinchat_prune``: how long settled rows are kept, and what it says while it deletes."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.models import OutboxMessage

from .terminals import Interrupting, Terminal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rows(left_to_a_worker: None) -> None:
    """Rows that were sent 1, 50 and 200 days ago, one that is uncertain, one that waits."""
    long_ago = timezone.now() - timedelta(days=200)
    for days, status in ((1, "sent"), (50, "sent"), (200, "sent"), (200, "uncertain")):
        row = outbox.send(Recipient(uuid="lin"), Text("Hello"))
        settled_at = timezone.now() - timedelta(days=days)
        OutboxMessage.objects.filter(pk=row.pk).update(
            status=status, settled_at=settled_at, created_at=long_ago
        )
    outbox.send(Recipient(uuid="lin"), Text("Hello"))


def run(*arguments: str, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    call_command("joinchat_prune", *arguments, stdout=out, no_color=True)
    return out.getvalue().strip()


def test_the_setting_says_how_long_rows_are_kept(settings: Any) -> None:
    assert run() == "Deleted 1 message settled more than 90 days ago."
    settings.JOINCHAT_DELIVERY = {"RETENTION": 0.5}
    assert run() == "Deleted 2 messages settled more than 0.5 days ago."
    assert OutboxMessage.objects.count() == 2


def test_days_go_before_the_setting() -> None:
    assert run("--days", "30") == "Deleted 2 messages settled more than 30 days ago."


def test_uncertain_ones_go_only_if_asked_for() -> None:
    assert run("--uncertain") == "Deleted 2 messages settled more than 90 days ago."
    assert not OutboxMessage.objects.filter(status="uncertain").exists()


def test_a_dry_run_deletes_nothing() -> None:
    assert run("--dry-run") == "Would delete 1 message settled more than 90 days ago."
    assert OutboxMessage.objects.count() == 5


def test_a_site_that_keeps_everything_has_to_name_the_days(settings: Any) -> None:
    settings.JOINCHAT_DELIVERY = {"RETENTION": None}
    with pytest.raises(CommandError, match=r"RETENTION'\] is None.*--days"):
        run()
    assert run("--days", "0").startswith("Deleted 3 messages")


@pytest.mark.parametrize("days", ["-1", "nan", "inf", "many", "100001"])
def test_days_that_are_none(days: str) -> None:
    with pytest.raises(CommandError, match="not a number of days"):
        run(f"--days={days}")
    assert OutboxMessage.objects.count() == 5


def test_a_terminal_sees_how_far_it_is() -> None:
    shown = run(out=Terminal())
    assert "1 message ..." in shown
    assert shown.endswith("Deleted 1 message settled more than 90 days ago.")


@pytest.mark.parametrize(
    ("arguments", "said", "left"),
    [
        ([], "The next run does the rest", 4),
        (["--dry-run"], "Nothing was deleted", 5),
    ],
)
def test_ctrl_c_says_what_was_done(arguments: list[str], said: str, left: int) -> None:
    with pytest.raises(CommandError, match=rf"Stopped after 1 message\. {said}\.") as stopped:
        run(*arguments, out=Interrupting())
    assert stopped.value.returncode == 130
    assert OutboxMessage.objects.count() == left
