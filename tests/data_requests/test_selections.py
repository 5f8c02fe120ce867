"""Frozen selections of broadcasts: who is in them, and how somebody is taken out."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from joinchat_django import broadcasts, linking
from joinchat_django.broadcasts import audiences, fan_out
from joinchat_django.data_requests import erase, export
from joinchat_django.models import Broadcast, MessengerLink, OutboxMessage
from joinchat_django.outbox import mailing
from tests.accounts.keys import in_json
from tests.accounts.models import Profile
from tests.broadcasts.steps import counts, drafted, fed, fresh, make_chunks_small, members, started
from tests.outbox.people import linked_people

pytestmark = pytest.mark.django_db
User = get_user_model()
Status = Broadcast.Status


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    make_chunks_small(monkeypatch)


def finish(broadcast: Broadcast) -> None:
    """Fan out to the end, as if all that is queued were sent at once."""
    for _ in range(20):
        fed()
        OutboxMessage.objects.update(status=OutboxMessage.Status.SENT)
    assert fresh(broadcast).status == Status.FINISHED


def test_an_export_names_the_broadcasts_that_have_selected_them(lin: Any, mei: Any) -> None:
    both = drafted(User.objects.all())
    drafted(User.objects.filter(pk=mei.pk))
    [told] = export(lin)["broadcasts"]
    assert (told["id"], told["title"], told["status"]) == (both.pk, "Spring", "draft")
    assert told["selected"] == {"model": "accounts.customer", "ids": [in_json(lin.pk)]}
    assert in_json(mei.pk) not in told["selected"]["ids"]


def test_what_went_wrong_with_their_message_is_theirs(lin: Any, mei: Any) -> None:
    broadcast = drafted(User.objects.all())
    errors = [[in_json(lin.pk), "for lin"], [in_json(mei.pk), "for mei"]]
    Broadcast.objects.filter(pk=broadcast.pk).update(errors=errors)
    assert [one["errors"] for one in export(lin)["broadcasts"]] == [["for lin"]]
    erase(lin)
    assert fresh(broadcast).errors == errors[1:]


def test_nobody_else_is_taken_out_and_everybody_else_gets_it(lin: Any) -> None:
    crowd = linked_people(11)
    broadcast = started(User.objects.order_by("username"))
    assert erase(lin).broadcasts == 1
    assert in_json(lin.pk) not in members(broadcast)
    finish(broadcast)
    assert counts(broadcast) == {"queued": len(crowd)}
    assert fresh(broadcast).selected == len(crowd)


@pytest.mark.thorough
@pytest.mark.parametrize("steps", range(5))
@pytest.mark.parametrize("place", [0, 1, 2, 4, 5, 6, 11])
def test_wherever_they_stand_and_however_far_it_is(
    monkeypatch: pytest.MonkeyPatch, steps: int, place: int
) -> None:
    """Also in the middle of a chunk: a step whose time is over ends there."""
    crowd = linked_people(12)
    broadcast = started()
    monkeypatch.setattr(fan_out, "STEP_SECONDS", 0)
    monkeypatch.setattr(mailing, "TOGETHER", 2)
    for _ in range(steps):
        fed()
        OutboxMessage.objects.update(status=OutboxMessage.Status.SENT)
    key = members(broadcast)[place]
    had_their_turn = OutboxMessage.objects.filter(user=key).exists()
    assert erase(User.objects.get(pk=key)).messages == had_their_turn
    assert key not in members(broadcast)
    finish(broadcast)
    row = fresh(broadcast)
    assert row.selected == row.queued == len(crowd) - (not had_their_turn)
    assert OutboxMessage.objects.count() == len(crowd) - 1


def test_a_broadcast_to_them_alone_ends(lin: Any) -> None:
    broadcast = started(User.objects.filter(pk=lin.pk))
    erase(lin)
    finish(broadcast)
    assert (fresh(broadcast).selected, counts(broadcast)) == (0, {})


def test_one_that_is_over_forgets_them_and_keeps_its_figures(lin: Any, mei: Any) -> None:
    broadcast = started(User.objects.all())
    finish(broadcast)
    assert erase(lin).broadcasts == 1
    assert members(broadcast) == [in_json(mei.pk)]
    assert (fresh(broadcast).selected, counts(broadcast)) == (2, {"queued": 2})


def test_their_links_are_selected_as_such(lin: Any, mei: Any) -> None:
    linking.link(lin, "laptop")
    broadcast = drafted(MessengerLink.objects.all())
    own = sorted(MessengerLink.objects.filter(user=lin).values_list("pk", flat=True))
    [told] = export(lin)["broadcasts"]
    assert told["selected"] == {"model": "joinchat_django.messengerlink", "ids": own}
    erase(lin)
    assert members(broadcast) == [MessengerLink.objects.get(user=mei).pk]
    assert fresh(broadcast).selected == 1


def test_rows_of_the_sites_own_that_name_them_are_selected_as_such(
    lin: Any, mei: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audiences, "_registered", {})
    broadcasts.register(Profile, user="customer")
    for one in (lin, mei):
        Profile.objects.create(customer=one)
    broadcast = drafted(Profile.objects.all())
    erase(lin)
    assert members(broadcast) == [in_json(mei.pk)]
    # Whom they name is not known any more.
    monkeypatch.setattr(audiences, "_registered", {})
    assert erase(mei).broadcasts == 0
