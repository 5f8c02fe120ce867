"""Later sign-ins with django-allauth, and two users who share a browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.signals import user_signed_up
from django.test import Client

from tests.readme.blocks import block

from .browsing import (
    NEW_PASSWORD,
    click,
    code_in_mail,
    confirm,
    is_signed_in,
    known,
    links,
    reset_password,
    sign_in,
    sign_up,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept_at_sign_up() -> Iterator[None]:
    """A site with the README's receiver, which keeps what waits for whoever has signed up."""
    found: dict[str, Any] = {}
    exec(block("python", "user_signed_up"), found)
    yield
    assert user_signed_up.disconnect(found["keep_what_waits"])


@pytest.mark.usefixtures("mandatory")
class TestLaterSignIns:
    def test_by_a_code_in_a_mail(self) -> None:
        known("lin@example.com")
        browser = Client()
        click(browser, "of-lin")
        page = browser.post("/accounts/login/code/", {"email": "lin@example.com"}).url
        assert links() == []
        browser.post(page, {"code": code_in_mail()})
        assert links() == [("lin@example.com", "of-lin")]

    @pytest.mark.parametrize("signs_in", [False, True])
    def test_with_a_password_that_was_reset(self, settings: Any, signs_in: bool) -> None:
        settings.ACCOUNT_LOGIN_ON_PASSWORD_RESET = signs_in
        known("lin@example.com")
        browser = Client()
        click(browser, "of-lin")
        reset_password(browser)
        assert is_signed_in(browser) == signs_in
        sign_in(browser, password=NEW_PASSWORD)
        assert links() == [("lin@example.com", "of-lin")]


@pytest.mark.usefixtures("mandatory")
class TestTwoUsersOnOneBrowser:
    def test_what_waits_is_gone_when_the_first_signs_out(self) -> None:
        browser = Client()
        for email in ("lin@example.com", "mei@example.com"):
            known(email)
        click(browser, "of-lin")
        sign_in(browser, "lin@example.com")
        browser.post("/accounts/logout/")
        sign_in(browser, "mei@example.com")
        assert links() == [("lin@example.com", "of-lin")]

    def test_the_first_is_signed_out_by_the_link_of_the_second(self) -> None:
        browser = Client()
        known("lin@example.com")
        sign_up(Client(), "mei@example.com")
        sign_in(browser, "lin@example.com")
        confirm(browser)
        assert not is_signed_in(browser)
        click(browser, "of-mei")
        sign_in(browser, "mei@example.com")
        assert links() == [("mei@example.com", "of-mei")]

    def test_who_signs_in_while_another_waits_for_a_mail_gets_nothing_of_theirs(
        self, kept_at_sign_up: None
    ) -> None:
        """With the receiver that the README shows."""
        browser = Client()
        known("mei@example.com")
        click(browser, "of-lin")
        sign_up(browser, "lin@example.com")
        sign_in(browser, "mei@example.com")
        assert is_signed_in(browser)
        assert links() == []

    def test_nor_does_who_signs_up_after_them(self, kept_at_sign_up: None) -> None:
        browser = Client()
        click(browser, "of-lin")
        sign_up(browser, "lin@example.com")
        sign_up(browser, "mei@example.com")
        confirm(browser)
        sign_in(browser, "mei@example.com")
        assert links() == []

    def test_they_themselves_get_it_all_the_same(self, kept_at_sign_up: None) -> None:
        browser = Client()
        click(browser, "of-lin")
        sign_up(browser)
        confirm(browser)
        sign_in(browser)
        assert links() == [("lin@example.com", "of-lin")]
