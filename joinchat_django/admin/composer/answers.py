"""What the script in the page gets for the form that it submits."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from .composer import MessageComposer
from .testing import send_test


def composed(request: HttpRequest) -> dict[str, Any]:
    """Return the composer anew: its HTML, what to go on with, and how much is wrong."""
    composer = _composer(request)
    context = {"composer": composer, "offer_test": request.POST.get("offer_test") == "1"}
    return {
        "html": render_to_string(
            "admin/joinchat_django/composer/inner.html", context, request=request
        ),
        "focus": composer.focus,
        "errors": composer.errors,
    }


def tried(request: HttpRequest) -> dict[str, Any]:
    """Send the message to the visitor, and return what became of it."""
    found = send_test(request, _composer(request))
    return {"sent": found.is_sent, "text": found.text}


def _composer(request: HttpRequest) -> MessageComposer:
    """Return the composer that was submitted, which stands at the page's own prefix."""
    prefix = request.POST.get("composer_prefix", "composer")[:40]
    return MessageComposer(request.POST, prefix=prefix if prefix.isidentifier() else "composer")
