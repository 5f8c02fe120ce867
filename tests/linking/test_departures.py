"""Users who are deactivated or deleted, and links that are deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import serializers
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from joinchat_django import linking, outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.delivery.claims import claim, give_back
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.linking import link
from joinchat_django.models import MessengerLink, OutboxMessage
from joinchat_django.signals import user_unlinked
from tests.outbox.people import linked_people
from tests.receiving import receiving

from .looking import queued, reasons, uuids_of

Status = OutboxMessage.Status
User = get_user_model()
HELLO = Text("Hello")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("left_to_a_worker")]


@pytest.fixture
def keep(settings: Any) -> None:
    settings.JOINCHAT_LINKING = {"ON_DEACTIVATION": "keep"}


@pytest.fixture
def waiting(user: Any, second_bot: None) -> Any:
    """A user with links to two bots and a message queued over each."""
    for bot in ("default", "second"):
        link(user, f"of-{bot}", bot)
        outbox.send(user, HELLO, bot=bot)
    return user


@contextmanager
def just_after_the_first_query(change: Callable[[], object]) -> Iterator[None]:
    """Do what somebody else may do right after a first query has found its rows."""
    asked: list[str] = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        if len(asked) == 2:
            change()
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        yield


def deactivate(user: Any, **options: Any) -> None:
    user.is_active = False
    user.save(**options)


class TestAUserWhoIsDeactivated:
    @pytest.mark.parametrize("options", [{}, {"update_fields": ["is_active"]}])
    def test_is_unlinked_from_all_bots(
        self,
        waiting: Any,
        told: list[str],
        django_capture_on_commit_callbacks: Any,
        options: dict[str, Any],
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            deactivate(waiting, **options)
        assert sorted(told) == ["of-default", "of-second"]
        assert queued() == []
        assert reasons() == {"Not sent: the user was deactivated before."}
        waiting.is_active = True
        waiting.save()
        assert uuids_of(waiting) == []

    def test_keeps_their_links_where_the_site_wants_that(
        self, waiting: Any, keep: None, told: list[str]
    ) -> None:
        deactivate(waiting)
        assert queued() == []
        with pytest.raises(outbox.NotLinked, match="deactivated"):
            outbox.send(waiting, HELLO)
        waiting.is_active = True
        waiting.save()
        assert outbox.send(waiting, HELLO)
        assert told == []

    def test_costs_nothing_while_that_is_not_saved(
        self, user: Any, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(1):
            user.save(update_fields=["first_name"])
        user.is_active = False
        with django_assert_num_queries(1):
            user.save(update_fields=["first_name"])
        partly = User.objects.defer("is_active").get(pk=user.pk)
        with django_assert_num_queries(1):
            partly.save()

    def test_in_a_fixture_or_from_the_start_is_left_alone(
        self, linked_user: Any, django_assert_num_queries: Any
    ) -> None:
        linked_user.is_active = False
        [loaded] = serializers.deserialize("json", serializers.serialize("json", [linked_user]))
        loaded.save()
        assert uuids_of(linked_user) == ["uuid-of-tom"]
        with django_assert_num_queries(1):
            User.objects.create(username="new", is_active=False)

    def test_by_an_update_is_sent_nothing_either(self, waiting: Any) -> None:
        newest = linking.current_link(waiting)
        User.objects.update(is_active=False)
        # The object in hand does not know yet.
        for to in (waiting, User.objects.get(), MessengerLink.objects.get(bot="default")):
            with pytest.raises(outbox.NotLinked, match="deactivated"):
                outbox.send(to, HELLO)
        result = outbox.send_bulk([waiting, newest], HELLO)
        assert (result.queued, result.not_linked, result.repeated) == (0, 1, 1)
        assert outbox.send_bulk(User.objects.all(), HELLO).not_linked == 1
        assert linking.current_link(waiting) is None
        # What was queued before is not looked for.
        assert queued() == ["of-default", "of-second"]
        late = OutboxMessage.objects.filter(user__is_active=False, status=Status.QUEUED)
        assert outbox.cancel(late) == 2

    def test_is_sent_nothing_that_failed_before(self, waiting: Any) -> None:
        OutboxMessage.objects.update(status=Status.FAILED)
        User.objects.update(is_active=False)
        assert outbox.retry(OutboxMessage.objects.all()) == 0
        assert len(reasons()) == 1

    def test_costs_no_query_more_than_another(
        self, linked_user: Any, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(2):  # the link with its user's state, the row
            outbox.send(linked_user, HELLO)
        User.objects.update(is_active=False)
        with django_assert_num_queries(1), pytest.raises(outbox.NotLinked):
            outbox.send(linked_user, HELLO)


class TestAUserWhoIsDeleted:
    def test_is_sent_nothing_any_more(
        self,
        waiting: Any,
        told: list[str],
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        outbox.send(Recipient(uuid="of-default"), HELLO)
        with django_capture_on_commit_callbacks(execute=True):
            waiting.delete()
        assert queued() == ["of-default"]
        assert reasons() == {"Not sent: the user was deleted before."}
        assert sorted(told) == ["of-default", "of-second"]

    @pytest.mark.parametrize("at_once", [False, True])
    @pytest.mark.parametrize(
        "status", [Status.QUEUED, Status.SENDING, Status.FAILED, Status.UNCERTAIN]
    )
    def test_is_sent_nothing_again(self, waiting: Any, status: str, at_once: bool) -> None:
        OutboxMessage.objects.update(status=status)
        (User.objects.all() if at_once else waiting).delete()
        assert outbox.retry(OutboxMessage.objects.all()) == 0
        assert set(OutboxMessage.objects.values_list("content", flat=True)) == {""}

    def test_is_not_sent_again_what_was_being_sent(self, waiting: Any) -> None:
        claimed = claim("default", limit=1, lease=60)
        waiting.delete()
        give_back(claimed)
        assert deliver_due(bots=["default"]) == {Status.EXPIRED: 1}
        assert outbox.retry(OutboxMessage.objects.all()) == 0

    def test_is_told_from_one_who_matched_a_moment_later(self) -> None:
        first, second = people = linked_people(2)
        outbox.send_bulk(people, HELLO)
        User.objects.filter(pk=first.pk).update(last_name="Gone")
        with just_after_the_first_query(
            lambda: User.objects.filter(pk=second.pk).update(last_name="Gone")
        ):
            User.objects.filter(last_name="Gone").delete()
        assert list(User.objects.all()) == [second]
        [row] = OutboxMessage.objects.filter(status=Status.QUEUED)
        assert (row.user, row.message) == (second, HELLO)

    def test_leaves_what_was_sent(self, waiting: Any) -> None:
        OutboxMessage.objects.update(status=Status.SENT)
        waiting.delete()
        assert [row.message for row in OutboxMessage.objects.all()] == [HELLO, HELLO]

    def test_with_many_others_costs_no_more_queries(self) -> None:
        asked = []
        for number in (3, 30):
            outbox.send_bulk(linked_people(number), HELLO)
            chosen = User.objects.order_by("username")
            with CaptureQueriesContext(connection) as queries:
                chosen.delete()
            asked.append(len(queries))
            assert queued() == []
        assert asked[0] == asked[1]

    def test_by_a_queryset_that_is_used_again(self) -> None:
        chosen = User.objects.filter(username__startswith="p")
        for _time in range(2):
            outbox.send_bulk(linked_people(3), HELLO)
            chosen.delete()
            assert queued() == []

    def test_by_a_deletion_that_is_undone_and_done_again(self) -> None:
        outbox.send_bulk(linked_people(3), HELLO)
        chosen = User.objects.all()
        with transaction.atomic():
            chosen.delete()
            transaction.set_rollback(True)
        assert len(queued()) == 3
        User.objects.order_by("pk")[0].delete()
        chosen.delete()
        assert queued() == []

    def test_leaves_the_others_alone(self, waiting: Any) -> None:
        outbox.send_bulk(linked_people(3), HELLO)
        User.objects.filter(username__startswith="p").delete()
        assert queued() == ["of-default", "of-second"]


class TestALinkThatIsDeleted:
    def test_is_as_if_it_were_switched_off(
        self, waiting: Any, told: list[str], django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            MessengerLink.objects.get(bot="second").delete()
        assert (queued(), told) == (["of-default"], ["of-second"])
        assert reasons() == {"Not sent: the user's link to this uuid was deleted before."}

    def test_is_told_of_with_its_user_and_key(
        self, linked_user: Any, django_capture_on_commit_callbacks: Any
    ) -> None:
        seen = []

        def hear(link: MessengerLink, **kwargs: Any) -> None:
            seen.append((link.pk, link.user_id, link.is_active))

        key = MessengerLink.objects.get().pk
        with receiving(user_unlinked, hear), django_capture_on_commit_callbacks(execute=True):
            MessengerLink.objects.get().delete()
        assert seen == [(key, linked_user.pk, False)]

    def test_tells_nobody_if_it_was_off_before(
        self, linked_user: Any, told: list[str], django_capture_on_commit_callbacks: Any
    ) -> None:
        linking.unlink(linked_user)
        with django_capture_on_commit_callbacks(execute=True):
            MessengerLink.objects.get().delete()
        assert told == []

    def test_with_many_others_costs_no_more_queries(self) -> None:
        asked = []
        for number in (3, 30):
            outbox.send_bulk(linked_people(number, name=f"n{number}-"), HELLO)
            with CaptureQueriesContext(connection) as queries:
                MessengerLink.objects.order_by("pk").delete()
            asked.append(len(queries))
            assert queued() == []
        assert asked[0] == asked[1]

    def test_is_told_from_one_that_matched_a_moment_later(self) -> None:
        outbox.send_bulk(linked_people(2), HELLO)
        links = MessengerLink.objects
        links.filter(uuid="of-p0").update(bot="second")
        OutboxMessage.objects.update(bot="second")
        with just_after_the_first_query(lambda: links.filter(uuid="of-p1").update(bot="second")):
            links.filter(bot="second").delete()
        assert links.get().uuid == "of-p1"
        assert queued() == ["of-p1"]

    def test_is_still_on_if_that_is_rolled_back(self, linked_user: Any) -> None:
        found = MessengerLink.objects.get()
        with transaction.atomic():
            found.delete()
            transaction.set_rollback(True)
        assert found.is_active
        assert uuids_of(linked_user) == ["uuid-of-tom"]
