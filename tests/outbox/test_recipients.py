"""Whom a message goes to: a user's newest active link, a link itself, or a bare recipient."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone

from joinchat_django import conf, outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.models import MessengerLink


@pytest.mark.django_db
def test_a_user_without_a_link_is_an_error_that_says_how_to_link(user: Any) -> None:
    with pytest.raises(outbox.NotLinked, match="joinchat_sdk"):
        outbox.send(user, Text("Hello"))


@pytest.mark.django_db
def test_an_inactive_link_counts_as_none(user: Any) -> None:
    MessengerLink.objects.create(user=user, uuid="old", is_active=False)
    with pytest.raises(outbox.NotLinked):
        outbox.send(user, Text("Hello"))


@pytest.mark.django_db
def test_messages_go_to_the_newest_active_link(linked_user: Any) -> None:
    later = timezone.now() + datetime.timedelta(hours=1)
    MessengerLink.objects.create(user=linked_user, uuid="new", linked_at=later)
    MessengerLink.objects.create(
        user=linked_user,
        uuid="newer-and-off",
        is_active=False,
        linked_at=later + datetime.timedelta(hours=1),
    )
    assert outbox.send(linked_user, Text("Hello")).recipient == Recipient(uuid="new")


@pytest.mark.django_db
def test_a_link_is_a_recipient(linked_user: Any) -> None:
    link = linked_user.messenger_links.get()
    row = outbox.send(link, Text("Hello"))
    assert (row.user, row.recipient_value) == (linked_user, "uuid-of-tom")


@pytest.mark.django_db
def test_a_link_that_is_switched_off_or_another_bots_is_none(linked_user: Any) -> None:
    link = linked_user.messenger_links.get()
    link.bot = "second"
    with pytest.raises(ValueError, match="bot='second'"):
        outbox.send(link, Text("Hello"))
    link.bot, link.is_active = "default", False
    with pytest.raises(outbox.NotLinked, match="switched off"):
        outbox.send(link, Text("Hello"))


@pytest.mark.django_db
def test_a_recipient_needs_no_user() -> None:
    row = outbox.send(Recipient(email="lin@example.com"), Text("Hello"))
    assert row.user is None
    assert row.recipient == Recipient(email="lin@example.com")


@pytest.mark.django_db
def test_anything_else_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="saved user"):
        outbox.send("tom", Text("Hello"))


@pytest.mark.django_db
def test_an_unknown_bot_is_named_with_the_known_ones(linked_user: Any) -> None:
    with pytest.raises(conf.UnknownBot, match=r"'second'.*'default'"):
        outbox.send(linked_user, Text("Hello"), bot="second")
