"""The address at which a user takes a link back: ``unlink``."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from joinchat_django import linking, outbox
from joinchat_django.api import Text
from joinchat_django.models import MessengerLink, OutboxMessage

from .saving import SAVE, TOKEN, assert_refused

pytestmark = pytest.mark.django_db

UNLINK = "/joinchat/unlink"
JSON = {"Accept": "application/json"}
#: What a browser accepts when it sends a form.
HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def active() -> list[tuple[str, str]]:
    found = MessengerLink.objects.filter(is_active=True).order_by("pk")
    return list(found.values_list("bot", "uuid"))


def test_a_script_is_told_how_many_links_there_were(customer: Client, user: Any) -> None:
    linking.link(user, "phone")
    linking.link(user, "laptop")
    assert customer.post(UNLINK, headers=JSON).json() == {"unlinked": 2}
    assert customer.post(UNLINK, headers=JSON).json() == {"unlinked": 0}
    assert active() == []


def test_what_is_queued_is_cancelled(customer: Client, user: Any, left_to_a_worker: None) -> None:
    linking.link(user, "abc")
    outbox.send(user, Text("Hello"))
    customer.post(UNLINK, headers=JSON)
    assert OutboxMessage.objects.get().status == OutboxMessage.Status.CANCELLED


def test_the_form_names_the_bot(customer: Client, user: Any, second_bot: None) -> None:
    for bot in ("default", "second"):
        linking.link(user, "abc", bot)
    customer.post(UNLINK, {"bot": "second"}, headers=JSON)
    assert active() == [("default", "abc")]
    customer.post(UNLINK, {"bot": ""}, headers=JSON)
    assert active() == []
    assert_refused(customer.post(UNLINK, {"bot": "nobody"}, headers=HTML), 400)


def test_only_the_visitors_own_links_are_meant(customer: Client, user: Any) -> None:
    other = type(user).objects.create_user("jerry")
    linking.link(other, "abc")
    customer.post(UNLINK, {"user": other.pk, "uuid": "abc"}, headers=JSON)
    assert active() == [("default", "abc")]


class TestAForm:
    @pytest.mark.parametrize(
        ("next_", "referer", "leads_to"),
        [
            ("/account/", "http://testserver/other/", "/account/"),
            ("http://testserver/account/", "", "http://testserver/account/"),
            ("", "http://testserver/account/?tab=2", "http://testserver/account/?tab=2"),
            ("https://evil.example/", "http://testserver/account/", "http://testserver/account/"),
            ("//evil.example/", "https://evil.example/", "/"),
            ("javascript:alert(1)", "", "/"),
            ("///evil.example", "", "/"),
            ("/account/\nX: 1", "", "/account/%0AX:%201"),
            ("", "", "/"),
        ],
    )
    def test_leads_to_a_page_of_this_site(
        self, customer: Client, linked_user: Any, next_: str, referer: str, leads_to: str
    ) -> None:
        response = customer.post(UNLINK, {"next": next_}, headers={**HTML, "Referer": referer})
        assert response.status_code == 302
        assert response["Location"] == leads_to
        assert active() == []

    def test_is_what_is_answered_unless_json_is_wanted(self, customer: Client) -> None:
        for accept in ("*/*", "", "text/vnd.turbo-stream.html, text/html"):
            assert customer.post(UNLINK, headers={"Accept": accept}).status_code == 302

    def test_over_https_leads_to_no_page_without_it(self, customer: Client) -> None:
        data = {"next": "http://testserver/account/"}
        assert customer.post(UNLINK, data, headers=HTML, secure=True)["Location"] == "/"


class TestAnAnonymousVisitor:
    def test_has_to_sign_in(self, client: Client, linked_user: Any) -> None:
        assert_refused(client.post(UNLINK, headers=JSON), 403)
        response = client.post(UNLINK, {"next": "/account/"}, headers=HTML)
        assert response["Location"] == "/accounts/login/?next=/account/"
        assert active() == [("default", "uuid-of-tom")]
        assert_refused(client.post(UNLINK, {"bot": "nobody"}, headers=JSON), 400)

    def test_takes_back_what_waits_in_their_session(
        self, client: Client, user: Any, second_bot: None
    ) -> None:
        client.post(SAVE, {"uuid": "abc"})
        client.post(SAVE, {"uuid": "xyz", "bot": "second"})
        assert client.post(UNLINK, headers=JSON).json() == {"unlinked": 0}
        client.force_login(user)
        assert active() == [("second", "xyz")]


class TestTheGuards:
    def test_only_post_disconnects(self, customer: Client, linked_user: Any) -> None:
        for method in ("get", "head", "put", "delete", "options"):
            response = getattr(customer, method)(UNLINK)
            assert (response.status_code, response["Allow"]) == (405, "POST")
        assert active() == [("default", "uuid-of-tom")]

    def test_another_site_cannot_disconnect_anybody(self, linked_user: Any) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(linked_user)
        assert browser.post(UNLINK, headers=JSON).status_code == 403
        token = browser.get(TOKEN).json()["csrfToken"]
        form = {"csrfmiddlewaretoken": token}
        evil = {**JSON, "Origin": "https://evil.example"}
        assert browser.post(UNLINK, form, headers=evil).status_code == 403
        assert active() == [("default", "uuid-of-tom")]
        assert browser.post(UNLINK, form, headers=JSON).json() == {"unlinked": 1}

    def test_no_answer_is_cached(self, customer: Client) -> None:
        for headers in (JSON, HTML):
            assert "no-store" in customer.post(UNLINK, headers=headers)["Cache-Control"]
