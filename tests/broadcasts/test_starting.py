"""A draft is started once, with a message that nobody has to refuse."""

from __future__ import annotations

from typing import Any

import pytest

from joinchat_django import broadcasts, conf
from joinchat_django.api import InvalidMessage
from joinchat_django.backends.locmem import Delivered
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import MessageTemplate
from tests.outbox.people import linked_people, reached

from .steps import HELLO, SPRING, RowStatus, Status, User, drafted, fresh, started

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_chunks")]


class TestStart:
    def test_makes_it_running_with_the_message_in_hand(self, user: Any) -> None:
        template = MessageTemplate.objects.create(slug="spring", name="Spring", body=HELLO)
        broadcast = drafted(template=template, tag="ACCOUNT_UPDATE", delay=2, body=SPRING)
        broadcasts.start(broadcast, by=user)
        assert (broadcast.status, broadcast.requested_by) == (Status.RUNNING, user)
        row = fresh(broadcast)
        assert row.started_at
        assert (row.body, row.tag, row.delay, row.template) == (
            SPRING,
            "ACCOUNT_UPDATE",
            2,
            template,
        )

    def test_a_second_time_changes_nothing(self, user: Any) -> None:
        linked_people(2)
        broadcast = drafted()
        again = fresh(broadcast)
        again.body = SPRING
        broadcasts.start(broadcast, by=user)
        broadcasts.start(again, by=None)
        assert again.requested_by == user
        assert fresh(broadcast).body == HELLO
        deliver_due()
        broadcasts.start(again, by=None)
        assert fresh(broadcast).status == Status.FINISHED
        assert deliver_due() == {}

    @pytest.mark.django_db(transaction=True)
    def test_delivers_where_the_dispatcher_does_so_at_once(
        self, settings: Any, delivered: list[Delivered]
    ) -> None:
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": "inline"}
        linked_people(12)
        broadcast = started()
        assert len(delivered) == 12
        assert fresh(broadcast).status == Status.FINISHED

    @pytest.mark.parametrize(
        ("content", "named"),
        [
            ({"body": None}, "body"),
            ({"body": {"template_type": "text", "text": ""}}, "body.text"),
            ({"body": {"template_type": "text", "text": "{{ a|nosuch }}"}}, "body.text"),
            (
                {
                    "language": "en",
                    "variants": {"fr": {"template_type": "text", "text": "{% x %}"}},
                },
                "variants.fr.text",
            ),
            ({"tag": "NO_SUCH_TAG"}, "tag"),
            ({"delay": 11}, "delay"),
            ({"tag": "ACCOUNT_UPDATE", "is_promotional": True}, "tag"),
        ],
    )
    def test_refuses_what_nobody_may_get(self, content: dict[str, Any], named: str) -> None:
        linked_people(1)
        broadcast = drafted(**content)
        with pytest.raises(InvalidMessage) as caught:
            broadcasts.start(broadcast, by=None)
        assert [problem.path for problem in caught.value.problems] == [named]
        assert fresh(broadcast).status == Status.DRAFT
        deliver_due()
        assert reached() == []

    def test_leaves_it_to_whoever_drafted_it_if_nobody_else_asks(self, user: Any) -> None:
        broadcast = broadcasts.draft(User.objects.all(), requested_by=user)
        broadcast.body = SPRING
        broadcasts.start(broadcast, by=None)
        assert broadcast.requested_by == user

    def test_names_all_problems_at_once(self) -> None:
        with pytest.raises(InvalidMessage) as caught:
            broadcasts.start(drafted(body={}, tag="NO_SUCH_TAG", delay=11), by=None)
        assert {"tag", "delay"} < {problem.path for problem in caught.value.problems}

    def test_takes_the_tags_that_the_site_has_added(self, settings: Any) -> None:
        bot = settings.JOINCHAT["default"]
        settings.JOINCHAT = {"default": {**bot, "OPTIONS": {"extra_tags": ["NEW_TAG"]}}}
        linked_people(1)
        started(tag="NEW_TAG")
        assert deliver_due() == {RowStatus.SENT: 1}

    def test_refuses_a_bot_that_there_is_not(self) -> None:
        broadcast = drafted(bot="nobody")
        with pytest.raises(conf.UnknownBot):
            broadcasts.start(broadcast, by=None)
        assert fresh(broadcast).status == Status.DRAFT
