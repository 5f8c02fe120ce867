"""A template in several languages: everybody gets it in the one they read."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.translation import gettext_lazy

from joinchat_django import outbox
from joinchat_django.api import InvalidMessage, Recipient, Text
from joinchat_django.models import MessageTemplate, MessengerLink, OutboxMessage
from joinchat_django.outbox.drafts import Draft
from tests.accounts.models import Profile
from tests.outbox.people import linked_people, texts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("left_to_a_worker")]

GREETINGS = {"": "Hello", "de": "Hallo", "pt": "Olá", "pt-br": "Oi", "zh-hant": "您好"}


@pytest.fixture(autouse=True)
def language_is_the_last_name(settings: Any) -> None:
    """A site whose users have their language, of all places, there."""
    settings.JOINCHAT_TEMPLATES = {"USER_LANGUAGE": "last_name"}


def template(bodies: dict[str, str], **values: Any) -> MessageTemplate:
    """A text by language, the default one first."""
    (language, text), *others = bodies.items()
    return MessageTemplate.objects.create(
        slug="t",
        name="T",
        language=language,
        body={"template_type": "text", "text": text},
        variants={code: {"template_type": "text", "text": other} for code, other in others},
        **values,
    )


def sent(to: Any, message: MessageTemplate, **options: Any) -> str:
    return str(outbox.send(to, message, **options).message.to_dict()["text"])


def reads(user: Any, language: str) -> Any:
    user.last_name = language
    return user


def all_users() -> Any:
    return get_user_model().objects.all()


def people_who_read(*languages: str) -> list[Any]:
    crowd = linked_people(len(languages))
    for user, language in zip(crowd, languages, strict=True):
        reads(user, language).save()
    return crowd


class TestChoice:
    @pytest.mark.parametrize(
        ("language", "greeting"),
        [
            ("de", "Hallo"),
            ("DE", "Hallo"),
            ("de-at", "Hallo"),
            ("pt", "Olá"),
            ("pt-pt", "Olá"),
            ("pt-br", "Oi"),
            ("pt_BR", "Oi"),
            ("zh-hant-hk", "您好"),
            ("zh_Hant_HK", "您好"),
            ("zh-hans", "Hello"),
            ("zh", "Hello"),
            ("den", "Hello"),
            ("fr", "Hello"),
            ("", "Hello"),
            ("-", "Hello"),
            ("no code, \n surely", "Hello"),
        ],
    )
    def test_a_code_itself_or_its_base_or_the_default(
        self, linked_user: Any, language: str, greeting: str
    ) -> None:
        message = template(GREETINGS)
        assert sent(reads(linked_user, language), message) == greeting

    def test_the_spelling_in_the_template_does_not_matter_either(self, linked_user: Any) -> None:
        message = template({"": "Hello", "PT_br": "Oi"})
        assert sent(reads(linked_user, "pt-br"), message) == "Oi"

    def test_the_default_is_chosen_by_its_own_language_too(self, linked_user: Any) -> None:
        message = template({"pt-br": "Oi", "pt": "Olá"})
        assert sent(reads(linked_user, "pt-br"), message) == "Oi"
        assert sent(reads(linked_user, "pt"), message) == "Olá"
        assert sent(reads(linked_user, "en"), message) == "Oi"

    def test_whoever_is_no_user_gets_the_default(self) -> None:
        assert sent(Recipient(uuid="1"), template(GREETINGS)) == "Hello"

    def test_a_link_stands_for_its_user(self, linked_user: Any) -> None:
        reads(linked_user, "de").save()
        assert sent(MessengerLink.objects.get(), template(GREETINGS)) == "Hallo"

    def test_a_list_of_messages_and_asynchronous_code_choose_as_well(
        self, linked_user: Any
    ) -> None:
        message = template(GREETINGS)
        outbox.send(reads(linked_user, "de"), [message, "t"])
        assert texts() == ["Hallo", "Hallo"]
        row = async_to_sync(outbox.asend)(reads(linked_user, "pt"), message)
        assert row.message.to_dict()["text"] == "Olá"


class TestAttribute:
    def test_a_site_that_does_not_know_sends_the_default(
        self, settings: Any, linked_user: Any
    ) -> None:
        settings.JOINCHAT_TEMPLATES = {}
        assert sent(reads(linked_user, "de"), template(GREETINGS)) == "Hello"

    def test_a_method_counts(self, settings: Any, linked_user: Any) -> None:
        settings.JOINCHAT_TEMPLATES = {"USER_LANGUAGE": "get_short_name"}
        linked_user.first_name = "de"
        assert sent(linked_user, template(GREETINGS)) == "Hallo"

    @pytest.mark.parametrize(
        "path", ["nothing", "last_name.nothing", "profile.language", "set_password"]
    )
    def test_one_that_leads_nowhere_is_harmless(
        self, settings: Any, linked_user: Any, path: str
    ) -> None:
        settings.JOINCHAT_TEMPLATES = {"USER_LANGUAGE": path}
        assert sent(reads(linked_user, "de"), template(GREETINGS)) == "Hello"
        outbox.send_bulk(all_users(), "t")
        assert texts() == ["Hello", "Hello"]

    @pytest.mark.parametrize("value", [None, 7, ["de"], b"de"])
    def test_a_value_that_is_no_code_is_harmless(
        self, settings: Any, linked_user: Any, value: object
    ) -> None:
        settings.JOINCHAT_TEMPLATES = {"USER_LANGUAGE": "language"}
        linked_user.language = value
        assert sent(linked_user, template(GREETINGS)) == "Hello"

    def test_a_database_that_fails_is_not_taken_for_an_unknown_language(
        self, settings: Any, linked_user: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def language(user: Any) -> str:
            raise OperationalError("gone")

        monkeypatch.setattr(type(linked_user), "language", language, raising=False)
        settings.JOINCHAT_TEMPLATES = {"USER_LANGUAGE": "language"}
        with pytest.raises(OperationalError, match="gone"):
            outbox.send(linked_user, template(GREETINGS))

    @pytest.mark.parametrize("given", ["queryset", "list", "links"])
    def test_a_bulk_looks_relations_up_for_a_page_at_once(self, settings: Any, given: str) -> None:
        settings.JOINCHAT_TEMPLATES = {"USER_LANGUAGE": "profile.language"}
        message = template(GREETINGS)
        queries = []
        for number in (3, 12):
            OutboxMessage.objects.all().delete()
            crowd = linked_people(number, name=f"{number}-")
            Profile.objects.bulk_create(Profile(customer=user, language="de") for user in crowd[1:])
            names = [user.username for user in crowd]
            users = all_users().filter(username__in=names)
            them: Any = {
                "queryset": users,
                "list": list(users),
                "links": MessengerLink.objects.filter(user__in=users),
            }[given]
            with CaptureQueriesContext(connection) as captured:
                outbox.send_bulk(them, message)
            queries.append(len(captured))
            assert texts() == ["Hallo"] * (number - 1) + ["Hello"]
        assert queries[0] == queries[1]


class TestLanguageOfTexts:
    CONTEXT: ClassVar[dict[str, Any]] = {
        "price": Decimal("1234.5"),
        "day": datetime.date(2026, 3, 1),
    }
    TEXT = "{{ price }} {{ day|date:'F' }}"

    def test_dates_and_numbers_follow_the_body(self, linked_user: Any) -> None:
        message = template({"en": self.TEXT, "de": self.TEXT})
        with translation.override("fr"):
            assert sent(reads(linked_user, "de"), message, context=self.CONTEXT) == "1234,5 März"
            assert sent(reads(linked_user, "it"), message, context=self.CONTEXT) == "1234.5 March"
            assert translation.get_language() == "fr"

    def test_a_default_without_a_language_follows_the_caller(self, linked_user: Any) -> None:
        message = template({"": self.TEXT, "de": self.TEXT})
        with translation.override("fr"):
            assert sent(reads(linked_user, "it"), message, context=self.CONTEXT) == "1234,5 mars"

    def test_a_template_in_one_language_is_rendered_in_it(
        self, settings: Any, linked_user: Any
    ) -> None:
        message = template({"de": self.TEXT})
        assert sent(linked_user, message, context=self.CONTEXT) == "1234,5 März"
        settings.JOINCHAT_TEMPLATES = {}
        assert sent(linked_user, message, context=self.CONTEXT) == "1234,5 März"

    def test_one_that_django_does_not_speak_is_no_error(self, linked_user: Any) -> None:
        message = template({"tlh": self.TEXT})
        assert sent(linked_user, message, context=self.CONTEXT).endswith("March")

    @pytest.mark.parametrize("code", ["../../etc", "not a code at all", "\0"])
    def test_what_is_no_code_leaves_the_callers_language(self, code: str) -> None:
        message = MessageTemplate(language=code, body={"template_type": "text", "text": self.TEXT})
        with translation.override("fr"):
            assert Draft(message).fill(None, self.CONTEXT) == Text("1234,5 mars")

    def test_lazy_translations_become_the_recipients(self, linked_user: Any) -> None:
        message = template({"en": "{{ word }}", "de": "{{ word }}"})
        word = {"word": gettext_lazy("January")}
        assert sent(reads(linked_user, "de"), message, context=word) == "Januar"

    def test_a_bulks_function_is_called_in_the_language(self) -> None:
        people_who_read("de", "en", "de")
        message = template({"en": "{{ word }}", "de": "{{ word }}"})
        outbox.send_bulk(
            all_users(), message, context=lambda user: {"word": translation.gettext("January")}
        )
        assert texts() == ["Januar", "Januar", "January"]


class TestBulk:
    def test_everybody_gets_their_own(self) -> None:
        people_who_read("de", "pt-br", "fr", "de-ch", "")
        outbox.send_bulk(all_users(), template(GREETINGS))
        assert texts() == ["Hallo", "Hallo", "Hello", "Hello", "Oi"]

    def test_so_they_do_where_only_one_language_has_variables(self) -> None:
        people_who_read("de", "en", "de")
        message = template({"en": "Hello", "de": "Hallo {{ user.username }}, {{ points }}"})
        outbox.send_bulk(all_users(), message, context={"points": 3})
        assert texts() == ["Hallo p0, 3", "Hallo p2, 3", "Hello"]

    def test_a_variable_counts_as_missing_only_for_those_whose_language_names_it(self) -> None:
        people_who_read("en", "de", "en", "de")
        message = template({"en": "{{ a }}", "de": "{{ b }}"})
        result = outbox.send_bulk(all_users(), message, context={"a": 1})
        assert (result.queued, result.failed) == (2, 2)
        assert "“b”" in result.errors[0][1]

    def test_a_function_is_not_called_for_a_language_without_variables(self) -> None:
        people_who_read("en", "de")
        called = []

        def context(user: Any) -> dict[str, Any]:
            called.append(user.last_name)
            return {"a": 1}

        outbox.send_bulk(all_users(), template({"en": "Hello", "de": "{{ a }}"}), context=context)
        assert called == ["de"]

    def test_whoever_is_no_user_gets_the_default(self) -> None:
        outbox.send_bulk([Recipient(uuid="1"), *people_who_read("de")], template(GREETINGS))
        assert texts() == ["Hallo", "Hello"]


class TestErrors:
    def test_a_body_that_does_not_compile_stops_all_before_anybody_gets_any(
        self, linked_user: Any
    ) -> None:
        message = template({"en": "Hello", "de": "{% if %}", "pt-br": "{{ a b }}"})
        for send in (
            lambda: outbox.send(linked_user, message),
            lambda: outbox.send_bulk([linked_user], message),
        ):
            with pytest.raises(InvalidMessage) as caught:
                send()
            paths = [problem.path for problem in caught.value.problems]
            assert paths == ["variants.de.text", "variants.pt-br.text"]
        assert not OutboxMessage.objects.exists()

    def test_one_that_nobody_can_get_is_not_looked_at(
        self, settings: Any, linked_user: Any
    ) -> None:
        settings.JOINCHAT_TEMPLATES = {}
        assert sent(linked_user, template({"en": "Hello", "de": "{% if %}"})) == "Hello"
