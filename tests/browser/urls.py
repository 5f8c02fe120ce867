"""A small site for a browser to visit: a page with the tag, a way to sign in, and ours."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import include, path

from joinchat_django import conf

#: For the scripts of these test pages alone. The tag's own scripts go without.
NONCE = "of-the-page"

PAGE = Template(
    "{% load joinchat %}<!doctype html><title>A page</title>"
    '<link rel="icon" href="data:,">'
    '{% if script %}<script nonce="{{ nonce }}">{{ script|safe }}</script>{% endif %}'
    "{% for bot in bots %}{% joinchat_sdk bot=bot %}{% endfor %}"
)
SIGN_IN = Template(
    "<!doctype html><title>Sign in</title>"
    '<form method="post">{% csrf_token %}{{ form }}<button>Sign in</button></form>'
)

#: How a page may define a callback of its own before the tag.
OWN_CALLBACKS = {
    "let": "let joinchatSendToMessengerCallback = (uuid) => tellTest('own', uuid);",
    "var": "var joinchatSendToMessengerCallback = (uuid) => tellTest('own', uuid);",
    "function": "function joinchatSendToMessengerCallback(uuid) { tellTest('own', uuid); }",
    "window": "window.joinchatSendToMessengerCallback = (uuid) => tellTest('own', uuid);",
    "const": "const joinchatSendToMessengerCallback = (uuid) => tellTest('own', uuid);",
    "failing": "var joinchatSendToMessengerCallback = () => { throw new Error('own fault'); };",
}


def page(request: HttpRequest) -> HttpResponse:
    """Show the tag, once for each ``bot``, under a policy that allows no script in line.

    ``own`` names a callback that the page defines before.
    """
    own = request.GET.get("own")
    context = {
        "bots": request.GET.getlist("bot") or ["default"],
        "script": OWN_CALLBACKS[own] if own else "",
        "nonce": NONCE,
    }
    response = HttpResponse(PAGE.render(RequestContext(request, context)))
    response["Content-Security-Policy"] = policy(f" 'nonce-{NONCE}'" if own else "")
    return response


def policy(nonce: str = "") -> str:
    """Return the strictest policy that the tag and the sandbox's script work under."""
    sdk = urlsplit(conf.bot().sdk_url)
    sandbox = f"{sdk.scheme}://{sdk.netloc}"
    return (
        f"default-src 'none'; img-src data:; connect-src 'self' {sandbox}; base-uri 'none'; "
        f"script-src 'self' {sandbox}{nonce}"
    )


class SignIn(LoginView):
    """A sign-in page that leads to the page with the tag."""

    next_page = "/page"

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        return HttpResponse(SIGN_IN.render(RequestContext(self.request, context)))


urlpatterns = [
    path("page", page),
    path("sign-in", SignIn.as_view()),
    path("joinchat/", include("joinchat_django.urls")),
]
