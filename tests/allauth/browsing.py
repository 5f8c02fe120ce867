"""Visitors of a site with django-allauth: they click, sign up, read their mail and sign in."""

from __future__ import annotations

import re
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client

from joinchat_django.models import MessengerLink
from tests.saving import SAVE, grow_older

PASSWORD = "a-long-pass-phrase-7"
NEW_PASSWORD = "another-pass-phrase-8"


def known(email: str) -> None:
    """Let somebody have an account, with a proved address."""
    name = email.partition("@")[0]
    user = get_user_model().objects.create_user(name, email=email, password=PASSWORD)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)


def click(browser: Client, uuid: str) -> dict[str, Any]:
    """Click Send to Messenger: the SDK hands over the visitor's uuid."""
    answer: dict[str, Any] = browser.post(SAVE, {"uuid": uuid}).json()
    return answer


def sign_up(browser: Client, email: str = "lin@example.com") -> Any:
    response = browser.post("/accounts/signup/", {"email": email, "password1": PASSWORD})
    assert response.status_code == 302, response.context["form"].errors
    return response


def sign_in(browser: Client, email: str = "lin@example.com", password: str = PASSWORD) -> Any:
    return browser.post("/accounts/login/", {"login": email, "password": password})


def last_mail() -> str:
    return str(mail.outbox[-1].body)


def address_in_mail() -> str:
    found = re.search(r"http://testserver(/\S+)", last_mail())
    assert found, last_mail()
    return found[1]


def code_in_mail() -> str:
    found = re.search(r"^\s*([A-Z0-9-]{6,9})\s*$", last_mail(), re.MULTILINE)
    assert found, last_mail()
    return found[1]


def confirm(browser: Client) -> Any:
    """Open the address in the mail, and press the button there."""
    address = address_in_mail()
    assert browser.get(address).status_code == 200
    return browser.post(address)


def reset_password(browser: Client, email: str = "lin@example.com") -> None:
    """Ask for a new password, open the address in the mail, and type one."""
    browser.post("/accounts/password/reset/", {"email": email})
    form = browser.get(address_in_mail(), follow=True)
    new = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert browser.post(form.request["PATH_INFO"], new).status_code == 302


def grow_older_in(browser: Client, seconds: int) -> None:
    """Let time pass for what waits in a browser's session."""
    session = browser.session
    grow_older(session, seconds)
    session.save()


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def links() -> list[tuple[str, str]]:
    found = MessengerLink.objects.order_by("pk").select_related("user")
    return [(link.user.email, link.uuid) for link in found]


def active_links() -> int:
    return MessengerLink.objects.filter(is_active=True).count()
