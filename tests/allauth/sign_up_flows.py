"""A visitor's uuid is linked for a sign-up with django-allauth, at the first sign-in after it."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.signals import password_reset
from django.test import Client

from joinchat_django import linking
from tests.receiving import receiving

from .browsing import (
    NEW_PASSWORD,
    active_links,
    address_in_mail,
    click,
    code_in_mail,
    confirm,
    grow_older_in,
    is_signed_in,
    links,
    reset_password,
    sign_in,
    sign_up,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def by_code(settings: Any) -> None:
    """A site where it is proved by a code from the mail."""
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True


@pytest.mark.parametrize("verification", ["none", "optional"])
def test_a_site_that_lets_people_in_at_once_links_at_once(settings: Any, verification: str) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = verification
    browser = Client()
    click(browser, "of-lin")
    sign_up(browser)
    assert is_signed_in(browser)
    assert links() == [("lin@example.com", "of-lin")]


@pytest.mark.usefixtures("mandatory")
class TestVerificationByALink:
    def test_nothing_is_linked_before_the_address_is_proved(self) -> None:
        browser = Client()
        assert click(browser, "of-lin") == {"linked": False, "pending": True}
        assert sign_up(browser).url == "/accounts/confirm-email/"
        assert not is_signed_in(browser)
        # Nor by the right password, for whoever cannot read the mail.
        assert sign_in(browser).url == "/accounts/confirm-email/"
        assert not is_signed_in(browser)
        assert links() == []

    def test_it_is_linked_at_the_sign_in_that_follows(self) -> None:
        browser = Client()
        click(browser, "of-lin")
        sign_up(browser)
        assert confirm(browser).url == "/accounts/login/"
        assert links() == []
        sign_in(browser)
        assert links() == [("lin@example.com", "of-lin")]

    def test_it_is_linked_at_once_where_the_link_signs_in(self, settings: Any) -> None:
        settings.ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
        browser = Client()
        click(browser, "of-lin")
        sign_up(browser)
        confirm(browser)
        assert is_signed_in(browser)
        assert links() == [("lin@example.com", "of-lin")]

    def test_it_is_linked_where_opening_the_link_is_enough(self, settings: Any) -> None:
        settings.ACCOUNT_CONFIRM_EMAIL_ON_GET = True
        settings.ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
        browser = Client()
        click(browser, "of-lin")
        sign_up(browser)
        browser.get(address_in_mail())
        assert links() == [("lin@example.com", "of-lin")]

    def test_the_mail_may_be_opened_in_another_browser(self) -> None:
        """The uuid stays where the visitor clicked, and is linked when they come back there."""
        browser, phone = Client(), Client()
        click(browser, "of-lin")
        sign_up(browser)
        confirm(phone)
        sign_in(phone)
        assert is_signed_in(phone)
        assert links() == []
        sign_in(browser)
        assert links() == [("lin@example.com", "of-lin")]

    def test_a_click_after_the_sign_up_counts_as_well(self) -> None:
        browser = Client()
        sign_up(browser)
        click(browser, "of-lin")
        confirm(browser)
        sign_in(browser)
        assert links() == [("lin@example.com", "of-lin")]

    def test_who_takes_longer_than_it_waits_clicks_again(self, settings: Any) -> None:
        settings.JOINCHAT_LINKING = {"PENDING_MAX_AGE": 60}
        browser = Client()
        click(browser, "of-lin")
        sign_up(browser)
        grow_older_in(browser, 61)
        confirm(browser)
        sign_in(browser)
        assert is_signed_in(browser)
        assert links() == []
        assert click(browser, "of-lin") == {"linked": True}


@pytest.mark.usefixtures("mandatory", "by_code")
class TestVerificationByACode:
    def test_it_is_linked_when_the_code_is_entered(self) -> None:
        browser = Client()
        click(browser, "of-lin")
        page = sign_up(browser).url
        assert links() == []
        browser.post(page, {"code": code_in_mail()})
        assert is_signed_in(browser)
        assert links() == [("lin@example.com", "of-lin")]

    def test_a_wrong_code_links_nothing(self) -> None:
        browser = Client()
        click(browser, "of-lin")
        page = sign_up(browser).url
        for _ in range(4):
            browser.post(page, {"code": "WRONG-1"})
        assert not is_signed_in(browser)
        assert links() == []


@pytest.mark.usefixtures("mandatory")
def test_who_signs_up_with_anothers_address_gets_none_of_their_messages() -> None:
    """They never come in, so their uuid is linked to nobody, whatever the owner does later."""
    stranger, owner = Client(), Client()
    click(stranger, "of-the-stranger")
    sign_up(stranger)
    reset_password(owner)
    sign_in(owner, password=NEW_PASSWORD)
    confirm(owner)
    sign_in(owner, password=NEW_PASSWORD)
    assert is_signed_in(owner)
    sign_in(stranger)
    assert not is_signed_in(stranger)
    assert links() == []


def test_a_site_that_does_not_wait_for_the_proof_can_unlink_at_a_reset(settings: Any) -> None:
    """With the receiver that the README shows."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    stranger, owner = Client(), Client()
    click(stranger, "of-the-stranger")
    sign_up(stranger)
    assert active_links() == 1

    def take_back(request: Any, user: Any, **kwargs: Any) -> None:
        linking.unlink(user)

    with receiving(password_reset, take_back):
        reset_password(owner)
    assert active_links() == 0
