"""Rows of one's own may name somebody more than once."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.test import Client

from joinchat_django import broadcasts
from joinchat_django.broadcasts import fan_out
from joinchat_django.models import Broadcast, OutboxMessage
from tests.admin.pages import compose, confirm

from .steps import page


class TestSomebodyWhoIsSelectedMoreThanOnce:
    """Three entries of Django's log, which stand in for orders, name one linked customer."""

    @pytest.fixture
    def entries(self, people: list[Any], unregistered: None) -> Broadcast:
        """A draft to them."""
        broadcasts.register(LogEntry, context=lambda entry: {"what": entry.object_repr})
        for number in range(3):
            LogEntry.objects.create(user=people[0], object_repr=f"A-{number}", action_flag=1)
        return broadcasts.draft(
            LogEntry.objects.all(), requested_by=get_user_model().objects.get(username="admin")
        )

    def test_gets_as_many_messages_as_say_something_else(
        self, left_to_a_worker: None, admin_client: Client, entries: Broadcast
    ) -> None:
        compose(admin_client, entries, "About {{ what }}")
        seen = page(admin_client, entries, "review")
        assert 'value="Send up to 3 messages to 1 person"' in seen.text
        confirm(admin_client, entries)
        fan_out.feed(["default"], None)
        assert OutboxMessage.objects.count() == 3

    def test_gets_once_what_is_the_same_each_time(
        self, admin_client: Client, entries: Broadcast
    ) -> None:
        compose(admin_client, entries, "Hello")
        seen = page(admin_client, entries, "review")
        assert 'value="Send to 1 person"' in seen.text
        assert "2 · selected more than once, and gets it once" in seen.text

    def test_is_not_counted_among_those_who_are_not_reached(
        self, admin_client: Client, entries: Broadcast
    ) -> None:
        [reach] = page(admin_client, entries, "compose").context["reach"]
        assert (reach.reached, reach.unreached, reach.repeated) == (1, 0, 2)

    def test_makes_the_estimate_longer(
        self, admin_client: Client, entries: Broadcast, settings: Any
    ) -> None:
        settings.JOINCHAT_DELIVERY = {"RATE": 0.1}
        compose(admin_client, entries, "About {{ what }}")
        assert page(admin_client, entries, "review").context["estimate"] == "30 seconds"
