"""What pages talk to: a CSRF token, and the places to save a uuid at and to disconnect at."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.urls import get_script_prefix
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect, ensure_csrf_cookie
from django.views.decorators.http import require_safe

from joinchat_django import conf, linking
from joinchat_django.wording import localized

_FETCHED = {
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
}
_SPECULATIVE = ("Sec-Purpose", "X-Sec-Purpose", "Purpose")
#: Asked for by a page that is loaded in parts, and by an ``EventSource``.
_NO_DATA = ("text/html", "text/event-stream")


@login_not_required
@require_safe
@never_cache
@ensure_csrf_cookie
def csrf_token(request: HttpRequest) -> JsonResponse:
    """Answer ``{"csrfToken": …}`` and set the CSRF cookie, so that pages stay cacheable."""
    return JsonResponse({"csrfToken": get_token(request)})


@login_not_required
@never_cache
@csrf_protect
def save_uuid(request: HttpRequest) -> JsonResponse:
    """Tie the ``uuid`` of the form to the signed-in user, for the ``bot`` of the form.

    Answers ``{"linked": true}``, or ``{"linked": false, "pending": true}`` for an anonymous
    visitor, whose uuid then waits in their session. A bad uuid or an unknown bot is a 400 with
    ``{"error": …}``. GET is refused unless ``JOINCHAT_LINKING["ACCEPT_GET"]`` is set and the
    request's headers prove that a script of this very site sent it.
    """
    if request.method == "POST":
        fields = request.POST
    elif request.method != "GET":
        return _refuse(405, _("Send the uuid by POST."))
    elif not conf.linking().accept_get:
        return _refuse(
            405,
            _(
                "A uuid is saved by POST with a CSRF token, as {% joinchat_sdk %} does. To keep a "
                "snippet that uses GET, set JOINCHAT_LINKING['ACCEPT_GET'] to True."
            ),
        )
    elif not is_scripted(request):
        return _refuse(
            403,
            _(
                "This GET was not sent by a script of this site: the browser's Sec-Fetch headers "
                "do not say so. Use {% joinchat_sdk %}, which saves by POST."
            ),
        )
    else:
        fields = request.GET
    return _save(request, fields.get("uuid"), fields.get("bot") or "default")


@login_not_required
@never_cache
@csrf_protect
def unlink(request: HttpRequest) -> HttpResponse:
    """Switch off the signed-in user's links to the ``bot`` of the form. By POST alone.

    For an anonymous visitor the uuid that waits in their session is dropped; if none does, they
    are asked to sign in, for it may be an account's link that they mean.

    A script that accepts ``application/json`` rather than HTML is answered ``{"unlinked": 1}``, the
    number of links, or with ``{"error": …}``: 403 for a visitor who has to sign in. A form is led
    to its ``next``, else to the page that it stood on, on this site alone. An unknown bot is a 400.
    """
    if request.method != "POST":
        return _refuse(405, _("Disconnect by POST with a CSRF token, as a form does."))
    bot = request.POST.get("bot") or "default"
    wants_json = _prefers_json(request)
    try:
        if request.user.is_authenticated:
            unlinked = linking.unlink(request.user, bot)
        else:
            conf.bot(bot)
            unlinked = 0
            if not linking.forget(request.session, bot):
                if wants_json:
                    return _refuse(403, _("Sign in first, then disconnect."))
                return redirect_to_login(_next_page(request))
    except conf.UnknownBot:
        return _refuse(400, _("There is no such bot on this site."))
    if wants_json:
        return JsonResponse({"unlinked": unlinked})
    return HttpResponseRedirect(_next_page(request))


def _prefers_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def _next_page(request: HttpRequest) -> str:
    """Return where a form leads: an address of this site, whatever it asks for."""
    for url in (request.POST.get("next"), request.headers.get("Referer")):
        if url and url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        ):
            return url
    return get_script_prefix()


def is_scripted(request: HttpRequest) -> bool:
    """Tell whether a GET came from a script of this site that asked for data.

    True for same-origin ``fetch`` and ``XMLHttpRequest``. A navigation, an image, a prefetch, a
    preload, a link that a script library follows or another site's request is False.

    Whoever fetches for a script of this site looks like it: a service worker that fetches a
    navigation by its address, and Firefox's ``<link rel=preload as=fetch crossorigin>``.
    """
    headers = request.headers
    return (
        all(headers.get(name) == value for name, value in _FETCHED.items())
        and not any(name in headers for name in _SPECULATIVE)
        and not any(name.upper().startswith("HX-") for name in headers)
        # A script's GET of its own site has none; Chromium's <link rel=preload crossorigin> does.
        and "Origin" not in headers
        and not any(kind in headers.get("Accept", "").lower() for kind in _NO_DATA)
    )


def _save(request: HttpRequest, uuid: str | None, bot: str) -> JsonResponse:
    try:
        if request.user.is_authenticated:
            linking.link(request.user, linking.check_uuid(uuid), bot)
            return JsonResponse({"linked": True})
        linking.remember(request.session, linking.check_uuid(uuid), bot)
    except linking.InvalidUUID as error:
        return _refuse(400, localized(error.reason))
    except conf.UnknownBot:
        return _refuse(400, _("There is no such bot on this site."))
    return JsonResponse({"linked": False, "pending": True})


def _refuse(status: int, error: str) -> JsonResponse:
    headers = {"Allow": "POST"} if status == 405 else {}
    return JsonResponse({"error": error}, status=status, headers=headers)
