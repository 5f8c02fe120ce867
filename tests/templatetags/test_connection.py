"""``{% joinchat_connection %}``: how the visitor stands with a bot, and a button to disconnect."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.template import Context, RequestContext, Template
from django.test import Client, RequestFactory, override_settings
from django.urls import include, path
from django.utils import translation

from joinchat_django import linking
from joinchat_django.conf import UnknownBot
from joinchat_django.models import MessengerLink

pytestmark = pytest.mark.django_db

TAG = "{% load joinchat %}{% joinchat_connection %}"


def account(request: HttpRequest) -> HttpResponse:
    """The account page of a site."""
    return HttpResponse(Template(TAG).render(RequestContext(request)))


urlpatterns = [
    path("account/", account),
    path("joinchat/", include("joinchat_django.urls")),
]


def render(user: Any, tag: str = TAG, **values: Any) -> str:
    request = RequestFactory().get("/")
    request.user = user
    return Template(tag).render(RequestContext(request, values))


@pytest.fixture
def linked_in_may(linked_user: Any) -> Any:
    zone = datetime.timezone.utc if site.USE_TZ else None
    moment = datetime.datetime(2026, 5, 3, 12, tzinfo=zone)
    MessengerLink.objects.update(linked_at=moment)
    return linked_user


def test_says_since_when_the_user_is_connected(linked_in_may: Any) -> None:
    html = render(linked_in_may)
    assert "Messenger: connected since May 3, 2026" in html
    assert "Disconnect Messenger" in html
    with translation.override("en-gb"):
        assert "connected since 3 May 2026" in render(linked_in_may)


def test_says_that_they_are_not(user: Any) -> None:
    html = render(user)
    assert "Messenger: not connected" in html
    assert "<form" not in html


def test_says_nothing_to_an_anonymous_visitor(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert render(AnonymousUser()).strip() == ""
    assert Template(TAG).render(Context({})).strip() == ""


def test_the_form_posts_the_bot_and_where_to_go_next(linked_user: Any, settings: Any) -> None:
    settings.JOINCHAT = {**settings.JOINCHAT, 'q"<b>': settings.JOINCHAT["default"]}
    linking.link(linked_user, "abc", 'q"<b>')
    tag = "{% load joinchat %}{% joinchat_connection bot next=url %}"
    html = render(linked_user, tag, bot='q"<b>', url="/a?b=1&c=2")
    assert '<form method="post" action="/joinchat/unlink">' in html
    assert '<input type="hidden" name="bot" value="q&quot;&lt;b&gt;">' in html
    assert '<input type="hidden" name="next" value="/a?b=1&amp;c=2">' in html
    assert 'name="next"' not in render(linked_user)
    assert 'name="csrfmiddlewaretoken"' in html


def test_has_nothing_in_line_that_a_policy_would_stop(linked_user: Any) -> None:
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", render(linked_user))


def test_an_unknown_bot_is_a_mistake(user: Any) -> None:
    with pytest.raises(UnknownBot, match="'shop'"):
        render(user, '{% load joinchat %}{% joinchat_connection "shop" %}')


def test_a_site_may_have_a_template_of_its_own(linked_user: Any, tmp_path: Path) -> None:
    own = tmp_path / "joinchat_django" / "connection.html"
    own.parent.mkdir()
    own.write_text("{{ is_signed_in }} {{ link.uuid }} {{ bot }} {{ next }}")
    templates = [{**site.TEMPLATES[0], "DIRS": [tmp_path]}]
    with override_settings(TEMPLATES=templates):
        tag = '{% load joinchat %}{% joinchat_connection next="/a" %}'
        assert render(linked_user, tag) == "True uuid-of-tom default /a"


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("in_session", [False, True])
def test_the_button_disconnects(linked_user: Any, settings: Any, in_session: bool) -> None:
    settings.CSRF_USE_SESSIONS = in_session
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(linked_user)
    page = browser.get("/account/").text
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    assert set(form) == {"csrfmiddlewaretoken", "bot"}
    sent = {"Accept": "text/html", "Referer": "http://testserver/account/"}
    after = browser.post("/joinchat/unlink", form, headers=sent, follow=True)
    assert after.redirect_chain == [("http://testserver/account/", 302)]
    assert "Messenger: not connected" in after.text
    assert linking.current_link(linked_user) is None
