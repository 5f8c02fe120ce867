"""Test cases of a site whose bots call a server."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test import SimpleTestCase, TestCase, TransactionTestCase, override_settings

from joinchat_django import conf, forced_backend, triggers
from joinchat_django.api import Envelope, Recipient, Text
from joinchat_django.backends import get_backend
from joinchat_django.backends.connections import calls_a_server
from joinchat_django.backends.http import HTTPBackend
from joinchat_django.backends.locmem import LocMemBackend, delivered
from joinchat_django.test import JoinChatTestMixin, forget, locmem
from joinchat_django.triggers import switches
from tests.servers import LoopbackServer, replying

from .shop import linked_customer, ship


@pytest.fixture(scope="module", autouse=True)
def joinchat() -> Iterator[LoopbackServer]:
    """The server that a site's settings name, which no test of it is to reach."""
    with LoopbackServer(replying("{}")) as server:
        bot = {"PAGE_ID": 1, "API_SECRET": "s3cret", "API_URL": server.url}
        with override_settings(JOINCHAT={"default": bot, "second": bot}):
            yield server
    assert not server.connections


def backend() -> type:
    return type(get_backend(conf.bot()))


class MixinTests(JoinChatTestMixin, TransactionTestCase):
    """A test case whose messages are delivered after each commit."""

    in_set_up_class: ClassVar[type]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.in_set_up_class = backend()

    def test_messages_stay_in_memory(self) -> None:
        ship(linked_customer())
        assert [one.status for one in self.joinchat_outbox] == ["sent"]
        assert [one.envelope.message for one in delivered] == [Text("Order A-17 has left us.")]

    def test_settings_of_the_tests_own_change_nothing(self) -> None:
        with self.settings(JOINCHAT={"default": settings.JOINCHAT["second"]}):
            ship(linked_customer())
        assert len(delivered) == 1

    def test_other_threads_and_the_set_up_of_the_class_are_held_back_as_well(self) -> None:
        found: list[type] = [self.in_set_up_class]
        thread = threading.Thread(target=lambda: found.append(backend()))
        thread.start()
        thread.join()
        assert found == [LocMemBackend, LocMemBackend]


class PlainMixinTests(JoinChatTestMixin, TestCase):
    """The same for a plain TestCase."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.user = linked_customer()
        ship(cls.user, "of the class")

    def test_it_holds_what_the_test_queued(self) -> None:
        ship(self.user)
        assert [one.idempotency_key for one in self.joinchat_outbox] == ["shipped-A-17"]


class StartTests(JoinChatTestMixin, TestCase):
    """What another test has left in memory."""

    def setUp(self) -> None:
        get_backend(conf.bot()).send(Envelope.seal(Recipient(uuid="lin"), Text("Hello")))
        assert delivered
        super().setUp()

    def test_is_gone(self) -> None:
        assert delivered == []


@pytest.mark.parametrize("base", [SimpleTestCase, TestCase, TransactionTestCase])
def test_after_the_test_case_it_would_do_nothing_and_says_so(base: type) -> None:
    with pytest.raises(TypeError, match=r"ShopTests: .* has to stand before TestCase"):
        type("ShopTests", (base, JoinChatTestMixin), {})
    shops = type("OurMixin", (JoinChatTestMixin,), {})
    with pytest.raises(TypeError, match="before TestCase"):
        type("ShopTests", (base, shops), {})
    type("ShopTests", (shops, base), {})


def test_what_lets_a_test_out_counts_above_it() -> None:
    with forced_backend.as_settings_name(), locmem():
        assert backend() is HTTPBackend


@pytest.mark.django_db
def test_no_connection_is_checked_either() -> None:
    printed = io.StringIO()
    with locmem():
        assert not calls_a_server(conf.bot())
        call_command("joinchat_check", json=True, stdout=printed)
    bots = json.loads(printed.getvalue())["bots"].values()
    assert [bot["connection"] for bot in bots] == [None, None]


@locmem()
class DecoratedTests(SimpleTestCase):
    """A decorated class needs no database."""

    def test_it_is_held_back(self) -> None:
        assert backend() is LocMemBackend


def test_functions_can_be_held_back() -> None:
    assert backend() is HTTPBackend
    assert locmem()(backend)() is LocMemBackend
    assert backend() is HTTPBackend


def test_asynchronous_ones_too() -> None:
    @locmem()
    async def asynchronous() -> type:
        return backend()

    assert asyncio.run(asynchronous()) is LocMemBackend
    assert backend() is HTTPBackend


def test_what_one_test_leaves_can_be_forgotten(linked_user: Any) -> None:
    with locmem():
        get_backend(conf.bot()).send(ship(linked_user).envelope)
    with transaction.atomic():
        triggers.switch("shop.receipt", on=False)
        assert not switches.is_on("shop.receipt")
        transaction.set_rollback(True)
    assert not switches.is_on("shop.receipt")
    forget()
    assert switches.is_on("shop.receipt")
    assert delivered == []
