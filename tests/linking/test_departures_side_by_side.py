"""Users and links are deleted while somebody unlinks: nobody waits in a circle."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from joinchat_django import linking, outbox
from joinchat_django.api import Text
from joinchat_django.models import MessengerLink, OutboxMessage
from tests.outbox.locks import wait_until_somebody_waits
from tests.outbox.people import linked_people
from tests.side_by_side import begin, together
from tests.waiting import PATIENCE

from .looking import queued

HELLO = Text("Hello")

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("left_to_a_worker")]


def delete_a_user() -> None:
    get_user_model().objects.order_by("pk")[0].delete()


def delete_all_users() -> None:
    get_user_model().objects.order_by("-pk").delete()


def delete_a_link() -> None:
    MessengerLink.objects.order_by("pk")[0].delete()


def delete_all_links() -> None:
    MessengerLink.objects.order_by("-pk").delete()


WAYS = [delete_a_user, delete_all_users, delete_a_link, delete_all_links]


@pytest.fixture(autouse=True)
def _server() -> None:
    if not connection.features.has_select_for_update:
        pytest.skip("This database has one writer at a time.")


@pytest.mark.parametrize("delete", WAYS)
def test_a_deletion_waits_for_who_has_the_links(delete: Callable[[], None]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("Only PostgreSQL tells that somebody waits.")
    users = linked_people(2)
    outbox.send_bulk(users, HELLO)
    has_the_links = threading.Event()

    def unlink() -> None:
        """Do in two steps what unlinking does."""
        with transaction.atomic():
            list(MessengerLink.objects.order_by("pk").select_for_update())
            has_the_links.set()
            wait_until_somebody_waits()
            outbox.cancel(OutboxMessage.objects.all())

    begun = begin(unlink)
    assert has_the_links.wait(PATIENCE)
    delete()
    begun.result(PATIENCE)


@pytest.mark.parametrize("delete", WAYS)
def test_both_come_to_an_end(delete: Callable[[], None]) -> None:
    for number in range(4):
        users = linked_people(4, name=f"p{number}-")
        outbox.send_bulk(users, HELLO)
        links = MessengerLink.objects.filter(is_active=True)
        steps: list[Callable[[], Any]] = [functools.partial(linking.switch_off, links), delete]
        found = together(*steps, functools.partial(linking.unlink, users[0]))
        assert not [error for error in found if isinstance(error, Exception)]
        assert queued() == []
