"""A group is held back without holding up anything else, and let go again."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as site
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.backends.locmem import Delivered
from joinchat_django.delivery.figures import figures_of
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import OutboxMessage

Status = OutboxMessage.Status

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("left_to_a_worker", "small_pages"),
]


def queued(number: int = 1, group: str = "spring", **values: Any) -> list[OutboxMessage]:
    """Messages of a group to different people."""
    rows = [outbox.send(Recipient(uuid=str(n)), Text(group), group=group) for n in range(number)]
    OutboxMessage.objects.filter(pk__in=[row.pk for row in rows]).update(**values)
    return rows


def test_held_messages_wait_until_they_are_released() -> None:
    queued(7)
    assert outbox.hold(group="spring") == 7
    assert outbox.hold(group="spring") == 0
    assert deliver_due() == {}
    [figures] = figures_of(["default"])
    assert (figures.waiting, figures.scheduled) == (0, 7)
    assert outbox.release(group="spring") == 7
    assert outbox.release(group="spring") == 0
    assert deliver_due() == {Status.SENT: 7}


def test_asynchronous_code_holds_and_releases_as_well() -> None:
    queued(7)

    async def hold_and_release() -> tuple[int, int]:
        return await outbox.ahold(group="spring"), await outbox.arelease(group="spring")

    assert async_to_sync(hold_and_release)() == (7, 7)
    assert deliver_due() == {Status.SENT: 7}


@pytest.mark.skipif(not site.USE_TZ, reason="Times have no zone in a classic site.")
def test_a_held_time_is_read_as_it_was_written(settings: Any) -> None:
    [row] = queued()
    outbox.hold(group="spring")
    row.refresh_from_db()
    assert row.send_at == datetime.datetime(9999, 1, 1, tzinfo=datetime.timezone.utc)
    # In the admin of a site in the far east and in the far west.
    for zone in (datetime.timedelta(hours=14), datetime.timedelta(hours=-12)):
        with timezone.override(datetime.timezone(zone)):
            assert timezone.localtime(row.send_at).year >= 9998


def test_only_what_is_queued_in_the_group_is_held() -> None:
    for status in set(Status) - {Status.QUEUED}:
        queued(status=status)
    queued(group="Spring")
    [row] = queued()
    assert outbox.hold(group="spring") == 1
    later = OutboxMessage.objects.filter(send_at__gt=timezone.now() + datetime.timedelta(days=1))
    assert list(later.values_list("pk", flat=True)) == [row.pk]


def test_only_what_is_held_is_released() -> None:
    in_an_hour = timezone.now() + datetime.timedelta(hours=1)
    queued(send_at=in_an_hour)
    assert outbox.release(group="spring") == 0
    assert deliver_due() == {}


def test_a_held_message_holds_up_no_other_of_its_recipient(delivered: list[Delivered]) -> None:
    queued(attempts=3)
    outbox.hold(group="spring")
    outbox.send(Recipient(uuid="0"), Text("Your receipt"))
    assert deliver_due() == {Status.SENT: 1}
    assert delivered[0].envelope.message == Text("Your receipt")


def test_what_waited_behind_a_message_that_is_held_now_waits_no_longer() -> None:
    [row] = queued(attempts=1)
    later = timezone.now() + datetime.timedelta(minutes=5)
    outbox.send(Recipient(uuid="0"), Text("Your receipt"))
    # As delivery has put them off after an attempt that failed.
    OutboxMessage.objects.update(send_at=later)
    assert deliver_due() == {}
    outbox.hold(group="spring")
    assert deliver_due() == {Status.SENT: 1}
    assert OutboxMessage.objects.get(status=Status.QUEUED) == row


def test_held_messages_can_be_cancelled() -> None:
    queued(4)
    outbox.hold(group="spring")
    assert outbox.cancel(group="spring") == 4
    assert outbox.release(group="spring") == 0


@pytest.mark.parametrize("change", [outbox.hold, outbox.release])
def test_an_empty_group_is_no_group(change: Any) -> None:
    with pytest.raises(ValueError, match="empty group"):
        change(group="")


def test_a_site_without_time_zones_can_hold_as_well(settings: Any) -> None:
    settings.USE_TZ = False
    [row] = queued()
    assert outbox.hold(group="spring") == 1
    row.refresh_from_db()
    assert row.send_at == datetime.datetime(9999, 1, 1)  # noqa: DTZ001
    assert deliver_due() == {}
    assert outbox.release(group="spring") == 1
    assert deliver_due() == {Status.SENT: 1}
