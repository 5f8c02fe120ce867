"""Like rejections in a row are queued again, but for users who want nothing any more."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from joinchat_django import linking, outbox
from joinchat_django.api import Text
from joinchat_django.delivery.claims import claim
from joinchat_django.delivery.outcomes import Outcome, Settlement
from joinchat_django.delivery.settling import settle
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import BotState, MessengerLink, OutboxMessage
from tests.outbox.people import linked_people
from tests.servers import LoopbackServer, replying

Status = OutboxMessage.Status
HELLO = Text("Hello")
REFUSED = '{"success": false, "msg": "no such page"}'

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Any, left_to_a_worker: None) -> Iterator[LoopbackServer]:
    """A server that refuses all messages of a site, since its set-up is wrong."""
    with LoopbackServer(replying(REFUSED)) as server:
        settings.JOINCHAT = {"default": server.bot}
        yield server


def unlink(user: Any) -> None:
    assert linking.unlink(user) == 1


def deactivate(user: Any) -> None:
    user.is_active = False
    user.save()


def delete(user: Any) -> None:
    user.delete()


def delete_at_once(user: Any) -> None:
    get_user_model().objects.filter(pk=user.pk).delete()


def delete_link(user: Any) -> None:
    MessengerLink.objects.get(user=user).delete()


def delete_links_at_once(user: Any) -> None:
    MessengerLink.objects.filter(user=user).delete()


WAYS = [
    unlink,
    delete_at_once,
    *[
        pytest.param(goes, marks=pytest.mark.thorough)
        for goes in (deactivate, delete, delete_link, delete_links_at_once)
    ],
]


def mend(server: LoopbackServer) -> list[str]:
    """Mend the set-up, let the pause be over, and return whom messages reach then."""
    before = len(server.requests)
    server.answer = replying('{"success": true}')
    BotState.objects.update(paused_until=timezone.now())
    deliver_due()
    bodies = [json.loads(request.body) for request in server.requests[before:]]
    return sorted(body["recipient"]["uuid"] for body in bodies)


@pytest.mark.parametrize("goes", WAYS)
def test_who_left_after_theirs_was_refused_gets_nothing(server: LoopbackServer, goes: Any) -> None:
    users = linked_people(5)
    outbox.send(users[0], HELLO)
    assert deliver_due() == {Status.FAILED: 1}
    goes(users[0])
    outbox.send_bulk(users[1:], HELLO)
    deliver_due()
    assert BotState.objects.get().is_paused
    assert OutboxMessage.objects.order_by("pk")[0].status == Status.FAILED
    assert mend(server) == ["of-p1", "of-p2", "of-p3", "of-p4"]


@pytest.mark.parametrize("goes", WAYS)
def test_who_left_while_theirs_was_being_refused_gets_nothing(
    server: LoopbackServer, goes: Any
) -> None:
    users = linked_people(6)
    outbox.send_bulk(users[1:], HELLO)
    deliver_due()
    reason = BotState.objects.get().reason
    outbox.send(users[0], HELLO)
    OutboxMessage.objects.filter(user=users[0]).update(
        send_at=timezone.now() - datetime.timedelta(days=99)
    )
    [probe] = claim("default", limit=1, lease=60)
    assert probe.user_id == users[0].pk
    goes(users[0])
    outcome = Outcome(Status.FAILED, error=reason, is_rejection=True, attempted=True)
    settle([Settlement(probe, outcome, is_probe=True)])
    probe.refresh_from_db()
    assert probe.status == Status.FAILED
    OutboxMessage.objects.filter(status=Status.QUEUED).update(send_at=timezone.now())
    assert mend(server) == ["of-p1", "of-p2", "of-p3", "of-p4", "of-p5"]


def test_who_has_linked_again_is_sent_it_when_somebody_tries_again(server: LoopbackServer) -> None:
    [user] = linked_people(1)
    row = outbox.send(user, HELLO)
    deliver_due()
    linking.unlink(user)
    linking.link(user, "of-p0")
    assert outbox.retry(row) == 1
    server.answer = replying('{"success": true}')
    assert deliver_due() == {Status.SENT: 1}
