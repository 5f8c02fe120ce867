"""A visitor's uuid is linked for his sign-up with django-allauth, at the first sign-in after it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import password_reset, user_signed_up
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client

from joinchat_django import linking
from joinchat_django.models import MessengerLink
from tests.readme.blocks import block
from tests.saving import SAVE

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-pass-phrase-7"
NEW_PASSWORD = "another-pass-phrase-8"


@pytest.fixture
def mandatory(settings: Any) -> None:
    """A site where nobody comes in before he has proved his e-mail address."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


@pytest.fixture
def by_code(settings: Any) -> None:
    """A site where he proves it by a code that he copies from the mail."""
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True


@pytest.fixture
def kept_at_sign_up() -> Iterator[None]:
    """A site with the README's receiver, which keeps what waits for whoever has signed up."""
    found: dict[str, Any] = {}
    exec(block("python", "user_signed_up"), found)
    yield
    assert user_signed_up.disconnect(found["keep_what_waits"])


def known(email: str) -> None:
    """Let somebody have an account, and have proved his address."""
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


def grow_older(browser: Client, seconds: int) -> None:
    """Let time pass for what waits in a browser's session."""
    session = browser.session
    uuid, since = session[linking.SESSION_KEY]["default"]
    session[linking.SESSION_KEY] = {"default": [uuid, since - seconds]}
    session.save()


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def links() -> list[tuple[str, str]]:
    found = MessengerLink.objects.order_by("pk").select_related("user")
    return [(link.user.email, link.uuid) for link in found]


def active_links() -> int:
    return MessengerLink.objects.filter(is_active=True).count()


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
        """The uuid stays where the visitor clicked, and is linked when he comes back there."""
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
        grow_older(browser, 61)
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
def test_who_signs_up_with_anothers_address_gets_none_of_his_messages() -> None:
    """He never comes in, so his uuid is linked to nobody, whatever the owner does later."""
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

    def test_who_signs_in_while_another_waits_for_his_mail_gets_nothing_of_his(
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

    def test_nor_does_who_signs_up_after_him(self, kept_at_sign_up: None) -> None:
        browser = Client()
        click(browser, "of-lin")
        sign_up(browser, "lin@example.com")
        sign_up(browser, "mei@example.com")
        confirm(browser)
        sign_in(browser, "mei@example.com")
        assert links() == []

    def test_he_himself_gets_it_all_the_same(self, kept_at_sign_up: None) -> None:
        browser = Client()
        click(browser, "of-lin")
        sign_up(browser)
        confirm(browser)
        sign_in(browser)
        assert links() == [("lin@example.com", "of-lin")]


def test_a_site_that_does_not_wait_for_the_proof_can_unlink_at_a_reset(settings: Any) -> None:
    """With the receiver that the README shows."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    stranger, owner = Client(), Client()
    click(stranger, "of-the-stranger")
    sign_up(stranger)
    assert active_links() == 1

    def take_back(request: Any, user: Any, **kwargs: Any) -> None:
        linking.unlink(user)

    password_reset.connect(take_back)
    try:
        reset_password(owner)
    finally:
        password_reset.disconnect(take_back)
    assert active_links() == 0
