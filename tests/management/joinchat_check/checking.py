"""The command run, and what it found."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.models import OutboxMessage

SECRET = "5ecret-which-nobody-may-see-3f9a"
HOUR = timedelta(hours=1)


def check(*arguments: str) -> tuple[int, str]:
    """Return the command's status and what it printed, without the secret in it."""
    out = io.StringIO()
    status = 0
    try:
        call_command("joinchat_check", *arguments, stdout=out, no_color=True)
    except CommandError as error:
        status = error.returncode
    assert SECRET[:-4] not in out.getvalue()
    return status, out.getvalue()


def found(*arguments: str) -> dict[str, Any]:
    """Return the JSON object, whose ``ok`` fits the status."""
    status, text = check("--json", *arguments)
    # Infinity and NaN are no JSON.
    report: dict[str, Any] = json.loads(text, parse_constant=pytest.fail)
    assert report["ok"] is (status == 0)
    assert report["ok"] is (not report["problems"])
    return report


def put(**changes: Any) -> None:
    """Put a row into the outbox that is in some state."""
    row = outbox.send(Recipient(uuid="lin"), Text("Hello"))
    OutboxMessage.objects.filter(pk=row.pk).update(**changes)


def problem(*arguments: str) -> str:
    """Return the one problem that there is."""
    [one] = found(*arguments)["problems"]
    return str(one)
