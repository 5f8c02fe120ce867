"""Every page that the app has in the admin, each with the rows that it needs.

A function here prepares one page and opens it. A page that is added to the app has to be added
here too: ``test_every_page.py`` compares these with the admin's addresses.
"""

from __future__ import annotations

from joinchat_django.models import Broadcast

from . import rows
from .content import LONG_ERROR, MESSAGES
from .page_list import APP, PAGES, Staff, go, press, shows

__all__ = ["PAGES"]

# The entrance


@shows("index")
def index_with_trouble(staff: Staff) -> None:
    rows.standing_queue()
    go(staff, "index")


@shows("accounts_customer_changelist")
def users_to_send_to(staff: Staff) -> None:
    rows.people()
    go(staff, "accounts_customer_changelist")
    staff.page.locator("#action-toggle").check()
    staff.page.locator("[name=action]").first.select_option("send_messenger_message")


@shows("app_list")
def app_index(staff: Staff) -> None:
    rows.standing_queue()
    go(staff, "app_list", APP)


# Links


@shows(f"{APP}_messengerlink_changelist")
def link_list(staff: Staff) -> None:
    rows.people()
    go(staff, f"{APP}_messengerlink_changelist")


@shows(f"{APP}_messengerlink_add")
def link_add(staff: Staff) -> None:
    go(staff, f"{APP}_messengerlink_add")


@shows(f"{APP}_messengerlink_change")
def link(staff: Staff) -> None:
    link = rows.people()[0].messenger_links.get(bot=rows.SECOND_BOT)
    go(staff, f"{APP}_messengerlink_change", link.pk)


@shows(f"{APP}_messengerlink_delete")
def link_delete(staff: Staff) -> None:
    link = rows.people()[0].messenger_links.get(bot=rows.SECOND_BOT)
    go(staff, f"{APP}_messengerlink_delete", link.pk)


@shows(f"{APP}_messengerlink_history")
def link_history(staff: Staff) -> None:
    link = rows.people()[0].messenger_links.get(bot=rows.SECOND_BOT)
    go(staff, f"{APP}_messengerlink_history", link.pk)


# Templates


@shows(f"{APP}_messagetemplate_changelist")
def template_list(staff: Staff) -> None:
    rows.templates()
    go(staff, f"{APP}_messagetemplate_changelist")


@shows(f"{APP}_messagetemplate_add")
def template_add(staff: Staff) -> None:
    go(staff, f"{APP}_messagetemplate_add")


@shows(f"{APP}_messagetemplate_add")
def template_add_with_errors(staff: Staff) -> None:
    go(staff, f"{APP}_messagetemplate_add")
    press(staff, "Save")


def _template_of(kind: str) -> None:
    def open_form(staff: Staff) -> None:
        go(staff, f"{APP}_messagetemplate_change", rows.template(kind).pk)

    open_form.__name__ = f"template_form_{kind}"
    shows(f"{APP}_messagetemplate_change")(open_form)


for _kind in MESSAGES:
    _template_of(_kind)


@shows(f"{APP}_messagetemplate_delete")
def template_delete(staff: Staff) -> None:
    go(staff, f"{APP}_messagetemplate_delete", rows.template().pk)


@shows(f"{APP}_messagetemplate_history")
def template_history(staff: Staff) -> None:
    go(staff, f"{APP}_messagetemplate_history", rows.template().pk)


# The outbox


@shows(f"{APP}_outboxmessage_changelist")
def outbox_list(staff: Staff) -> None:
    rows.outbox()
    rows.bots()
    go(staff, f"{APP}_outboxmessage_changelist")


@shows(f"{APP}_outboxmessage_changelist")
def outbox_empty(staff: Staff) -> None:
    go(staff, f"{APP}_outboxmessage_changelist")


@shows(f"{APP}_outboxmessage_change")
def outbox_failed(staff: Staff) -> None:
    go(staff, f"{APP}_outboxmessage_change", rows.failed_message().pk)


@shows(f"{APP}_outboxmessage_change")
def outbox_sent(staff: Staff) -> None:
    go(staff, f"{APP}_outboxmessage_change", rows.message(kind="generic").pk)


@shows(f"{APP}_outboxmessage_change")
def outbox_uncertain(staff: Staff) -> None:
    row = rows.message(rows.Status.UNCERTAIN, "list", last_error=LONG_ERROR)
    go(staff, f"{APP}_outboxmessage_change", row.pk)


@shows(f"{APP}_outboxmessage_retry")
def outbox_retry(staff: Staff) -> None:
    outbox_uncertain(staff)
    press(staff, "Try again")


@shows(f"{APP}_outboxmessage_history")
def outbox_history(staff: Staff) -> None:
    go(staff, f"{APP}_outboxmessage_history", rows.message().pk)


# Bots


@shows(f"{APP}_botstate_changelist")
def bot_list(staff: Staff) -> None:
    rows.standing_queue()
    go(staff, f"{APP}_botstate_changelist")


@shows(f"{APP}_botstate_change")
def bot_paused(staff: Staff) -> None:
    rows.standing_queue()
    go(staff, f"{APP}_botstate_change", "default")


@shows(f"{APP}_botstate_history")
def bot_history(staff: Staff) -> None:
    rows.bots()
    go(staff, f"{APP}_botstate_history", "default")


@shows(f"{APP}_botstate_change")
def bot_that_sends(staff: Staff) -> None:
    go(staff, f"{APP}_botstate_change", rows.SECOND_BOT)


@shows(f"{APP}_botstate_check")
def bot_check(staff: Staff) -> None:
    go(staff, f"{APP}_botstate_change", rows.SECOND_BOT)
    press(staff, "Check connection")


# Triggers


@shows(f"{APP}_triggerstate_changelist")
def trigger_list(staff: Staff) -> None:
    rows.triggers()
    go(staff, f"{APP}_triggerstate_changelist")


# Broadcasts


@shows(f"{APP}_broadcast_changelist")
def broadcast_list(staff: Staff) -> None:
    rows.a_broadcast_in_each_status(staff.user)
    go(staff, f"{APP}_broadcast_changelist")


@shows(f"{APP}_broadcast_compose")
def broadcast_compose(staff: Staff) -> None:
    rows.templates()
    go(staff, f"{APP}_broadcast_compose", rows.draft(staff.user).pk)


@shows(f"{APP}_broadcast_compose")
def broadcast_compose_with_errors(staff: Staff) -> None:
    go(staff, f"{APP}_broadcast_compose", rows.draft(staff.user).pk)
    press(staff, "Continue")


@shows(f"{APP}_broadcast_review")
def broadcast_review(staff: Staff) -> None:
    go(staff, f"{APP}_broadcast_review", rows.draft(staff.user, "generic").pk)


def _broadcast_that_is(status: str) -> None:
    def open_page(staff: Staff) -> None:
        go(staff, f"{APP}_broadcast_change", rows.broadcast(status).pk)

    open_page.__name__ = f"broadcast_{status}"
    shows(f"{APP}_broadcast_change")(open_page)


for _status in Broadcast.Status:
    if _status != Broadcast.Status.DRAFT:
        _broadcast_that_is(_status)


@shows(f"{APP}_broadcast_delete")
def broadcast_delete(staff: Staff) -> None:
    go(staff, f"{APP}_broadcast_delete", rows.broadcast(Broadcast.Status.FINISHED).pk)


@shows(f"{APP}_broadcast_history")
def broadcast_history(staff: Staff) -> None:
    go(staff, f"{APP}_broadcast_history", rows.broadcast().pk)
