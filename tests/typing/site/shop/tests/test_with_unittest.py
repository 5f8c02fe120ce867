"""What the helpers without pytest are."""

from __future__ import annotations

from django.test import TestCase
from typing_extensions import assert_type, override

from joinchat_django.test import (
    JoinChatOutbox,
    JoinChatTestMixin,
    Sandbox,
    locmem,
    outbox,
    sandbox,
)
from shop.models import Order
from shop.orders import ship


class ShippingTests(JoinChatTestMixin, TestCase):
    """By the mixin, and by context managers."""

    order: Order

    @override
    def setUp(self) -> None:
        super().setUp()
        self.order = Order.objects.get()

    def test_the_customer_hears_of_the_parcel(self) -> None:
        ship(self.order)
        [message] = self.joinchat_outbox
        assert message.status == "queued"

    def test_joinchat_takes_it(self) -> None:
        with sandbox() as joinchat, outbox() as messages, locmem():
            assert_type(joinchat, Sandbox)
            assert_type(messages, JoinChatOutbox)
            with self.captureOnCommitCallbacks(execute=True):
                ship(self.order)
            joinchat.wait_for(1)
        assert len(messages) == 1

    async def test_it_is_queued(self) -> None:
        async with outbox() as messages:
            assert await messages.alist() == []

    @sandbox(kwarg_name="joinchat", lenient=True)
    def test_a_decorated_function(self, joinchat: Sandbox) -> None:
        assert joinchat.messages() == []


@outbox(attr_name="queued")
class DecoratedTests(TestCase):
    """By decorators."""

    queued: JoinChatOutbox

    def test_nothing_is_queued(self) -> None:
        assert self.queued == []
