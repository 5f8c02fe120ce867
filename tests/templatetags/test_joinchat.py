"""``{% joinchat_sdk %}`` and ``{% if user|joinchat_linked %}``: what they do to a page."""

from __future__ import annotations

from typing import Any

import django
import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.template import RequestContext, Template
from django.test import RequestFactory
from django.urls import set_script_prefix
from django.utils.functional import SimpleLazyObject, empty
from django.utils.module_loading import import_string

from joinchat_django.conf import UnknownBot
from joinchat_django.models import MessengerLink


def render(
    tag: str = "{% joinchat_sdk %}", request: HttpRequest | None = None, **values: Any
) -> str:
    context = RequestContext(request or RequestFactory().get("/"), values)
    return Template("{% load joinchat %}" + tag).render(context)


def test_writes_two_scripts_and_nothing_in_line() -> None:
    assert render() == (
        '<script src="/static/joinchat_django/joinchat.js" data-joinchat-bot="default"'
        ' data-joinchat-save-url="/joinchat/save-uuid"'
        ' data-joinchat-csrf-url="/joinchat/csrf-token"></script>\n'
        '<script src="https://joinchat.ai/js/analytics/sdk/15150c9d53ccc1eb21ffef1af5b6b184.js">'
        "</script>"
    )


def test_the_script_that_it_names_is_shipped() -> None:
    assert finders.find("joinchat_django/joinchat.js")


def test_names_the_bot_and_its_sdk(settings: Any) -> None:
    settings.JOINCHAT = {
        **settings.JOINCHAT,
        'q"<b>': {
            **settings.JOINCHAT["default"],
            "SDK_KEY": "5ec0",
            "SDK_URL": "http://127.0.0.1:8765/{key}.js?a=1&b=2",
        },
    }
    html = render("{% joinchat_sdk bot %}", bot='q"<b>')
    assert ' data-joinchat-bot="q&quot;&lt;b&gt;" ' in html
    assert '<script src="http://127.0.0.1:8765/5ec0.js?a=1&amp;b=2"></script>' in html
    assert html == render("{% joinchat_sdk bot=bot %}", bot='q"<b>')
    assert html == render(
        "{% autoescape off %}{% joinchat_sdk bot %}{% endautoescape %}", bot='q"<b>'
    )


def test_gives_both_scripts_the_nonce_and_escapes_it() -> None:
    html = render("{% joinchat_sdk nonce=nonce %}", nonce='a"b')
    assert html.count(' nonce="a&quot;b"></script>') == 2


@pytest.mark.parametrize("tag", ["{% joinchat_sdk %}", "{% joinchat_sdk nonce=csp_nonce %}"])
def test_has_no_nonce_where_there_is_none(tag: str) -> None:
    assert "nonce" not in render(tag)
    assert "nonce" not in render(tag, csp_nonce="")
    assert "nonce" not in render(tag, csp_nonce=None)


class NonceMadeWhenRead(SimpleLazyObject):  # type: ignore[type-arg]
    """A nonce as django-csp has it: false until somebody has read it."""

    def __bool__(self) -> bool:
        return self._wrapped is not empty


def lazy_nonces() -> list[Any]:
    made = [NonceMadeWhenRead(lambda: "once")]
    if django.VERSION >= (6, 0):
        made.append(import_string("django.utils.csp.LazyNonce")())
    return made


def test_reads_a_nonce_that_is_made_when_it_is_read() -> None:
    for nonce in lazy_nonces():
        html = render("{% joinchat_sdk nonce=csp_nonce %}", csp_nonce=nonce)
        assert html.count(f' nonce="{nonce}"></script>') == 2


def test_a_bot_without_an_sdk_key_is_a_mistake_that_says_where_to_find_one(settings: Any) -> None:
    keyless = {
        key: value for key, value in settings.JOINCHAT["default"].items() if key != "SDK_KEY"
    }
    settings.JOINCHAT = {"default": keyless}
    with pytest.raises(ImproperlyConfigured, match=r"SDK_KEY.*console"):
        render()


def test_an_unknown_bot_is_a_mistake_that_names_the_bots_there_are() -> None:
    with pytest.raises(UnknownBot, match=r"'shop'.*'default'"):
        render("{% joinchat_sdk 'shop' %}")


def test_follows_the_prefix_that_the_site_is_mounted_at() -> None:
    set_script_prefix("/shop/")
    try:
        assert 'data-joinchat-save-url="/shop/joinchat/save-uuid"' in render()
    finally:
        set_script_prefix("/")


def test_two_visitors_get_the_same_page_which_a_cache_may_keep(user: Any) -> None:
    pages = []
    for visitor in (user, AnonymousUser()):
        request = RequestFactory().get("/")
        request.user = visitor
        request.session = SessionStore()
        pages.append(render(request=request))
        # No CSRF cookie and no session that the answer would have to vary by.
        assert "CSRF_COOKIE" not in request.META
        assert not request.session.accessed
    assert pages[0] == pages[1]


# {% if user|joinchat_linked %}


def says(person: Any, condition: str = "person|joinchat_linked") -> bool:
    return render(f"{{% if {condition} %}}yes{{% endif %}}", person=person) == "yes"


def test_tells_whether_a_user_is_linked(user: Any) -> None:
    assert not says(user)
    link = MessengerLink.objects.create(user=user, uuid="abc")
    assert says(user)
    assert not says(user, "not person|joinchat_linked")
    link.is_active = False
    link.save()
    assert not says(user)


def test_tells_it_of_each_bot(linked_user: Any, settings: Any) -> None:
    second = {**settings.JOINCHAT["default"], "PAGE_ID": 2}
    settings.JOINCHAT = {**settings.JOINCHAT, "second": second}
    assert not says(linked_user, 'person|joinchat_linked:"second"')
    MessengerLink.objects.create(user=linked_user, uuid="abc", bot="second")
    assert says(linked_user, 'person|joinchat_linked:"second"')


def test_asks_the_database_once_and_for_an_anonymous_visitor_never(
    linked_user: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        assert says(linked_user)
    with django_assert_num_queries(0):
        assert not says(AnonymousUser())
        assert not says(None)


def test_a_misspelt_bot_is_not_taken_for_one_without_links() -> None:
    with pytest.raises(UnknownBot, match=r"'shop'.*'default'"):
        says(AnonymousUser(), 'person|joinchat_linked:"shop"')
