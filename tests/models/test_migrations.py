"""Migrations are complete, and those of indexes can be interrupted, repeated and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.core.management import call_command
from django.db import connection, migrations, models
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from joinchat_django.migrations._concurrently import DropIndexOfKey
from joinchat_django.models import OutboxMessage

APP = "joinchat_django"


class Step(NamedTuple):
    """A migration of indexes: what is there after it alone, and what before it alone."""

    before: str
    name: str
    new: set[str]
    old: set[str]


STEPS = [
    Step(
        "0003_staff",
        "0004_outbox_indexes",
        {"joinchat_outbox_settled", "joinchat_outbox_trigger"},
        set(),
    ),
    Step(
        "0004_outbox_indexes",
        "0005_leaner_indexes",
        {
            "joinchat_outbox_lane",
            "joinchat_outbox_of_group",
            "joinchat_outbox_of_trigger",
            "joinchat_outbox_template",
            "joinchat_outbox_requester",
        },
        {"joinchat_outbox_queue", "joinchat_outbox_group", "joinchat_outbox_trigger"},
    ),
]


def migrate(*target: str) -> None:
    call_command("migrate", APP, *target, verbosity=0)


@pytest.fixture
def migrated() -> Iterator[None]:
    yield
    migrate()


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["AutoField", "BigAutoField"])
def test_no_migration_is_missing_whatever_the_sites_default_key(settings: Any, field: str) -> None:
    settings.DEFAULT_AUTO_FIELD = f"django.db.models.{field}"
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("migrated")
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
class TestIndexesOfAFullOutbox:
    @pytest.fixture(autouse=True)
    def row(self) -> Iterator[OutboxMessage]:
        row = OutboxMessage.objects.create(recipient_kind="uuid", recipient_value="a")
        yield row
        migrate()
        assert OutboxMessage.objects.get() == row

    def indexes(self, step: Step) -> set[str]:
        with connection.cursor() as cursor:
            table = OutboxMessage._meta.db_table
            found = connection.introspection.get_constraints(cursor, table)
        return set(found) & (step.new | step.old)

    def drop(self, name: str) -> None:
        table = f" ON {OutboxMessage._meta.db_table}" if connection.vendor == "mysql" else ""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX {name}{table}")

    @pytest.mark.thorough
    def test_can_be_taken_away_and_built_again(self, step: Step) -> None:
        migrate(step.name)
        assert self.indexes(step) == step.new
        migrate(step.before)
        assert self.indexes(step) == step.old
        migrate(step.name)
        assert self.indexes(step) == step.new

    @pytest.mark.thorough
    def test_can_be_built_after_an_interruption(self, step: Step) -> None:
        migrate(step.name)
        MigrationRecorder(connection).record_unapplied(APP, step.name)
        self.drop(sorted(step.new)[1])
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                # As a killed CREATE INDEX CONCURRENTLY leaves it.
                invalid = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass"
                cursor.execute(invalid, [min(step.new)])
        migrate(step.name)
        assert self.indexes(step) == step.new
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
                assert cursor.fetchone() == (0,)

    @pytest.mark.thorough
    def test_can_be_taken_away_after_an_interruption(self, step: Step) -> None:
        migrate(step.before)
        MigrationRecorder(connection).record_applied(APP, step.name)
        for name in step.old:
            self.drop(name)
        migrate(step.before)
        assert self.indexes(step) == step.old

    def test_can_be_printed_as_sql(self, step: Step, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("sqlmigrate", APP, step.name)
        call_command("sqlmigrate", APP, step.name, backwards=True)
        printed = capsys.readouterr().out
        for name in step.new:
            assert printed.count(name) >= 2
        assert "(no-op)" not in printed


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("migrated")
class TestAKeysOwnIndex:
    """Of a key that has a leaner one."""

    @staticmethod
    def of_key(column: str, table: str = OutboxMessage._meta.db_table) -> list[str]:
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, table).items()
        return [name for name, one in found if one["index"] and one["columns"] == [column]]

    @pytest.mark.thorough
    @pytest.mark.parametrize(
        ("column", "leaner"),
        [
            ("template_id", "joinchat_outbox_template"),
            ("requested_by_id", "joinchat_outbox_requester"),
        ],
    )
    def test_goes_and_comes_back(self, column: str, leaner: str) -> None:
        assert self.of_key(column) == [leaner]
        migrate("0004_outbox_indexes")
        [own] = self.of_key(column)
        assert own != leaner
        migrate()
        assert self.of_key(column) == [leaner]


#: A site whose members have a text for a key, and notes about them, with a leaner index.
CLUB = (
    migrations.CreateModel("Member", [("name", models.CharField(max_length=20, primary_key=True))]),
    migrations.CreateModel(
        "Note",
        [
            ("id", models.AutoField(primary_key=True)),
            ("member", models.ForeignKey("club.Member", models.SET_NULL, null=True)),
        ],
        {"indexes": [models.Index(fields=["member"], name="club_leaner")]},
    ),
)

DROP = DropIndexOfKey(
    "note",
    "member",
    models.ForeignKey("club.Member", models.SET_NULL, null=True, db_index=False),
)


@pytest.fixture
def club() -> Iterator[ProjectState]:
    """That site's tables."""
    state = ProjectState()
    for operation in CLUB:
        before = state.clone()
        operation.state_forwards("club", state)
        with connection.schema_editor() as editor:
            operation.database_forwards("club", editor, before, state)
    yield state
    with connection.schema_editor() as editor:
        for name in ("note", "member"):
            editor.delete_model(state.apps.get_model("club", name))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("interrupted", [False, True])
def test_the_indexes_of_a_text_that_is_a_key_go_and_come_back(
    club: ProjectState, interrupted: bool
) -> None:
    def own() -> list[str]:
        return TestAKeysOwnIndex.of_key("member_id", "club_note")

    if connection.vendor == "mysql":
        pytest.skip("A text has one index there, as any key has.")
    there = sorted(own())
    assert len(there) == (3 if connection.vendor == "postgresql" else 2)
    after = club.clone()
    DROP.state_forwards("club", after)
    with connection.schema_editor(atomic=False) as editor:
        DROP.database_forwards("club", editor, club, after)
        assert own() == ["club_leaner"]
        DROP.database_backwards("club", editor, after, club)
        if interrupted:
            last = max(set(own()) - {"club_leaner"})
            note = club.apps.get_model("club", "note")
            editor.remove_index(note, models.Index(fields=["member"], name=last))
            DROP.database_backwards("club", editor, after, club)
    assert sorted(own()) == there


@pytest.mark.django_db(transaction=True)
def test_what_is_printed_before_there_are_tables_drops_all_indexes_of_the_key() -> None:
    if connection.vendor == "mysql":
        pytest.skip("A text has one index there, as any key has.")
    before = ProjectState()
    for operation in CLUB:
        operation.state_forwards("club", before)
    after = before.clone()
    DROP.state_forwards("club", after)
    with connection.schema_editor(collect_sql=True) as editor:
        DROP.database_forwards("club", editor, before, after)
    printed = [line for line in editor.collected_sql if line.startswith("DROP INDEX")]
    assert len(printed) == (2 if connection.vendor == "postgresql" else 1)
    assert len([line for line in printed if "_like" in line]) == len(printed) - 1
