"""What the page's script talks to: ``save-uuid`` and ``csrf-token``."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from joinchat_django import linking
from joinchat_django.models import MessengerLink
from joinchat_django.signals import user_linked

from .receiving import failing, receiving
from .saving import SAVE, SCRIPTED, TOKEN, UUID_CHARACTERS, assert_refused, links

pytestmark = pytest.mark.django_db


def test_a_signed_in_user_is_linked(customer: Client) -> None:
    response = customer.post(SAVE, {"uuid": "abc"})
    assert response.json() == {"linked": True}
    assert links() == [("tom", "default", "abc")]


def test_the_form_does_not_name_the_user(customer: Client) -> None:
    jerry = get_user_model().objects.create_user("jerry")
    named = {"user": jerry.pk, "user_id": jerry.pk, "username": "jerry"}
    customer.post(SAVE, {"uuid": "abc", **named})
    assert links() == [("tom", "default", "abc")]


def test_the_form_names_the_bot(customer: Client, second_bot: None) -> None:
    customer.post(SAVE, {"uuid": "abc", "bot": "second"})
    customer.post(SAVE, {"uuid": "abc", "bot": ""})
    assert links() == [("tom", "second", "abc"), ("tom", "default", "abc")]


def test_an_anonymous_visitor_is_linked_when_they_sign_in(client: Client, user: Any) -> None:
    assert client.post(SAVE, {"uuid": "abc"}).json() == {"linked": False, "pending": True}
    assert links() == []
    client.force_login(user)
    assert links() == [("tom", "default", "abc")]


@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize(
    "form",
    [
        {},
        {"uuid": ""},
        {"uuid": "a b"},
        {"uuid": "a" * 256},
        {"uuid": "a" * 100_000},
        {"uuid": "a\0"},
        {"uuid": "abc\n"},
        {"uuid": "<script>"},
        {"uuid": ["abc", "no uuid"]},
        {"uuid": "abc", "bot": "nobody"},
        {"uuid": "abc", "bot": "default\0"},
        {"uuid": "abc", "bot": "b" * 100_000},
    ],
)
def test_a_bad_uuid_or_bot_is_a_400_with_a_reason(
    client: Client, user: Any, signed_in: bool, form: dict[str, Any]
) -> None:
    if signed_in:
        client.force_login(user)
    reason = assert_refused(client.post(SAVE, form), 400)
    assert "uuid" in reason or "bot" in reason
    assert links() == []
    assert linking.SESSION_KEY not in client.session


def test_a_uuid_in_the_address_of_a_post_does_not_count(customer: Client) -> None:
    assert_refused(customer.post(f"{SAVE}?uuid=abc"), 400)
    assert links() == []


def test_a_file_is_no_uuid(customer: Client) -> None:
    body = '--x\r\nContent-Disposition: form-data; name="uuid"; filename="a"\r\n\r\nabc\r\n--x--'
    response = customer.post(SAVE, body, content_type="multipart/form-data; boundary=x")
    assert_refused(response, 400)


ANYTHING = st.text(alphabet=st.characters(exclude_categories=()))
UUIDS = ANYTHING | st.text(sorted(UUID_CHARACTERS)) | st.just("a" * 300)
BOTS = st.sampled_from(["", "default", "default "]) | ANYTHING


@given(uuids=st.lists(UUIDS, max_size=3), bots=st.lists(BOTS, max_size=3))
def test_whatever_is_in_the_form_the_answer_is_json(
    customer: Client, accept_get: None, uuids: list[str], bots: list[str]
) -> None:
    MessengerLink.objects.all().delete()
    pairs = [("uuid", uuid) for uuid in uuids] + [("bot", bot) for bot in bots]
    encoded = urlencode(pairs, errors="surrogatepass")
    form = "application/x-www-form-urlencoded"
    posted = customer.post(SAVE, encoded, content_type=form)
    got = customer.get(f"{SAVE}?{encoded}", headers=SCRIPTED)
    uuid = uuids[-1] if uuids else ""
    bot = bots[-1] if bots else ""
    for response in (posted, got):
        if 1 <= len(uuid) <= 255 and set(uuid) <= UUID_CHARACTERS and bot in ("", "default"):
            assert response.json() == {"linked": True}
        else:
            assert_refused(response, 400)
    assert MessengerLink.objects.count() == (posted.status_code == 200)


@given(
    body=st.binary()
    | st.binary().map(lambda junk: b"uuid=" + junk)
    | st.binary().map(lambda junk: b'--x\r\nContent-Disposition: form-data; name="uuid"' + junk)
    | st.binary().map(
        lambda junk: b'--x\r\nContent-Disposition: form-data; name="uuid"\r\n\r\n' + junk
    ),
    content_type=st.sampled_from(
        [
            "",
            "application/json",
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=utf-16",
            "application/x-www-form-urlencoded; charset=nonsense",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            "multipart/form-data; boundary=x; charset=utf-16",
            "multipart/form-data; boundary=" + "x" * 300,
        ]
    ),
)
def test_no_body_makes_the_view_fail(customer: Client, body: bytes, content_type: str) -> None:
    response = customer.generic("POST", SAVE, body, content_type=content_type)
    saved = MessengerLink.objects.values_list("uuid", flat=True)
    assert response.status_code in (200, 400)
    assert all(set(uuid) <= UUID_CHARACTERS and 1 <= len(uuid) <= 255 for uuid in saved)


def test_a_body_beyond_the_sites_limit_is_a_400(customer: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    form = "application/x-www-form-urlencoded"
    response = customer.post(SAVE, "uuid=" + "a" * 2000, content_type=form)
    assert response.status_code == 400


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "head"])
def test_no_other_method_saves(customer: Client, accept_get: None, method: str) -> None:
    response = getattr(customer, method)(f"{SAVE}?uuid=abc", headers=SCRIPTED)
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert links() == []


@pytest.mark.parametrize("parameter", ["next", "redirect_to", "url", "return"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_no_parameter_redirects(
    customer: Client, accept_get: None, method: str, parameter: str
) -> None:
    query = {"uuid": "abc", parameter: "https://evil.example/"}
    address = f"{SAVE}?{urlencode(query)}"
    response = getattr(customer, method)(address, data=query, headers=SCRIPTED)
    assert response.status_code == 200
    assert not response.has_header("Location")
    assert "evil" not in response.content.decode()


@pytest.mark.parametrize("path", [SAVE, TOKEN])
def test_no_path_ends_in_a_slash_and_none_redirects_to_another(client: Client, path: str) -> None:
    assert client.get(f"{path}/").status_code == 404
    assert client.get(path).status_code in (200, 405)


@pytest.mark.parametrize("path", [SAVE, TOKEN])
def test_a_site_that_asks_everybody_to_sign_in_still_lets_visitors_save(
    client: Client, settings: Any, path: str
) -> None:
    required = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, required]
    method = client.post if path == SAVE else client.get
    assert method(path, {"uuid": "abc"}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_failing_receiver_does_not_spoil_the_answer(customer: Client) -> None:
    with receiving(user_linked, failing):
        assert customer.post(SAVE, {"uuid": "abc"}).json() == {"linked": True}
    assert links() == [("tom", "default", "abc")]


# The CSRF token


@pytest.fixture
def browser(user: Any) -> Client:
    """A signed-in customer's browser, on a site that checks CSRF tokens."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    return client


