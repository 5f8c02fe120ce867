from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from joinchat_django.models import OutboxMessage
from joinchat_django.models.primary import for_update, on_primary


class Replicating:
    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "replica"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "default"


def test_rows_are_read_where_they_are_written(settings: Any) -> None:
    settings.DATABASE_ROUTERS = [Replicating()]
    assert OutboxMessage.objects.all().db == "replica"
    assert on_primary(OutboxMessage).db == "default"
    assert on_primary(OutboxMessage).filter(bot="default").db == "default"


@pytest.mark.django_db
def test_nobody_else_changes_rows_that_were_read_for_update() -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        list(for_update(on_primary(OutboxMessage)))
    first = captured.captured_queries[0]["sql"]
    if connection.features.has_select_for_update:
        assert first.endswith("FOR UPDATE")
    else:
        assert first.startswith("UPDATE")  # which owns the whole file
