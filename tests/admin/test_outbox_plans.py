"""What the outbox's list reads of a large outbox: as little as its indexes allow."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client

from joinchat_django.admin.outbox_narrowing import Narrowing
from joinchat_django.models import OutboxMessage

from .outbox_list import put
from .pages import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="Its plans can be asked what was.")
@pytest.mark.parametrize("status", ["failed", "queued", "uncertain"])
def test_the_ends_of_a_part_of_a_group_are_found_without_the_rest_of_it(status: str) -> None:
    put(6_000, group="spring", status="sent")
    put(3_000, group="autumn", status="queued")
    put(20, group="spring", status="failed")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE joinchat_django_outboxmessage")
    part = Narrowing.of("group", "status", "pk", has_ends=True, group="spring", status=status)
    rows = part.along_index(OutboxMessage.objects.all()).values_list("pk", flat=True)
    for end in (rows[:1], rows.reverse()[:1]):
        [plan] = json.loads(end.explain(format="json", analyze=True, buffers=True))
        read = plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
        assert read < 25, plan


@pytest.mark.skipif(connection.vendor != "sqlite", reason="Others know which index is best.")
def test_of_a_few_rows_and_many_the_few_are_read(
    admin_client: Client, twenty_are_many_rows: None
) -> None:
    put(200, status="queued")
    for number in range(30):
        put(1, status="queued", user=get_user_model().objects.create(username=f"tom{number}"))
    parameters = {"q": "tom", "status": "queued"}
    cl = admin_client.get(page_of(OutboxMessage), parameters).context["cl"]
    assert len(cl.result_list) == 30
    assert "user_id=?" in cl.queryset.explain()