CSRF_SETTINGS: list[dict[str, Any]] = [
    {},
    {"CSRF_USE_SESSIONS": True},
    {"CSRF_COOKIE_HTTPONLY": True},
    {"CSRF_HEADER_NAME": "HTTP_X_XSRF_TOKEN"},
]


@pytest.mark.parametrize("with_middleware", [True, False])
@pytest.mark.parametrize("values", CSRF_SETTINGS, ids=str)
def test_a_post_needs_the_token_that_csrf_token_gives(
    browser: Client, settings: Any, values: dict[str, Any], with_middleware: bool
) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    if not with_middleware:
        middleware = "django.middleware.csrf.CsrfViewMiddleware"
        settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != middleware]

    assert browser.post(SAVE, {"uuid": "abc"}).status_code == 403
    token = browser.get(TOKEN).json()["csrfToken"]
    assert browser.post(SAVE, {"uuid": "abc"}).status_code == 403
    wrong = {"uuid": "abc", "csrfmiddlewaretoken": "x" * len(token)}
    assert browser.post(SAVE, wrong).status_code == 403
    assert links() == []

    form = {"uuid": "abc", "csrfmiddlewaretoken": token}
    assert browser.post(SAVE, form).json() == {"linked": True}
    assert links() == [("tom", "default", "abc")]


def test_the_token_counts_in_the_header_too(browser: Client) -> None:
    token = browser.get(TOKEN).json()["csrfToken"]
    response = browser.post(SAVE, {"uuid": "abc"}, headers={"X-CSRFToken": token})
    assert response.json() == {"linked": True}


def test_another_sites_form_is_refused_even_with_a_token(browser: Client) -> None:
    form = {"uuid": "abc", "csrfmiddlewaretoken": browser.get(TOKEN).json()["csrfToken"]}
    response = browser.post(SAVE, form, headers={"Origin": "https://evil.example"})
    assert response.status_code == 403
    assert links() == []


def test_a_visitors_token_is_their_own_on_a_site_that_caches_every_page(settings: Any) -> None:
    settings.MIDDLEWARE = [
        "django.middleware.cache.UpdateCacheMiddleware",
        *settings.MIDDLEWARE,
        "django.middleware.cache.FetchFromCacheMiddleware",
    ]
    first, second = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    for client in (first, first, second):
        answer = client.get(TOKEN)
        assert "no-store" in answer["Cache-Control"]
        assert "private" in answer["Cache-Control"]
        form = {"uuid": "abc", "csrfmiddlewaretoken": answer.json()["csrfToken"]}
        response = client.post(SAVE, form)
        assert response.json() == {"linked": False, "pending": True}
        assert "no-store" in response["Cache-Control"]
    assert first.cookies["csrftoken"].value != second.cookies["csrftoken"].value


def test_the_token_is_read_and_never_posted(client: Client) -> None:
    assert client.head(TOKEN).status_code == 200
    assert client.post(TOKEN).status_code == 405
