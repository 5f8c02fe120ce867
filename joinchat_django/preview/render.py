"""From a message to HTML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.template import Context, Engine
from django.utils.safestring import SafeString

from . import content
from .values import pretty_json

# An engine of our own: whatever a site sets for its templates does not matter here.
_engine = Engine(
    dirs=[str(Path(__file__).resolve().parent.parent / "templates")],
    libraries={"i18n": "django.templatetags.i18n"},
)
_CONTENT_OF = {
    "text": content.of_text,
    "button": content.of_button,
    "generic": content.of_generic,
    "list": content.of_list,
    "receipt": content.of_receipt,
}


def render_message(message: Mapping[str, Any]) -> SafeString:
    """Return the HTML of a message given in the contract's JSON form (with ``template_type``).

    It never raises: what is missing or of the wrong type is not shown, and a message of unknown
    type is shown as JSON. Every value is escaped. An address becomes a link or a picture only if
    it is http or https; any other is shown as text. The class names start with ``jc-``; the
    styles are in the static file ``joinchat_django/preview.css``.

    A postback button does nothing. Whoever wants it to finds what it stands for in its attributes
    ``data-jc-block`` and ``data-jc-flow``, or ``data-jc-payload`` where it runs neither.
    """
    kind = message.get("template_type") if isinstance(message, Mapping) else None
    if isinstance(kind, str) and kind in _CONTENT_OF:
        template, context = kind, _CONTENT_OF[kind](message)
    else:
        template, context = "unknown", {"json": pretty_json(message)}
    return _engine.get_template(f"joinchat_django/preview/{template}.html").render(
        Context(context, autoescape=True)
    )
