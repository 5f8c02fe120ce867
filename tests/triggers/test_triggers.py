"""A trigger turns a signal into messages, and never breaks what sent the signal."""

from __future__ import annotations

import contextlib
import functools
import logging
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models.signals import post_save
from django.dispatch import Signal

from joinchat_django import triggers
from joinchat_django.api import Text
from joinchat_django.models import OutboxMessage

from .signals import order_placed


@pytest.mark.django_db
class TestWhatATriggerReturns:
    def test_one_message(self, linked_user: Any) -> None:
        @triggers.on(order_placed, name="receipt")
        def receipt(sender: Any, user: Any, **kwargs: Any) -> triggers.Send:
            return triggers.Send(user, Text("Thank you"), idempotency_key="r-1")

        order_placed.send(None, user=linked_user)
        row = OutboxMessage.objects.get()
        assert (row.trigger, row.idempotency_key) == ("receipt", "r-1")
        assert row.user == linked_user

    def test_a_list(self, linked_user: Any) -> None:
        @triggers.on(order_placed)
        def two(sender: Any, user: Any, **kwargs: Any) -> list[triggers.Send]:
            return [triggers.Send(user, Text("a")), triggers.Send(user, Text("b"))]

        order_placed.send(None, user=linked_user)
        assert OutboxMessage.objects.count() == 2

    def test_nothing(self) -> None:
        @triggers.on(order_placed)
        def silent(sender: Any, **kwargs: Any) -> None:
            return None

        with triggers.raise_errors():
            order_placed.send(None)
        assert not OutboxMessage.objects.exists()

    def test_anything_else_is_an_error(self) -> None:
        @triggers.on(order_placed)
        def wrong(sender: Any, **kwargs: Any) -> list[str]:
            return ["Hello"]

        with triggers.raise_errors(), pytest.raises(TypeError, match=r"returns triggers\.Send"):
            order_placed.send(None)


@pytest.mark.django_db
def test_a_user_without_a_link_is_skipped_and_counted(user: Any) -> None:
    @triggers.on(order_placed, name="skips")
    def receipt(sender: Any, user: Any, **kwargs: Any) -> triggers.Send:
        return triggers.Send(user, Text("Thank you"))

    with triggers.raise_errors():
        order_placed.send(None, user=user)
    trigger = triggers.registry["skips"]
    assert (trigger.fired, trigger.skipped, trigger.failed) == (1, 1, 0)


@pytest.mark.django_db
class TestAFailingTrigger:
    def test_never_breaks_the_save_that_fired_it(
        self, caplog: pytest.LogCaptureFixture, registry: dict[str, triggers.Trigger]
    ) -> None:
        @triggers.on(post_save, sender=get_user_model(), name="breaks")
        def breaks(sender: Any, instance: Any, **kwargs: Any) -> None:
            raise RuntimeError("no such order")

        with caplog.at_level(logging.ERROR):
            get_user_model().objects.create(username="lin")
        assert get_user_model().objects.filter(username="lin").exists()
        assert registry["breaks"].failed == 1
        assert "The trigger breaks failed" in caplog.text
        assert "no such order" in caplog.text

    def test_leaves_the_callers_transaction_usable(
        self, linked_user: Any, registry: dict[str, triggers.Trigger]
    ) -> None:
        @triggers.on(order_placed, name="clashes")
        def clashes(sender: Any, user: Any, **kwargs: Any) -> None:
            get_user_model().objects.create(username=user.username)

        with transaction.atomic():
            order_placed.send(None, user=linked_user)
            assert get_user_model().objects.filter(pk=linked_user.pk).exists()
            assert not connection.needs_rollback
        assert registry["clashes"].failed == 1

    def test_leaves_the_callers_transaction_in_another_database_as_it_was(
        self, shop: Any, registry: dict[str, triggers.Trigger]
    ) -> None:
        @triggers.on(order_placed, name="half")
        def half(sender: Any, **kwargs: Any) -> None:
            shop("INSERT INTO orders VALUES (2)")
            shop("INSERT INTO orders VALUES (1)")

        with transaction.atomic(using="shop"):
            shop("INSERT INTO orders VALUES (1)")
            order_placed.send(None)
        assert registry["half"].failed == 1
        assert shop("SELECT number FROM orders") == [(1,)]

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("scope", [transaction.atomic, contextlib.nullcontext])
    def test_takes_back_the_messages_it_had_queued(
        self, linked_user: Any, scope: Any, registry: dict[str, triggers.Trigger]
    ) -> None:
        @triggers.on(order_placed, name="half")
        def half(sender: Any, user: Any, **kwargs: Any) -> list[triggers.Send]:
            return [triggers.Send(user, Text("a")), triggers.Send(user, "no-such-template")]

        with scope():
            order_placed.send(None, user=linked_user)
        assert registry["half"].failed == 1
        assert not OutboxMessage.objects.exists()

    def test_can_be_made_to_raise_in_tests(self) -> None:
        @triggers.on(order_placed)
        def breaks(sender: Any, **kwargs: Any) -> None:
            raise RuntimeError("seen")

        with triggers.raise_errors(), pytest.raises(RuntimeError, match="seen"):
            order_placed.send(None)
        order_placed.send(None)


