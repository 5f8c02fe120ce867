"""Writing down what calls came to, on a database that is busy or refuses."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import DataError, OperationalError, connection
from django.db.models import QuerySet
from django.utils import timezone

from joinchat_django.delivery.outcomes import Settlement
from joinchat_django.delivery.settling import Settled, settle
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import OutboxMessage
from joinchat_django.sandbox.server import SandboxServer
from tests.servers import Connection, LoopbackServer, Request

from .rows import Status, queue, texts

pytestmark = pytest.mark.django_db


def test_a_database_that_is_busy_at_the_wrong_moment_doubles_nothing(
    over_http: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue()
    queue(uuid="mei")
    busy = iter([True, True, False, True])

    def sometimes(group: Sequence[Settlement]) -> Settled:
        if group and next(busy, False):
            raise OperationalError("database is locked")
        return settle(group)

    monkeypatch.setattr("joinchat_django.delivery.sweep.settle", sometimes)
    monkeypatch.setattr("joinchat_django.delivery.databases.WAITS", (0,))
    assert deliver_due() == {Status.SENT: 2}
    assert len(texts(over_http)) == 2


def test_what_cannot_be_written_down_is_taken_up_again_when_its_lease_has_run_out(
    over_http: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue()

    def broken(group: Sequence[Settlement]) -> Settled:
        raise OperationalError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("joinchat_django.delivery.sweep.settle", broken)
        patched.setattr("joinchat_django.delivery.databases.WAITS", (100,))
        patched.setattr("joinchat_django.delivery.databases.time.sleep", lambda seconds: None)
        with pytest.raises(OperationalError):
            deliver_due()
    assert deliver_due() == {}
    past = timezone.now() - datetime.timedelta(seconds=1)
    OutboxMessage.objects.update(lease_until=past)
    assert deliver_due() == {Status.SENT: 1}
    assert len(texts(over_http)) == 2


class TestAnAnswerThatTheDatabaseCannotStore:
    def test_is_left_out_and_harms_no_other_message(
        self, over_http: SandboxServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(5):
            queue(uuid=str(number))
        update = QuerySet.update
        bad = OutboxMessage.objects.earliest("pk")

        def refuse(rows: Any, **changes: Any) -> int:
            # As MariaDB does where a table's character set has no emoji.
            answer = changes.get("answer")
            if getattr(answer, "value", answer) and rows.filter(pk=bad.pk).exists():
                raise DataError(1366, "Incorrect string value")
            return int(update(rows, **changes))

        monkeypatch.setattr(QuerySet, "update", refuse)
        assert deliver_due() == {Status.SENT: 5}
        bad.refresh_from_db()
        assert (bad.status, bad.answer) == (Status.SENT, "")
        assert OutboxMessage.objects.exclude(answer="").count() == 4
        assert len(texts(over_http)) == 5

    @pytest.mark.skipif(connection.vendor != "mysql", reason="A character set of MariaDB's.")
    @pytest.mark.django_db(transaction=True)
    def test_is_left_out_where_a_table_has_no_emoji(self, settings: Any) -> None:
        def answer(request: Request, connection: Connection) -> None:
            smiles = b'"uuid":"3"' in request.body.replace(b" ", b"")
            connection.reply('{"success": true, "text": "%s"}' % ("\N{GRINNING FACE}" * smiles))

        table = OutboxMessage._meta.db_table
        convert = f"ALTER TABLE {table} CONVERT TO CHARACTER SET "
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@character_set_database")
            [usual] = cursor.fetchone()
            cursor.execute(convert + "utf8mb3")
        try:
            with LoopbackServer(answer) as server:
                settings.JOINCHAT = {"default": server.bot}
                settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker"}
                for number in range(10):
                    queue(uuid=str(number))
                assert deliver_due() == {Status.SENT: 10}
                assert len(server.requests) == 10
            [smiling] = OutboxMessage.objects.filter(answer="")
            assert smiling.recipient_value == "3"
        finally:
            with connection.cursor() as cursor:
                cursor.execute(convert + usual)
