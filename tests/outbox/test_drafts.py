from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from joinchat_django import outbox
from joinchat_django.models import MessageTemplate, OutboxMessage
from joinchat_django.rendering import PlainDataRequired


@pytest.mark.django_db
def test_a_template_is_sent_by_its_slug(linked_user: Any, receipt: MessageTemplate) -> None:
    row = outbox.send(linked_user, "receipt", context={"number": "A-17", "total": Decimal(5)})
    assert json.loads(row.content)["recipient_name"] == 'Tom & "Jerry"'
    assert json.loads(row.content)["summary"] == {"total_cost": 5}
    assert (row.tag, row.delay, row.template) == ("PAYMENT_UPDATE", 2, receipt)


@pytest.mark.django_db
def test_the_senders_tag_and_delay_go_first(linked_user: Any, receipt: MessageTemplate) -> None:
    context = {"number": "A-17", "total": 5}
    row = outbox.send(linked_user, receipt, context=context, tag="ACCOUNT_UPDATE", delay=0)
    assert (row.tag, row.delay) == ("ACCOUNT_UPDATE", 0)


@pytest.mark.django_db
def test_an_empty_tag_takes_the_templates_own_off(
    linked_user: Any, receipt: MessageTemplate
) -> None:
    context = {"number": "A-17", "total": 5}
    assert outbox.send(linked_user, receipt, context=context, tag="").tag == ""


@pytest.mark.django_db
def test_a_slug_that_nobody_wrote_is_an_error_that_names_it(linked_user: Any) -> None:
    with pytest.raises(outbox.UnknownTemplate, match=r"Text\('Hello'\)"):
        outbox.send(linked_user, "Hello")


@pytest.mark.django_db
def test_a_model_instance_in_the_context_is_refused(
    linked_user: Any, receipt: MessageTemplate
) -> None:
    with pytest.raises(PlainDataRequired):
        outbox.send(linked_user, "receipt", context={"number": receipt, "total": 1})
    assert not OutboxMessage.objects.exists()
