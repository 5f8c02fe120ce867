from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.backends.locmem import Delivered
from joinchat_django.models import OutboxMessage


def work(**options: Any) -> str:
    out = io.StringIO()
    call_command("joinchat_worker", once=True, stdout=out, **options)
    return out.getvalue().strip()


@pytest.mark.django_db
def test_once_works_until_nothing_is_due(delivered: list[Delivered], settings: Any) -> None:
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker"}
    for number in range(60):
        outbox.send(Recipient(uuid=str(number % 7)), Text(str(number)))
    assert work() == "60 sent"
    assert len(delivered) == 60
    assert not OutboxMessage.objects.exclude(status=OutboxMessage.Status.SENT).exists()
    assert work() == "Nothing is due."


@pytest.mark.django_db
def test_a_worker_may_be_kept_to_one_bot(delivered: list[Delivered], settings: Any) -> None:
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker"}
    settings.JOINCHAT = {**settings.JOINCHAT, "second": settings.JOINCHAT["default"]}
    outbox.send(Recipient(uuid="a"), Text("a"))
    outbox.send(Recipient(uuid="b"), Text("b"), bot="second")
    assert work(bot=["second"]) == "1 sent"
    assert [one.bot for one in delivered] == ["second"]


@pytest.mark.django_db
def test_an_unknown_bot_is_named() -> None:
    with pytest.raises(CommandError, match="no bot 'third'"):
        work(bot=["third"])
