"""A draft freezes who was selected, and says whom each bot reaches and why not the others."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from joinchat_django import broadcasts
from joinchat_django.models import BroadcastChunk, DeliveryAttempt, MessengerLink, OutboxMessage
from tests.accounts.keys import in_json
from tests.outbox.people import linked_people, people

from .steps import Status, User, drafted, link, members

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_bots(settings: Any) -> None:
    """A site with a bot for the shop and one for its support."""
    bot = settings.JOINCHAT["default"]
    settings.JOINCHAT = {"default": bot, "support": bot}


class TestTheSelection:
    def test_is_kept_in_chunks_in_the_order_of_keys(self, small_chunks: None, user: Any) -> None:
        people(11)
        selection = User.objects.filter(username__startswith="p").order_by("-username")
        broadcast = broadcasts.draft(selection, requested_by=user, title="Spring")
        assert broadcast.status == Status.DRAFT
        assert (broadcast.selected, broadcast.chunks) == (11, 3)
        assert (broadcast.requested_by, broadcast.title) == (user, "Spring")
        assert broadcast.model == "accounts.customer"
        in_order = selection.order_by("pk").values_list("pk", flat=True)
        assert members(broadcast) == [in_json(key) for key in in_order]

    def test_has_everybody_once_however_often_a_join_finds_them(self) -> None:
        [one] = people(1)
        for bot in ("a", "b", "c"):
            link(one, bot=bot)
        selection = User.objects.filter(messenger_links__bot__in=["a", "b", "c"])
        assert drafted(selection).selected == 1

    def test_may_be_empty(self) -> None:
        broadcast = drafted(User.objects.none())
        assert (broadcast.selected, broadcast.chunks) == (0, 0)
        assert broadcast.reach == {"default": {"reached": 0}}

    def test_of_rows_that_stand_for_nobody_is_refused(self) -> None:
        assert not broadcasts.is_known(OutboxMessage)
        with pytest.raises(LookupError, match=r"broadcasts.register\(OutboxMessage"):
            broadcasts.draft(OutboxMessage.objects.all(), requested_by=None)


class TestTheReach:
    def test_tells_people_apart_by_why_a_bot_does_not_reach_them(self, two_bots: None) -> None:
        reached, twice, off, elsewhere, _nobody = people(5)
        link(reached)
        link(twice)
        link(twice, "another")
        link(twice, "off", is_active=False)
        link(off, is_active=False)
        link(elsewhere, bot="support")
        assert drafted().reach == {
            "default": {"reached": 2, "switched_off": 1, "other_bot": 1, "not_linked": 1},
            "support": {"reached": 1, "other_bot": 3, "not_linked": 1},
        }

    def test_counts_links_where_links_are_selected(self, two_bots: None) -> None:
        tom, tim = people(2)
        link(tom, "tom")
        link(tim, "tom")  # two accounts of one person
        link(tom, "off", is_active=False)
        link(tom, "support", bot="support")
        link(tim, "not selected")
        selection = MessengerLink.objects.exclude(uuid="not selected")
        assert drafted(selection).reach == {
            "default": {"reached": 1, "repeated": 1, "switched_off": 1, "other_bot": 1},
            "support": {"reached": 1, "other_bot": 3},
        }

    def test_of_a_sites_own_rows_counts_each_of_their_people_once(self) -> None:
        broadcasts.register(DeliveryAttempt, user="message__user")
        tom, tim = people(2)
        link(tom)
        rows = OutboxMessage.objects.bulk_create(
            OutboxMessage(user=user, recipient_kind="uuid", recipient_value="x", content="")
            for user in (tom, tom, tim, None)
        )
        DeliveryAttempt.objects.bulk_create(
            DeliveryAttempt(message=row, number=1, made_at=row.created_at, outcome="failed")
            for row in rows
        )
        expected = {"reached": 1, "not_linked": 1, "no_user": 1, "repeated": 1}
        assert drafted(DeliveryAttempt.objects.all()).reach == {"default": expected}
        # So does a slice, which cannot be a part of another query everywhere.
        assert drafted(DeliveryAttempt.objects.order_by("pk")[:4]).reach == {"default": expected}

    def test_leaves_out_users_who_are_deactivated(self, two_bots: None) -> None:
        tom, tim = linked_people(2)
        link(tom, bot="support", is_active=False)
        link(tim, "two")
        User.objects.filter(pk=tom.pk).update(is_active=False)
        assert drafted().reach == {
            "default": {"reached": 1, "deactivated": 1},
            "support": {"reached": 0, "switched_off": 1, "other_bot": 1},
        }
        assert drafted(MessengerLink.objects.all()).reach == {
            "default": {"reached": 2, "deactivated": 1, "other_bot": 1},
            "support": {"reached": 0, "switched_off": 1, "other_bot": 3},
        }

    def test_of_a_slice_is_the_same(self) -> None:
        linked_people(3)
        people(2, name="q")
        sliced = drafted(User.objects.order_by("username")[:4])
        assert sliced.reach == {"default": {"reached": 3, "not_linked": 1}}
        links = drafted(MessengerLink.objects.order_by("uuid")[:2])
        assert links.reach == {"default": {"reached": 2}}

    def test_takes_no_more_queries_for_more_people(self) -> None:
        linked_people(3)
        with CaptureQueriesContext(connection) as few:
            drafted()
        linked_people(2_000, name="many")
        with CaptureQueriesContext(connection) as many:
            drafted()
        assert len(many) == len(few)


class TestAModelThatASiteRegisters:
    def test_is_known_with_the_models_that_inherit_from_it(self) -> None:
        assert not broadcasts.is_known(LogEntry)
        broadcasts.register(LogEntry)
        assert broadcasts.is_known(LogEntry)
        assert broadcasts.is_known(User)
        assert broadcasts.is_known(MessengerLink)

    def test_is_fetched_with_what_its_context_reads_for_all_rows_at_once(self) -> None:
        broadcasts.register(
            OutboxMessage,
            context=lambda row: {"tries": len(row.failed_attempts.all())},
            prefetch=["failed_attempts"],
        )
        body = {"template_type": "text", "text": "{{ tries }}"}
        queries = []
        for tom in linked_people(4):
            OutboxMessage.objects.create(
                user=tom, recipient_kind="uuid", recipient_value="x", content=""
            )
            draft = drafted(OutboxMessage.objects.all(), body=body)
            with CaptureQueriesContext(connection) as seen:
                assert {
                    one.message["text"] for one in broadcasts.try_out(draft) if one.message
                } == {"0"}
            queries.append(len(seen))
        assert len(set(queries)) == 1

    @pytest.mark.parametrize("path", ["content_type", "owner", "content_type__permission", "pk"])
    def test_has_to_name_one_user(self, path: str) -> None:
        with pytest.raises(ValueError, match=r"LogEntry|ContentType"):
            broadcasts.register(LogEntry, user=path)
        assert not broadcasts.is_known(LogEntry)


class TestThoseWhoAreNotReached:
    def test_are_named_with_the_reason(self, two_bots: None) -> None:
        reached, off, elsewhere, _nobody = people(4)
        link(reached)
        link(off, is_active=False)
        link(elsewhere, bot="support")
        named = dict(broadcasts.unreached(drafted(), "default"))
        assert named == {
            "p1": "the link is switched off",
            "p2": "linked to another bot",
            "p3": "not linked",
        }
        assert len(broadcasts.unreached(drafted(), "default", limit=2)) == 2

    def test_may_be_deactivated(self) -> None:
        linked_people(2)
        User.objects.filter(username="p0").update(is_active=False)
        for selection in (User.objects.all(), MessengerLink.objects.all()):
            broadcast = drafted(selection)
            reasons = broadcasts.unreached(broadcast, "default")
            assert reasons == [("p0", "the user is deactivated")]
            assert [one.who for one in broadcasts.try_out(broadcast)] == ["p1"]

    def test_may_be_links(self, two_bots: None) -> None:
        [tom] = people(1)
        link(tom, "on")
        link(tom, "off", is_active=False)
        link(tom, "support", bot="support")
        broadcast = drafted(MessengerLink.objects.all())
        assert broadcasts.unreached(broadcast, "default") == [
            ("p0", "the link is switched off"),
            ("p0", "linked to another bot"),
        ]

    def test_may_be_rows_without_a_user(self) -> None:
        broadcasts.register(OutboxMessage)
        row = OutboxMessage.objects.create(recipient_kind="uuid", recipient_value="x", content="")
        broadcast = drafted(OutboxMessage.objects.all())
        assert broadcasts.unreached(broadcast, "default") == [(str(row), "names no user")]

    def test_are_not_looked_for_where_everybody_is_reached(
        self, django_assert_num_queries: Any
    ) -> None:
        linked_people(3)
        broadcast = drafted()
        with django_assert_num_queries(0):
            assert broadcasts.unreached(broadcast, "default") == []


class TestATryOut:
    def test_shows_what_the_first_ones_would_get_and_writes_nothing(self) -> None:
        linked_people(3)
        people(3, name="q")
        broadcast = drafted()
        tried = broadcasts.try_out(broadcast)
        assert sorted((one.who, one.message) for one in tried) == [
            (f"p{n}", {"template_type": "text", "text": f"Hello p{n}"}) for n in range(3)
        ]
        assert len(broadcasts.try_out(broadcast, limit=2)) == 2
        assert not OutboxMessage.objects.exists()

    def test_looks_on_until_it_finds_somebody_who_can_be_reached(self, small_chunks: None) -> None:
        people(12)
        [late] = linked_people(1, name="late")
        broadcast = drafted(User.objects.order_by("username"))
        # The first chunks have nobody, whatever the keys are.
        keys = sorted(members(broadcast), key=lambda key: key == in_json(late.pk))
        chunks = BroadcastChunk.objects.filter(broadcast=broadcast).order_by("number")
        for number, chunk in enumerate(chunks):
            chunk.members = keys[number * 5 : (number + 1) * 5]
            chunk.save()
        assert [one.who for one in broadcasts.try_out(broadcast)] == ["late0"]

    def test_looks_for_nobody_where_there_was_nobody(self, django_assert_num_queries: Any) -> None:
        people(3)
        broadcast = drafted()
        with django_assert_num_queries(0):
            assert broadcasts.try_out(broadcast) == []

    def test_tells_whose_message_is_faulty(self) -> None:
        linked_people(1)
        body = {"template_type": "text", "text": "{{ number }}{{ user.username }}"}
        [tried] = broadcasts.try_out(drafted(body=body))
        assert (tried.who, tried.message) == ("p0", None)
        [problem] = tried.problems
        assert (problem.path, tried.told) == ("text", [str(problem)])
        assert "number" in str(problem)

    def test_keeps_a_problem_whole_whatever_it_quotes(self) -> None:
        broadcasts.register(LogEntry, context=lambda entry: {}["a; b"])
        [tom] = linked_people(1)
        LogEntry.objects.create(user=tom, object_repr="A-17", action_flag=1)
        [tried] = broadcasts.try_out(drafted(LogEntry.objects.all()))
        assert tried.told == ["context: KeyError: 'a; b'"]

    def test_fills_in_what_a_row_adds(self) -> None:
        broadcasts.register(LogEntry, context=lambda entry: {"number": entry.object_repr})
        [tom] = linked_people(1)
        LogEntry.objects.create(user=tom, object_repr="A-17", action_flag=1)
        body = {"template_type": "text", "text": "{{ user.username }}: {{ number }}"}
        [tried] = broadcasts.try_out(drafted(LogEntry.objects.all(), body=body))
        assert tried.message == {"template_type": "text", "text": "p0: A-17"}
