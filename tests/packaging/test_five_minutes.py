"""With the wheel alone, in an empty environment and a new site, the README's steps work."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape

import pytest
import requests
from packaging.requirements import Requirement

from tests.api.examples import FULL
from tests.delivery.dispatchers.services import answers
from tests.programs import skip_or_fail
from tests.readme.blocks import block, section
from tests.servers import free_port
from tests.waiting import wait_until

from .distributions import PACKAGE, Distributions
from .newcomer import Newcomer, canonical, steps

pytestmark = pytest.mark.processes

#: The site's own page, on which the README's tag has its place.
PAGE = """
from django.views.generic import TemplateView

urlpatterns += [path("", TemplateView.as_view(template_name="page.html"))]
"""

#: A site whose staff have written the README's template, and what becomes of all kinds of messages.
SEND = """
import json
from django.contrib.auth import get_user_model
from joinchat_django import outbox
from joinchat_django.api import message_from_dict
from joinchat_django.models import MessageTemplate, OutboxMessage

body = json.loads({body!r})
MessageTemplate.objects.create(slug="order-receipt", name="Receipt", body=body)
user = get_user_model().objects.get()
user.first_name = "Lin"  # as the receipt has it
user.save()
exec({readme!r})
for message in json.loads({messages!r}):
    outbox.send(user, message_from_dict(message))
rows = OutboxMessage.objects.order_by("pk")
print(json.dumps([[row.template_type, row.status, row.last_error] for row in rows]))
"""


class Visitor(requests.Session):
    """A browser, at a site or at the sandbox."""

    def __init__(self, site: str) -> None:
        super().__init__()
        self.trust_env = False
        self.site = site

    def open(self, path: str) -> str:
        """Return a page's source."""
        return self._read(self.get(self.site + path, timeout=30))

    def submit(self, path: str, token: str, **fields: str) -> str:
        """Post a form, and return what comes of it."""
        form = {"csrfmiddlewaretoken": token, **fields}
        return self._read(self.post(self.site + path, data=form, timeout=30))

    @staticmethod
    def _read(response: requests.Response) -> str:
        assert response.ok, response.text
        return response.text


def attribute(name: str, page: str) -> str:
    """Return the value of an attribute that is in a page once."""
    [value] = re.findall(rf'{name}="([^"]*)"', page)
    return unescape(value)


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory, distributions: Distributions) -> Newcomer:
    """Somebody who has a new site, and has followed *Install it in your site*."""
    newcomer = Newcomer(tmp_path_factory.mktemp("newcomer"), distributions)
    install, *configure = steps("## Install it in your site")
    newcomer.do(install)
    newcomer.run("django-admin startproject mysite .")
    newcomer.environment["PYTHONWARNINGS"] = "error"
    for step in configure:
        newcomer.do(step)
    return newcomer


def test_nothing_is_there_but_the_wheel_and_what_it_requires(newcomer: Newcomer) -> None:
    installed = newcomer.packages()
    required: set[str] = set()
    ahead = ["joinchat-django"]
    while ahead:
        required.add(name := ahead.pop())
        for requirement in map(Requirement, installed[name].get("requires_dist", [])):
            if not requirement.marker or requirement.marker.evaluate({"extra": ""}):
                ahead += {canonical(requirement.name)} - required
    # Before Python 3.12 an environment has setuptools from the start, too.
    assert set(installed) - {"pip", "setuptools"} == required
    assert {"django", "requests"} < required


def test_a_new_site_has_neither_complaints_nor_migrations_to_make(newcomer: Newcomer) -> None:
    silent = "System check identified no issues (0 silenced).\n"
    assert newcomer.run("python manage.py check") == silent
    assert newcomer.run("python manage.py makemigrations --check") == "No changes detected\n"


@pytest.fixture
def site(newcomer: Newcomer) -> Iterator[Visitor]:
    """The site at work, with the tag on a page of its own."""
    mysite = newcomer.site / "mysite"
    with (mysite / "settings.py").open("a") as settings, (mysite / "urls.py").open("a") as urls:
        settings.write('TEMPLATES[0]["DIRS"] = [BASE_DIR / "templates"]\n')
        urls.write(PAGE)
    (newcomer.site / "templates").mkdir()
    (newcomer.site / "templates" / "page.html").write_text(block("html", "{% joinchat_sdk %}"))
    port = free_port()
    with newcomer.running(f"python manage.py runserver --noreload 127.0.0.1:{port}"):
        wait_until(lambda: answers(port))
        with Visitor(f"http://127.0.0.1:{port}") as visitor:  # A server waits for who is connected.
            yield visitor


@pytest.fixture
def sandbox(newcomer: Newcomer) -> Iterator[Visitor]:
    """The sandbox, run beside the site as the README says, and read at the address it names."""
    text = section("## Install it in your site")
    [command] = re.findall(r"`(python manage\.py joinchat_sandbox)`", text)
    [inbox] = re.findall(r"Its inbox is at\s(http://127\.0\.0\.1:\d+)/\.", text)
    port = int(inbox.rpartition(":")[2])
    if answers(port):
        skip_or_fail(f"The sandbox of the README needs port {port}, which is taken.")
    with newcomer.running(command):
        wait_until(lambda: answers(port))
        with Visitor(inbox) as visitor:
            yield visitor


def test_a_first_message_arrives_and_then_a_user_is_linked_and_gets_each_kind(
    newcomer: Newcomer, site: Visitor, sandbox: Visitor
) -> None:
    text = section("## Install it in your site")
    [first] = re.findall(r"`(python manage\.py joinchat_send [^`]*)`", text)
    assert newcomer.run(first) == "Message 1 is sent.\n"
    assert "Hello" in sandbox.open("/?to=uuid:me")

    newcomer.environment |= {
        "DJANGO_SUPERUSER_USERNAME": "lin",
        "DJANGO_SUPERUSER_EMAIL": "lin@example.com",
        "DJANGO_SUPERUSER_PASSWORD": "lin",
    }
    newcomer.run("python manage.py createsuperuser --noinput")
    login = "/admin/login/?next=/admin/"
    token = attribute('name="csrfmiddlewaretoken" value', site.open(login))
    assert "Site administration" in site.submit(login, token, username="lin", password="lin")

    page = site.open("/")
    assert attribute("src", page.splitlines()[-1]).startswith(f"{sandbox.site}/js/")
    token = json.loads(site.open(attribute("data-joinchat-csrf-url", page)))["csrfToken"]
    linked = site.submit(attribute("data-joinchat-save-url", page), token, uuid="uuid-of-lin")
    assert json.loads(linked) == {"linked": True}

    sent = newcomer.python(
        SEND.format(
            body=block("json", "template_type"),
            readme=block("python", "outbox.send(user, Text("),
            messages=json.dumps([message.to_dict() for message in FULL.values()]),
        )
    )
    kinds = [kind for kind, *_ in sent]
    assert kinds == ["text", "text", "button", "text", "text", "receipt", "text", *FULL]
    assert [row for row in sent if row[1:] != ["sent", ""]] == []

    outbox = site.open(f"/admin/{PACKAGE}/outboxmessage/")
    shown = re.findall(r'<span class="joinchat-status [^"]*">([^<]*)</span>', outbox)
    assert shown == ["sent"] * len(sent)

    inbox = sandbox.open("/?to=uuid:uuid-of-lin")
    assert len(re.findall('class="jc-box-entry"', inbox)) == len(sent) - 2
    assert "jc-box-refused" not in inbox
    assert "Your parcel has left us." in unescape(inbox)
    assert "Hello" in sandbox.open("/?to=email:lin@example.com")
