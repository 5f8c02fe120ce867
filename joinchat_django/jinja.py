"""JoinChat's part of a page as plain functions: what the template tag and the filter are, too.

For Jinja2, in the function that the backend's option ``environment`` names::

    env.globals.update(joinchat_sdk=joinchat_sdk, joinchat_linked=joinchat_linked)

Each takes a bot's alias, where a site has several.
"""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from joinchat_django import conf, linking


def joinchat_sdk(bot: str = "default", nonce: object = "") -> SafeString:
    """Load the SDK that draws *Send to Messenger*, and the script that saves what it hands over.

    Writes two script elements and nothing that differs between visitors, so the page can be
    cached. ``nonce`` is for a Content-Security-Policy that asks for one. A page is for one bot: of
    two tags, the last counts. Raises ``ImproperlyConfigured`` for a bot without ``SDK_KEY``.
    """
    settings = conf.bot(bot)
    # Django's csp_nonce and django-csp's are made when first read, and are false until then.
    nonce = "" if nonce is None else str(nonce)
    guard = format_html(' nonce="{}"', nonce) if nonce else ""
    return format_html(
        '<script src="{}" data-joinchat-bot="{}" data-joinchat-save-url="{}"'
        ' data-joinchat-csrf-url="{}"{}></script>\n<script src="{}"{}></script>',
        static("joinchat_django/joinchat.js"),
        bot,
        reverse("joinchat:save-uuid"),
        reverse("joinchat:csrf-token"),
        guard,
        settings.sdk_script(),
        guard,
    )


def joinchat_linked(user: Any, bot: str = "default") -> bool:
    """Tell whether messages to a user would arrive: they have an active link to the bot.

    One query; none for an anonymous visitor, who is False. A page that asks differs between users,
    so no cache may keep it for all. An async view asks :func:`.linking.acurrent_link` and hands
    the answer to the template. Raises ``UnknownBot``.
    """
    conf.bot(bot)
    return linking.current_link(user, bot) is not None
