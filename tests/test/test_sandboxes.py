"""A sandbox for a test: real requests, to nobody."""

from __future__ import annotations

import asyncio
import contextlib
import json
import urllib.request
from typing import Any

import pytest
from django.conf import settings
from django.test import SimpleTestCase, TestCase, TransactionTestCase, override_settings
from django.utils import timezone

from joinchat_django import conf, outbox
from joinchat_django.api import Client, ConnectionFailed, Envelope, Recipient, Text
from joinchat_django.backends import get_backend
from joinchat_django.backends.locmem import LocMemBackend
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import OutboxMessage
from joinchat_django.test import Sandbox, locmem, sandbox

from .shop import linked_customer, ship

BOT = {"PAGE_ID": 1, "API_SECRET": "s3cret", "API_URL": "http://127.0.0.1:9/api"}
ENVELOPE = Envelope.seal(Recipient(uuid="lin"), Text("Hello"))


class DeliveryTests(TransactionTestCase):
    """A site that delivers in the request."""

    def test_a_message_arrives_as_joinchat_would_get_it(self) -> None:
        with sandbox() as joinchat:
            ship(linked_customer())
            [payload] = joinchat.wait_for(1)
        assert payload == {
            "page_id": settings.JOINCHAT["default"]["PAGE_ID"],
            "recipient": {"uuid": "uuid-of-lin"},
            "message": {"template_type": "text", "text": "Order A-17 has left us."},
            "tag": "SHIPPING_UPDATE",
        }
        assert joinchat.messages() == [payload]
        assert joinchat.refused() == []

    def test_a_refusal_shows_its_reasons(self) -> None:
        with sandbox() as joinchat:
            outbox.send(Recipient(uuid="lin"), Text("Hello"))
            joinchat.wait_for(1)
            joinchat.clock.move(25 * 3600)
            row = outbox.send(Recipient(uuid="lin"), Text("Are you there?"))
        assert row.status == OutboxMessage.Status.FAILED
        [refused] = joinchat.refused()
        assert "24" in refused.reasons[0]

    def test_a_server_can_be_made_to_fail(self) -> None:
        with sandbox() as joinchat:
            joinchat.fail(503, times=1)
            row = ship(linked_customer())
            assert row.status == OutboxMessage.Status.QUEUED
            OutboxMessage.objects.update(send_at=timezone.now())
            deliver_due()
            joinchat.wait_for(1)


class PlainTests(TestCase):
    """A plain TestCase, in which nothing is committed."""

    def test_a_message_arrives_when_callbacks_run(self) -> None:
        with sandbox() as joinchat:
            with self.captureOnCommitCallbacks(execute=True):
                ship(linked_customer())
            joinchat.wait_for(1)

    def test_waiting_in_vain_says_why_nothing_came(self) -> None:
        with sandbox() as joinchat:
            ship(linked_customer())
            with pytest.raises(TimeoutError, match=r"found 0\..*captureOnCommitCallbacks"):
                joinchat.wait_for(1, timeout=0)


@sandbox(attr_name="joinchat")
class DecoratedTests(SimpleTestCase):
    """A decorated class: each test has a sandbox of its own."""

    joinchat: Sandbox

    def send(self) -> None:
        get_backend(conf.bot()).send(ENVELOPE)

    def test_what_a_test_sends_is_its_own(self) -> None:
        self.send()
        assert len(self.joinchat.messages()) == 1

    def test_and_so_is_what_another_sends(self) -> None:
        self.send()
        assert len(self.joinchat.messages()) == 1


def settings_of(bot: str = "default") -> tuple[str, str, str]:
    found = conf.bot(bot)
    return found.backend, found.api_url, found.sdk_url


def test_the_settings_are_as_before_when_it_ends() -> None:
    before = settings_of()
    with contextlib.suppress(ZeroDivisionError), sandbox() as found:
        assert settings_of()[1:] == (found.api_url, found.sdk_url)
        address = found.api_url
        raise ZeroDivisionError
    assert settings_of() == before
    with pytest.raises(ConnectionFailed):
        Client(page_id=1, api_secret="s", api_url=address).send(Recipient(uuid="a"), Text("b"))


def test_one_bot_alone_is_pointed_at_it() -> None:
    bots = {"default": BOT, "second": {**BOT, "PAGE_ID": 2, "API_SECRET": "another"}}
    with override_settings(JOINCHAT=bots), sandbox("second") as joinchat:
        assert settings_of("default")[1] == BOT["API_URL"]
        get_backend(conf.bot("second")).send(ENVELOPE)
        assert joinchat.messages()[0]["page_id"] == 2


def test_it_knows_the_bots_further_tags_and_goes_round_its_proxy() -> None:
    options = {"extra_tags": ["BIRTHDAY"], "proxies": {"http": "http://127.0.0.1:9"}}
    tagged = Envelope.seal(Recipient(uuid="a"), Text("b"), tag="BIRTHDAY", extra_tags=["BIRTHDAY"])
    bot = {**BOT, "OPTIONS": options}
    with override_settings(JOINCHAT={"default": bot}), sandbox() as joinchat:
        get_backend(conf.bot()).send(tagged)
        assert joinchat.messages()[0]["tag"] == "BIRTHDAY"


def test_a_lenient_one_takes_what_breaks_the_contract() -> None:
    with sandbox(lenient=True) as joinchat:
        get_backend(conf.bot()).send(Envelope(Recipient(uuid="a"), Text("b"), tag="BIRTHDAY"))
        assert joinchat.messages()[0]["tag"] == "BIRTHDAY"


def test_it_is_reached_where_the_other_bots_are_held_back() -> None:
    bots = {"default": BOT, "second": BOT}
    with override_settings(JOINCHAT=bots), locmem(), sandbox() as joinchat:
        get_backend(conf.bot()).send(ENVELOPE)
        assert len(joinchat.messages()) == 1
        assert isinstance(get_backend(conf.bot("second")), LocMemBackend)
    with override_settings(JOINCHAT=bots), sandbox() as joinchat, locmem():
        get_backend(conf.bot()).send(ENVELOPE)
        assert len(joinchat.messages()) == 1


def test_functions_can_be_decorated_asynchronous_ones_too() -> None:
    @sandbox(kwarg_name="joinchat")
    def send(joinchat: Sandbox) -> int:
        get_backend(conf.bot()).send(ENVELOPE)
        return len(joinchat.messages())

    @sandbox(kwarg_name="joinchat")
    async def asynchronous(joinchat: Sandbox) -> int:
        await asyncio.to_thread(get_backend(conf.bot()).send, ENVELOPE)
        return len(joinchat.messages())

    call: Any = send
    assert call() == 1
    later: Any = asynchronous
    assert asyncio.run(later()) == 1


def test_its_inbox_can_be_looked_at() -> None:
    with sandbox() as joinchat:
        get_backend(conf.bot()).send(ENVELOPE)
        with urllib.request.urlopen(f"{joinchat.url}/_sandbox/messages") as answer:
            assert "Hello" in json.dumps(json.load(answer))


def test_its_repr_counts_and_shows_no_secret() -> None:
    with override_settings(JOINCHAT={"default": BOT}), sandbox() as joinchat:
        get_backend(conf.bot()).send(ENVELOPE)
        assert repr(joinchat) == "<Sandbox of bot 'default': 1 accepted, 0 refused>"


def test_a_bot_that_is_not_there_is_named() -> None:
    with pytest.raises(conf.UnknownBot, match="no bot 'nope'"), sandbox("nope"):
        pass
