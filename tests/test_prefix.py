"""A site that is mounted under a prefix, by its server or by its settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.core.handlers.wsgi import get_script_name
from django.core.signals import request_started
from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.test import Client
from django.urls import clear_script_prefix, include, path, set_script_prefix

from joinchat_django.models import OutboxMessage
from tests.admin.addresses import addresses_about
from tests.saving import links

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

PREFIX = "/shop"
TAGS = "{% load joinchat %}{% joinchat_sdk %}{% joinchat_connection %}"


def page(request: HttpRequest) -> HttpResponse:
    """A page of the site that connects and disconnects."""
    return HttpResponse(Template(TAGS).render(RequestContext(request)))


urlpatterns = [
    path("page", page),
    path("admin/", admin.site.urls),
    path("joinchat/", include("joinchat_django.urls")),
]


def take_prefix(environ: dict[str, Any], **kwargs: Any) -> None:
    """Do what Django's WSGI handler begins with, and its client for tests leaves out."""
    set_script_prefix(get_script_name(environ))


@pytest.fixture(params=["server", "settings"])
def browser(request: pytest.FixtureRequest, settings: Any) -> Iterator[Client]:
    """A browser at the site. Its client names a path as the site sees it, without the prefix."""
    settings.SESSION_COOKIE_PATH = settings.CSRF_COOKIE_PATH = PREFIX
    settings.STATIC_URL = "static/"  # Set anew, as Django keeps what it becomes with the prefix.
    request_started.connect(take_prefix)
    if request.param == "server":
        yield Client(enforce_csrf_checks=True, SCRIPT_NAME=PREFIX)
    else:
        settings.FORCE_SCRIPT_NAME = PREFIX
        yield Client(enforce_csrf_checks=True)
    request_started.disconnect(take_prefix)
    clear_script_prefix()


def within(address: str) -> str:
    """Return the path that the site sees of an address, which has to be under the prefix."""
    assert address.startswith(f"{PREFIX}/")
    return address.removeprefix(PREFIX)


def attribute(name: str, html: str) -> str:
    [value] = re.findall(rf'{name}="([^"]*)"', html)
    return str(value)


def token(browser: Client, html: str) -> str:
    """Fetch a CSRF token as the page's script does, which the cookies have to reach."""
    address = attribute("data-joinchat-csrf-url", html)
    fetched = browser.get(within(address)).json()["csrfToken"]
    assert browser.cookies["csrftoken"]["path"] == PREFIX
    return str(fetched)


def test_a_click_is_saved(browser: Client, user: Any) -> None:
    browser.force_login(user)
    html = browser.get("/page").content.decode()
    form = {"uuid": "abc", "csrfmiddlewaretoken": token(browser, html)}
    saved = browser.post(within(attribute("data-joinchat-save-url", html)), form)
    assert saved.json() == {"linked": True}
    assert links() == [("tom", "default", "abc")]


def test_a_user_disconnects_and_is_led_to_the_site(browser: Client, linked_user: Any) -> None:
    browser.force_login(linked_user)
    html = browser.get("/page").content.decode()
    form = {"csrfmiddlewaretoken": token(browser, html)}
    response = browser.post(within(attribute("action", html)), form)
    assert (response.status_code, response["Location"]) == (302, f"{PREFIX}/")


def test_each_page_of_the_admin_leads_to_where_the_site_is(
    browser: Client, admin_user: Any
) -> None:
    """Those that take a POST alone get one; what they answer leads there, too."""
    browser.handler.enforce_csrf_checks = False
    browser.force_login(admin_user)
    shown = 0
    with addresses_about(admin_user) as addresses:
        for address in addresses:
            response = browser.get(address.url)
            if response.status_code == 405:
                response = browser.post(address.url)
            if response.has_header("Location"):
                within(response["Location"])
            html = response.content.decode()
            stray = re.findall(rf"""["'](/(?!{PREFIX[1:]}\b)\w[^"']*)["']""", html)
            assert stray == [], address
            shown += f'"{PREFIX}/admin/' in html
    assert shown > 20
    assert OutboxMessage.objects.exists()
