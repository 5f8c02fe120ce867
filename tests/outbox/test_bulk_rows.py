"""What a bulk's rows are made of, and what a context can spoil."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from django.db import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)
from django.template import Template
from django.test.utils import CaptureQueriesContext

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.models import MessageTemplate, OutboxMessage
from joinchat_django.outbox import BulkResult
from tests.outbox.people import linked_people, people, reached, texts, users

pytestmark = pytest.mark.usefixtures("left_to_a_worker")


def template(text: str, slug: str = "t") -> MessageTemplate:
    body = {"template_type": "text", "text": text}
    return MessageTemplate.objects.create(slug=slug, name="T", body=body)


@pytest.mark.django_db
class TestVariables:
    def test_one_that_a_context_lacks_fails_all_and_is_named(
        self, greeting: MessageTemplate
    ) -> None:
        linked_people(2)
        result = outbox.send_bulk(users().all(), greeting, context={"pionts": 5})
        assert result.failed == 2
        assert "points" in result.errors[0][1]
        assert not OutboxMessage.objects.exists()

    def test_one_that_a_single_context_lacks_fails_that_one(
        self, greeting: MessageTemplate
    ) -> None:
        linked_people(4)
        contexts = {"p0": {"points": 1}, "p1": {}, "p2": {"points": None}}
        result = outbox.send_bulk(
            users().all(), greeting, context=lambda user: contexts.get(user.username, {"points": 2})
        )
        assert (result.queued, result.failed) == (3, 1)
        assert "points" in result.errors[0][1]

    def test_members_and_items_are_looked_at_too(self) -> None:
        linked_people(4)
        text = template("{{ order.number }} {{ order.lines.1.title }}")
        orders: dict[str, Any] = {
            "p0": {"number": 1, "lines": [{}, {"title": "b"}]},
            "p1": {"number": 1, "lines": [{"title": "b"}, {}]},
            "p2": {"lines": [{}, {"title": "b"}]},
            "p3": {"number": 2, "lines": [{}, {"title": "b"}]},
        }
        result = outbox.send_bulk(
            users().order_by("username")[:4],
            text,
            context=lambda user: {"order": orders[user.username]},
        )
        assert result.failed == 2
        assert reached() == ["of-p0", "of-p3"]

    def test_a_branch_that_one_takes_and_another_does_not(self) -> None:
        linked_people(4)
        text = template("Hello{% if vip %}, {{ discount }} off{% endif %}")
        vips = {"p1", "p3"}
        in_order = list(users().order_by("username"))
        result = outbox.send_bulk(
            in_order, text, context=lambda user: {"vip": user.username in vips}
        )
        assert (result.queued, result.failed) == (2, 2)
        assert reached() == ["of-p0", "of-p2"]

    def test_a_field_of_the_user_may_be_empty_and_the_user_unknown(self) -> None:
        [user] = linked_people(1)
        user.first_name = ""
        user.save()
        to = [user, Recipient(email="me@example.com")]
        assert outbox.send_bulk(to, template("Hello {{ user.first_name }}")).queued == 2
        result = outbox.send_bulk(to, template("{{ user.password }}", slug="password"))
        assert result.failed == 2
        assert "user.password" in result.errors[0][1]

    def test_strings_of_a_template_are_compiled_once_for_all(
        self, greeting: MessageTemplate, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        linked_people(2, name="few")
        linked_people(20, name="many")
        compiled: list[str] = []
        compile_nodelist = Template.compile_nodelist

        def counting(self: Template) -> Any:
            compiled.append(str(self.source))
            return compile_nodelist(self)

        monkeypatch.setattr(Template, "compile_nodelist", counting)
        counts = []
        for name in ("few", "many"):
            some = users().filter(username__startswith=name)
            outbox.send_bulk(some, greeting, context=lambda user: {"points": user.pk.int})
            counts.append(len(compiled))
            compiled.clear()
        assert counts[0] == counts[1] > 0


@pytest.mark.django_db(transaction=True)
class TestQueriesOfAFunction:
    """What the site's own functions do to a transaction that is open."""

    def test_cost_no_savepoints_of_their_own(self, greeting: MessageTemplate) -> None:
        linked_people(30)
        with transaction.atomic(), CaptureQueriesContext(connection) as captured:
            result = outbox.send_bulk(
                users().all(),
                greeting,
                context=lambda user: {"points": user.messenger_links.count()},
            )
        assert result == BulkResult(queued=30)
        statements = [query["sql"] for query in captured.captured_queries]
        # One for all contexts, and one for the page's rows.
        assert sum(sql.startswith("SAVEPOINT") for sql in statements) == 2

    @pytest.mark.parametrize("is_inside", [False, True], ids=["alone", "in a transaction"])
    def test_fail_nobody_but_those_for_whom_they_fail(
        self, is_inside: bool, greeting: MessageTemplate
    ) -> None:
        linked_people(3)

        def points(user: Any) -> dict[str, Any]:
            users().filter(pk=user.pk).update(last_name=user.last_name + "x")
            if user.username == "p1":
                users().create(username="p0")
            return {"points": user.messenger_links.count()}

        with transaction.atomic() if is_inside else contextlib.nullcontext():
            result = outbox.send_bulk(users().all(), greeting, context=points)
        assert (result.queued, result.failed) == (2, 1)
        assert result.errors[0][1].startswith("context: IntegrityError")
        assert texts() == ["p0 has 1 points", "p2 has 1 points"]
        assert users().filter(username__in=["p0", "p2"], last_name="x").count() == 2

    def test_keep_the_writes_of_others_when_a_transaction_is_given_up(
        self, greeting: MessageTemplate
    ) -> None:
        linked_people(3)

        def points(user: Any) -> dict[str, Any]:
            users().filter(pk=user.pk).update(last_name="x")
            if user.username == "p2":
                with contextlib.suppress(ValueError), transaction.atomic(savepoint=False):
                    raise ValueError
            return {"points": 1}

        in_order = list(users().order_by("username"))
        with transaction.atomic():
            result = outbox.send_bulk(in_order, greeting, context=points)
        assert result == BulkResult(queued=3)
        assert users().filter(username__in=["p0", "p1"], last_name="x").count() == 2

    def test_may_fail_unnoticed(self, greeting: MessageTemplate) -> None:
        linked_people(3)

        def points(user: Any) -> dict[str, Any]:
            if user.username == "p1":
                with contextlib.suppress(IntegrityError):
                    users().create(username="p0")
            return {"points": 1}

        with transaction.atomic():
            result = outbox.send_bulk(users().all(), greeting, context=points)
        # PostgreSQL has given the savepoint up.
        assert (result.queued, result.failed) in {(3, 0), (2, 1)}
        assert {"of-p0", "of-p2"} <= set(reached())

    @pytest.mark.parametrize("is_inside", [False, True], ids=["alone", "in a transaction"])
    @pytest.mark.parametrize("error", [OperationalError, InterfaceError])
    def test_end_the_bulk_where_the_database_is_away(
        self, is_inside: bool, error: type[Exception], greeting: MessageTemplate
    ) -> None:
        linked_people(3)

        asked: list[Any] = []

        def points(user: Any) -> dict[str, Any]:
            asked.append(user)
            raise error("server closed the connection unexpectedly")

        with (
            pytest.raises(error, match="unexpectedly"),
            transaction.atomic() if is_inside else contextlib.nullcontext(),
        ):
            outbox.send_bulk(users().all(), greeting, context=points)
        assert len(asked) == 1


@pytest.mark.django_db
def test_large_messages_are_inserted_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("joinchat_django.outbox.bulk_rows.BATCH_BYTES", 2_500)
    crowd = linked_people(7)
    lonely = people(1, name="lonely")
    with CaptureQueriesContext(connection) as captured:
        result = outbox.send_bulk([*crowd, *lonely], Text("é" * 500))
    assert result == BulkResult(queued=7, not_linked=1)
    statements = [query["sql"] for query in captured.captured_queries]
    assert sum(sql.startswith("INSERT") for sql in statements) == 3
