"""The tags as functions, in Django's own backend for Jinja2, set up as the README does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import django
import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template, engines
from django.test import RequestFactory

from joinchat_django.conf import UnknownBot

from .readme.blocks import block

MODULE = "tests.environment_of_the_readme"


@pytest.fixture
def jinja(settings: Any, tmp_path: Path) -> Iterator[Any]:
    """Render a template by its text, with values."""
    module = ModuleType(MODULE)
    exec(block("python", "from jinja2 import"), vars(module))
    sys.modules[MODULE] = module
    processors = ["django.template.context_processors.csp"] if django.VERSION >= (6,) else []
    backend = {
        "NAME": "jinja2",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [tmp_path],
        "OPTIONS": {"environment": f"{MODULE}.environment", "context_processors": processors},
    }
    settings.TEMPLATES = [*settings.TEMPLATES, backend]

    def render(text: str, request: Any = None, **values: Any) -> str:
        (tmp_path / "page.html").write_text(text)
        template = engines["jinja2"].get_template("page.html")
        return str(template.render(values, request or RequestFactory().get("/")))

    yield render
    del sys.modules[MODULE]


@pytest.fixture
def second_bot(settings: Any) -> None:
    second = {**settings.JOINCHAT["default"], "PAGE_ID": 2, "SDK_KEY": "5ec0"}
    settings.JOINCHAT = {**settings.JOINCHAT, "second": second}


@pytest.mark.parametrize(
    ("function", "tag"),
    [
        ("joinchat_sdk()", "joinchat_sdk"),
        ("joinchat_sdk('second')", "joinchat_sdk 'second'"),
        ("joinchat_sdk(bot='second', nonce='a\"b')", "joinchat_sdk bot='second' nonce=nonce"),
    ],
)
def test_the_function_writes_what_the_tag_writes(
    jinja: Any, second_bot: None, function: str, tag: str
) -> None:
    html = jinja(f"{{{{ {function} }}}}")
    assert html == Template(f"{{% load joinchat %}}{{% {tag} %}}").render(Context({"nonce": 'a"b'}))
    assert html.startswith("<script src=")


def test_a_nonce_that_is_not_there_is_none(jinja: Any) -> None:
    assert "nonce" not in jinja("{{ joinchat_sdk(nonce=nowhere) }}")


@pytest.mark.skipif(django.VERSION < (6,), reason="Django 6 has nonces of its own.")
def test_the_nonce_is_that_of_djangos_policy(jinja: Any, settings: Any) -> None:
    from django.middleware.csp import ContentSecurityPolicyMiddleware
    from django.utils.csp import CSP

    def show(request: HttpRequest) -> HttpResponse:
        return HttpResponse(jinja("{{ joinchat_sdk(nonce=csp_nonce) }}", request))

    settings.SECURE_CSP = {"script-src": [CSP.NONCE]}
    response = ContentSecurityPolicyMiddleware(show)(RequestFactory().get("/"))
    nonce = response["Content-Security-Policy"].removeprefix("script-src 'nonce-").removesuffix("'")
    assert response.content.decode().count(f' nonce="{nonce}"></script>') == 2


@pytest.mark.django_db
def test_tells_whether_a_user_is_linked(jinja: Any, linked_user: Any, second_bot: None) -> None:
    text = "{{ joinchat_linked(user) }} {{ joinchat_linked(user, 'second') }}"
    assert jinja(text, user=linked_user) == "True False"
    assert jinja(text, user=AnonymousUser()) == "False False"


def test_an_unknown_bot_is_a_mistake(jinja: Any) -> None:
    with pytest.raises(UnknownBot, match="'shop'"):
        jinja("{{ joinchat_linked(user, 'shop') }}", user=AnonymousUser())
