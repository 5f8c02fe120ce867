from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from joinchat_django.models import OutboxMessage

APP = "joinchat_django"
BEFORE, INDEXES = "0003_staff", "0004_outbox_indexes"
BUILT = {"joinchat_outbox_settled", "joinchat_outbox_trigger"}


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["AutoField", "BigAutoField"])
def test_no_migration_is_missing_whatever_the_sites_default_key(
    settings: pytest.FixtureRequest, field: str
) -> None:
    settings.DEFAULT_AUTO_FIELD = f"django.db.models.{field}"  # type: ignore[attr-defined]
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        table = OutboxMessage._meta.db_table
        return set(connection.introspection.get_constraints(cursor, table)) & BUILT


@pytest.mark.django_db(transaction=True)
class TestIndexesOfAFullOutbox:
    @pytest.fixture(autouse=True)
    def row(self) -> Iterator[OutboxMessage]:
        row = OutboxMessage.objects.create(recipient_kind="uuid", recipient_value="a")
        yield row
        assert OutboxMessage.objects.get() == row

    @pytest.fixture(autouse=True)
    def migrated(self) -> Iterator[None]:
        yield
        call_command("migrate", APP, verbosity=0)

    def test_can_be_taken_away_and_built_again(self) -> None:
        assert indexes() == BUILT
        call_command("migrate", APP, BEFORE, verbosity=0)
        assert indexes() == set()
        call_command("migrate", APP, verbosity=0)
        assert indexes() == BUILT

    def test_can_be_built_after_an_interruption(self) -> None:
        MigrationRecorder(connection).record_unapplied(APP, INDEXES)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                # As a killed CREATE INDEX CONCURRENTLY leaves it.
                invalid = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass"
                cursor.execute(invalid, [min(BUILT)])
        call_command("migrate", APP, verbosity=0)
        assert indexes() == BUILT
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
                assert cursor.fetchone() == (0,)

    def test_can_be_taken_away_after_an_interruption(self) -> None:
        call_command("migrate", APP, BEFORE, verbosity=0)
        MigrationRecorder(connection).record_applied(APP, INDEXES)
        call_command("migrate", APP, BEFORE, verbosity=0)
        assert indexes() == set()

    def test_can_be_printed_as_sql(self, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("sqlmigrate", APP, INDEXES)
        call_command("sqlmigrate", APP, INDEXES, backwards=True)
        printed = capsys.readouterr().out
        for name in BUILT:
            assert printed.count(name) >= 2
