"""``{% load joinchat %}``: JoinChat's part of a page.

``{% joinchat_sdk %}`` and ``{% if user|joinchat_linked %}``, both with a bot if need be:
``{% joinchat_sdk "second" %}``, ``{% if user|joinchat_linked:"second" %}``. For the account page,
``{% joinchat_connection %}``.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from joinchat_django import conf, linking
from joinchat_django.jinja import joinchat_linked, joinchat_sdk

register = template.Library()
register.simple_tag(joinchat_sdk)
register.filter(joinchat_linked)


@register.inclusion_tag("joinchat_django/connection.html", takes_context=True)
def joinchat_connection(context: Context, bot: str = "default", next: str = "") -> dict[str, Any]:  # noqa: A002
    """Tell the signed-in user how they stand with a bot, with a button to disconnect.

    Writes nothing for an anonymous visitor. Afterwards the button leads to ``next``, an address of
    this site, else back to the page. The page has to be rendered with its request. Raises
    ``UnknownBot``.
    """
    conf.bot(bot)
    request = getattr(context, "request", None) or context.get("request")
    user = getattr(request, "user", None)
    is_signed_in = getattr(user, "is_authenticated", False)
    link = linking.current_link(user, bot) if is_signed_in else None
    return {"is_signed_in": is_signed_in, "link": link, "bot": bot, "next": next}