def test_an_asynchronous_function_is_refused() -> None:
    async def later(sender: Any, **kwargs: Any) -> None: ...

    with pytest.raises(TypeError, match="must be a plain function"):
        triggers.on(order_placed)(later)


def test_a_name_is_taken_once() -> None:
    @triggers.on(order_placed, name="mine")
    def one(sender: Any, **kwargs: Any) -> None: ...

    def two(sender: Any, **kwargs: Any) -> None: ...

    with pytest.raises(ValueError, match="'mine' already"):
        triggers.on(order_placed, name="mine")(two)


@pytest.mark.parametrize("name", ["Mine", "MINE", "miné", "mine "])
def test_a_name_is_taken_that_some_databases_take_for_the_same(name: str) -> None:
    @triggers.on(order_placed, name="mine")
    def one(sender: Any, **kwargs: Any) -> None: ...

    def two(sender: Any, **kwargs: Any) -> None: ...

    with pytest.raises(ValueError, match="'mine' already"):
        triggers.on(order_placed, name=name)(two)
    assert name not in triggers.registry


def test_a_name_that_the_tables_cannot_hold_is_refused() -> None:
    def one(sender: Any, **kwargs: Any) -> None: ...

    triggers.on(order_placed, name="x" * 200)(one)
    with pytest.raises(ValueError, match="200 characters at most; pass name="):
        triggers.on(order_placed, name="x" * 201)(one)
    one.__qualname__ = "x" * 200
    with pytest.raises(ValueError, match="200 characters at most; pass name="):
        triggers.on(order_placed)(one)


def test_a_trigger_is_named_after_its_function() -> None:
    @triggers.on(order_placed)
    def receipt(sender: Any, **kwargs: Any) -> None: ...

    assert f"{__name__}.{receipt.__qualname__}" in triggers.registry


def test_functions_that_a_factory_makes_need_names_of_their_own() -> None:
    def made() -> Any:
        def receipt(sender: Any, **kwargs: Any) -> None: ...

        return receipt

    triggers.on(order_placed)(made())
    with pytest.raises(ValueError, match="already"):
        triggers.on(order_placed)(made())
    triggers.on(order_placed, name="second")(made())


def test_a_function_may_wait_for_several_signals() -> None:
    other = Signal()
    heard = []

    @triggers.on(order_placed, name="both")
    @triggers.on(other, name="both")
    def receipt(sender: Any, **kwargs: Any) -> None:
        heard.append(sender)

    order_placed.send("one")
    other.send("two")
    assert heard == ["one", "two"]
    assert triggers.registry["both"].fired == 2


def test_a_callable_without_a_name_is_given_one() -> None:
    nameless = functools.partial(lambda sender, **kwargs: None)
    with pytest.raises(TypeError, match="pass name="):
        triggers.on(order_placed)(nameless)
    for _ in range(2):
        triggers.on(order_placed, name="nameless")(nameless)
    assert "nameless" in triggers.registry
