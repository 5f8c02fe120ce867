"""An export has everything that the app knows about somebody, and nothing of anybody else."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as site
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from joinchat_django import broadcasts, data_requests, linking, outbox
from joinchat_django.api import GenericElement, GenericTemplate, Recipient
from joinchat_django.data_requests import export, exporting
from joinchat_django.models import MessageTemplate, MessengerLink, OutboxMessage
from tests.accounts.keys import in_json

from .rows import Status, attempt, put

pytestmark = pytest.mark.django_db


def texts(exported: dict[str, Any]) -> list[str]:
    return [message["content"]["text"] for message in exported["messages"]]


def test_somebody_of_whom_nothing_is_known() -> None:
    nobody = get_user_model().objects.create_user("nobody")
    exported = export(nobody)
    assert datetime.datetime.fromisoformat(exported.pop("exported_at"))
    assert exported == {
        "user": {"id": in_json(nobody.pk), "name": "nobody"},
        "links": [],
        "messages": [],
        "broadcasts": [],
        "requested": {"messages": 0, "broadcasts": []},
    }


def test_links_that_are_switched_off_are_told_as_well(lin: Any) -> None:
    linking.link(lin, "laptop")
    linking.unlink(lin, uuid="phone")
    links = export(lin)["links"]
    assert [(link["bot"], link["uuid"], link["is_active"]) for link in links] == [
        ("default", "phone", False),
        ("default", "laptop", True),
    ]
    assert datetime.datetime.fromisoformat(links[0]["linked_at"]).tzinfo


def test_a_message_is_told_with_all_that_became_of_it(lin: Any) -> None:
    body = {"template_type": "text", "text": "Order {{ number }}"}
    MessageTemplate.objects.create(slug="order", name="Order", body=body)
    row = outbox.send(
        lin,
        "order",
        context={"number": "A-17"},
        tag="ACCOUNT_UPDATE",
        delay=2,
        group="spring",
        idempotency_key="order-17",
        trigger="shop.order",
    )
    at = datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    stored = at if site.USE_TZ else timezone.make_naive(at, timezone.get_default_timezone())
    OutboxMessage.objects.filter(pk=row.pk).update(
        status=Status.FAILED,
        created_at=stored,
        send_at=stored,
        expires_at=stored,
        settled_at=stored,
        attempts=1,
        last_status=200,
        last_error="Refused",
        answer='{"success": false}',
    )
    attempt(row.pk, http_status=500, error="Out of order", answer="Oops", in_doubt=True)
    [message] = export(lin)["messages"]
    [failed] = message.pop("failed_attempts")
    assert datetime.datetime.fromisoformat(failed.pop("made_at"))
    assert failed == {
        "attempt": 1,
        "outcome": "failed",
        "http_status": 500,
        "in_doubt": True,
        "error": "Out of order",
        "answer": "Oops",
    }
    moment = "2030-01-02T03:04:05+00:00" if site.USE_TZ else "2030-01-01T21:04:05-06:00"
    assert message == {
        "id": row.pk,
        "bot": "default",
        "recipient": {"uuid": "phone"},
        "status": "failed",
        "content": {"template_type": "text", "text": "Order A-17"},
        "tag": "ACCOUNT_UPDATE",
        "delay": 2,
        "template": "order",
        "trigger": "shop.order",
        "group": "spring",
        "idempotency_key": "order-17",
        "created_at": moment,
        "send_at": moment,
        "expires_at": moment,
        "settled_at": moment,
        "attempts": 1,
        "http_status": 200,
        "error": "Refused",
        "answer": '{"success": false}',
    }


def test_content_that_is_forgotten_or_damaged_is_told_as_it_is(lin: Any) -> None:
    forgotten, damaged = put(lin), put(lin)
    OutboxMessage.objects.filter(pk=forgotten).update(content="")
    OutboxMessage.objects.filter(pk=damaged).update(content='{"text": ')
    assert [one["content"] for one in export(lin)["messages"]] == [None, '{"text": ']


def test_two_users_who_share_a_uuid_see_their_own_messages_alone(lin: Any, mei: Any) -> None:
    linking.link(mei, "phone")
    put(lin, "for lin")
    put(mei, "for mei")
    put(Recipient(uuid="phone"), "for either of them")
    assert texts(export(lin)) == ["for lin"]
    assert texts(export(mei)) == ["for mei"]


def test_a_message_to_a_bare_uuid_is_told_to_whom_it_is_named_for(lin: Any) -> None:
    put(Recipient(uuid="phone"), "for the phone")
    put(Recipient(uuid="PHONE"), "for another")
    assert texts(export(lin)) == []
    assert texts(export(lin, recipients=[Recipient(uuid="phone")])) == ["for the phone"]


def test_who_claims_a_uuid_is_not_told_what_was_sent_to_it(lin: Any) -> None:
    put(Recipient(uuid="of-a-customer"), "Your receipt")
    linking.link(lin, "of-a-customer")
    assert texts(export(lin)) == []


def test_what_somebody_got_who_is_deleted_is_not_told_to_who_shared_their_uuid(
    lin: Any, mei: Any
) -> None:
    linking.link(mei, "phone")
    put(mei, "for mei")
    mei.delete()
    assert texts(export(lin)) == []


def test_messages_to_their_other_addresses_are_found_if_the_site_names_them(
    lin: Any, mei: Any, second_bot: None, settings: Any
) -> None:
    put(Recipient(email="lin@example.com"), "by mail")
    put(Recipient(phone="+886 2"), "by phone", bot="second")
    put(Recipient(email="mei@example.com"), "for mei")
    of_mei = put(Recipient(email="lin@example.com"), "for mei, at another address")
    OutboxMessage.objects.filter(pk=of_mei).update(user=mei)
    # What a bot was told that the settings no longer name is known all the same.
    settings.JOINCHAT = {"default": settings.JOINCHAT["default"]}
    assert texts(export(lin)) == []
    named = [Recipient(email="lin@example.com"), Recipient(phone="+886 2")]
    assert texts(export(lin, recipients=named)) == ["by mail", "by phone"]
    # Somebody who is no user, or no longer.
    assert texts(export(None, recipients=named)) == ["by mail", "by phone"]
    assert export(None, recipients=named)["user"] is None


def test_what_they_asked_for_as_staff_is_counted_and_not_told(lin: Any, mei: Any) -> None:
    put(mei, "Your order has shipped.", requested_by=lin)
    broadcast = broadcasts.draft(get_user_model().objects.filter(pk=mei.pk), requested_by=lin)
    exported = export(lin)
    assert exported["requested"] == {"messages": 1, "broadcasts": [broadcast.pk]}
    assert "shipped" not in json.dumps(exported)
    of_mei = json.dumps(export(mei))
    assert not any(word in of_mei for word in ('"lin"', str(lin.pk), "requested_by"))


@pytest.mark.parametrize("nobody", [AnonymousUser(), "lin", 7])
def test_a_request_is_about_a_saved_user(nobody: Any) -> None:
    for answer in (data_requests.export, data_requests.export_json, data_requests.erase):
        with pytest.raises(TypeError, match="saved user"):
            answer(nobody)


def test_somebody_has_to_be_named(lin: Any) -> None:
    with pytest.raises(ValueError, match="recipients="):
        export(None)
    with pytest.raises(TypeError, match="Recipients, not str"):
        export(lin, recipients=["lin@example.com"])  # type: ignore[list-item]


def test_the_text_is_the_export_little_by_little(
    lin: Any, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(exporting, "READ_TOGETHER", 3)
    for number in range(8):
        put(lin, f"小琳 {number}")
    outbox.send(lin, GenericTemplate(elements=[GenericElement(title="Tea")]))
    for ensure_ascii in (False, True):
        with django_assert_max_num_queries(16):
            pieces = list(data_requests.export_json(lin, ensure_ascii=ensure_ascii))
        text = "".join(pieces)
        assert text.isascii() == ensure_ascii
        assert {**json.loads(text), "exported_at": ""} == {**export(lin), "exported_at": ""}
        assert len(pieces) > 9


@pytest.mark.django_db(transaction=True)
def test_asynchronous_code_gets_the_same(lin: Any) -> None:
    put(lin)
    assert texts(async_to_sync(data_requests.aexport)(lin)) == ["Hello"]


def test_reading_changes_nothing(lin: Any) -> None:
    put(lin, status=Status.QUEUED)
    before = list(OutboxMessage.objects.values()), list(MessengerLink.objects.values())
    export(lin)
    assert before == (list(OutboxMessage.objects.values()), list(MessengerLink.objects.values()))
