"""The staff in: links, templates, sending, the outbox and the bots in Django's admin.

Everything registers itself on the default site. There the action "Send a Messenger message…" is
site-wide: it shows on the site's user model too, whoever wrote its ``ModelAdmin``, until
``admin.site.disable_action("send_messenger_message")`` takes it away. On another ``AdminSite``,
register the classes of this package, and put :class:`SendMessageMixin` before the bases of the
user model's ``ModelAdmin``. The same mixin offers the action on any model whose rows name a user.
"""

from __future__ import annotations

from django.contrib import admin

from .bots import BotStateAdmin
from .broadcasts import BroadcastAdmin
from .index_warnings import INDEX_TEMPLATE
from .links import MessengerLinkAdmin
from .outbox import OutboxMessageAdmin
from .sending import SendMessageMixin, is_offered, send_messenger_message
from .templates import MessageTemplateAdmin
from .triggers import TriggerStateAdmin

__all__ = [
    "INDEX_TEMPLATE",
    "BotStateAdmin",
    "BroadcastAdmin",
    "MessageTemplateAdmin",
    "MessengerLinkAdmin",
    "OutboxMessageAdmin",
    "SendMessageMixin",
    "TriggerStateAdmin",
    "send_messenger_message",
]

# Django asks each ModelAdmin whether a site-wide action is allowed there, and its check admin.E129
# wants an answer from all of them. This is the answer of those that do not know us.
admin.ModelAdmin.has_send_messenger_message_permission = is_offered  # type: ignore[attr-defined]
admin.site.add_action(send_messenger_message)
