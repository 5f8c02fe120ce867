"""Rows for pages to show: what staff of a busy shop have before them, and what is hard to show.

Each function writes a few rows and returns what a page needs of them.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.dispatch import Signal
from django.utils import timezone

from joinchat_django import broadcasts
from joinchat_django import triggers as site_triggers
from joinchat_django.models import (
    BotState,
    Broadcast,
    BroadcastChunk,
    DeliveryAttempt,
    MessageTemplate,
    MessengerLink,
    OutboxMessage,
    TriggerState,
)

from .content import ENDLESS, LONG_ERROR, MESSAGES

Status = OutboxMessage.Status

#: A second bot, whose alias is as long as the column.
SECOND_BOT = "the-second-bot-of-a-shop-that-likes-to-call-things-by-long-names"

#: What triggers wait for here; nobody sends them.
order_placed, parcel_left = Signal(), Signal()

PEOPLE = (
    ("tom", 'Tom & "Jerry"', "<b>Bold</b>"),
    ("mei", "小琳", "陳 🍵"),
    (
        "frieda",
        "Maximiliane-Friederike Wilhelmine",
        "Freiin von und zu Rabenstein-Katzenellenbogen",
    ),
    (f"{ENDLESS}@mail.{ENDLESS[:50]}.example", "", ""),
    ("layla", "ليلى", "🧑🏽‍🚀👩‍👩‍👧‍👦"),
)


def people() -> list[Any]:
    """Five customers, all but the last linked, the first of them to both bots."""
    users = get_user_model()
    found = []
    for username, first, last in PEOPLE:
        user = users.objects.create_user(username=username, first_name=first, last_name=last)
        found.append(user)
    for user in found[:-1]:
        MessengerLink.objects.create(user=user, uuid=f"6f1c-{user.username}")
    MessengerLink.objects.create(user=found[0], uuid=ENDLESS * 3, bot=SECOND_BOT, is_active=False)
    return found


def template(kind: str = "receipt") -> MessageTemplate:
    """A template of one type, with sample data and a second language where that is plain."""
    body = json.loads(json.dumps(MESSAGES[kind]))
    variants: dict[str, Any] = {}
    if kind == "text":
        body["text"] = "Hello {{ user.first_name }}, {{ order.number }} is on its way. 🚚"
        variants["zh-hant"] = {**body, "text": "{{ user.first_name }}，{{ order.number }} 已寄出。"}
    if kind == "receipt":
        line = body["elements"][0]
        body["elements"] = [{"$each": "order.lines as line", **line, "title": "{{ line.name }}"}]
        body["order_number"] = "{{ order.number }}"
    lines = [{"name": "Orchard honey <i>1</i>"}, {"name": "烏龍茶 🍵"}]
    return MessageTemplate.objects.create(
        slug=f"a-{kind}",
        name=f"A {kind} for <b>everybody</b> 給大家 🎉",
        language="en",
        body=body,
        variants=variants,
        sample={"order": {"number": "A-17", "lines": lines}, "user": {"first_name": "<b>小琳</b>"}},
        tag="PAYMENT_UPDATE" if kind == "receipt" else "",
        is_promotional=kind == "generic",
        delay=3 if kind == "button" else None,
    )


def templates() -> list[MessageTemplate]:
    """A template of each type."""
    return [template(kind) for kind in MESSAGES]


def message(status: str = Status.SENT, kind: str = "text", **more: Any) -> OutboxMessage:
    """A row of the outbox: :mod:`joinchat_django.outbox` writes no such past."""
    now = timezone.now()
    open_ = status in (Status.QUEUED, Status.SENDING)
    values: dict[str, Any] = {
        "status": status,
        "recipient_kind": "uuid",
        "recipient_value": "6f1c8a52-13c7-4f0e-9d0b-5b8f1f6f2f3e",
        "content": json.dumps(MESSAGES[kind], ensure_ascii=False),
        "template_type": kind,
        "trigger": "shop.joinchat.order_receipt",
        "group": "broadcast-1",
        "created_at": now - timedelta(hours=5),
        "send_at": now - timedelta(hours=4),
        "settled_at": None if open_ else now - timedelta(hours=3),
    }
    return OutboxMessage.objects.create(**{**values, **more})


def failed_message(requested_by: Any = None) -> OutboxMessage:
    """A message that was given up after three attempts, about which everything is known."""
    now = timezone.now()
    answer = '{"error": "<script>alert(1)</script>", "trace": "' + ENDLESS * 4 + '"}'
    row = message(
        Status.FAILED,
        "receipt",
        recipient_value=ENDLESS,
        trigger=f"shop.joinchat.a_trigger_with_a_name_like_{ENDLESS}",
        user=people()[0],
        template=template(),
        requested_by=requested_by,
        tag="PAYMENT_UPDATE",
        delay=3,
        idempotency_key=f"receipt-{ENDLESS}",
        attempts=3,
        last_status=400,
        last_error=LONG_ERROR,
        answer=answer,
        expires_at=now + timedelta(days=1),
    )
    for number, (outcome, status) in enumerate(
        [(Status.QUEUED, None), (Status.QUEUED, 503), (Status.FAILED, 400)], start=1
    ):
        DeliveryAttempt.objects.create(
            message=row,
            number=number,
            made_at=now - timedelta(hours=4 - number),
            outcome=outcome,
            http_status=status,
            error=LONG_ERROR if status else "The name joinchat.ai could not be resolved.",
            answer=answer if status else "",
        )
    return row


def outbox() -> list[OutboxMessage]:
    """A message in each status and of each type, over both bots, spread over the last days."""
    users, kinds = people(), list(MESSAGES)
    used, now = template(), timezone.now()
    rows = []
    for number, status in enumerate(list(Status) * 3):
        age = timedelta(days=number % 9, minutes=number)
        settled = None if status in (Status.QUEUED, Status.SENDING) else now - age
        rows.append(
            message(
                status,
                kinds[number % len(kinds)],
                user=users[number % len(users)] if number % 4 else None,
                template=used if number % 3 else None,
                bot="default" if number % 5 else SECOND_BOT,
                trigger=f"shop.joinchat.{ENDLESS}" if number % 7 == 2 else "shop.joinchat.news",
                created_at=now - age - timedelta(minutes=2),
                send_at=now + timedelta(hours=1) if number % 2 else now - age,
                settled_at=settled,
                last_error=LONG_ERROR if status in (Status.FAILED, Status.UNCERTAIN) else "",
            )
        )
    return rows


def bots() -> None:
    """Two bots: the first is paused until somebody resumes it, the second until later."""
    BotState.objects.create(bot="default", is_paused=True, pauses=2, reason=LONG_ERROR)
    later = timezone.now() + timedelta(minutes=20)
    BotState.objects.create(
        bot=SECOND_BOT, is_paused=True, paused_until=later, pauses=1, reason="HTTP 429: too fast."
    )


def standing_queue() -> None:
    """Messages that have been waiting for hours, and a bot that is paused."""
    bots()
    for _ in range(3):
        message(Status.QUEUED)


def triggers() -> None:
    """Triggers: one that works, one that fails, one that is off, one that the code has no more."""
    works, fails, off = "shop.joinchat.order_receipt", f"shop.joinchat.{ENDLESS}", "shop.welcome"

    def order_receipt(sender: Any, **kwargs: Any) -> None:
        """Send the receipt & a <b>thank-you</b> 謝謝 once an order is placed."""

    for name in (works, fails, off):
        site_triggers.on(order_placed, name=name)(order_receipt)
    site_triggers.on(parcel_left, sender=get_user_model(), name=fails)(order_receipt)

    now = timezone.now()
    TriggerState.objects.create(name=works, fired=48213, skipped=120, last_fired_at=now)
    TriggerState.objects.create(
        name=fails,
        fired=3,
        failed=2,
        last_fired_at=now,
        last_failed_at=now,
        last_error=f"KeyError: '<b>{ENDLESS}</b>'\n{LONG_ERROR}",
    )
    TriggerState.objects.create(name=off, is_active=False)
    TriggerState.objects.create(name="shop.joinchat.of_last_year", fired=1, last_fired_at=now)


def draft(requested_by: Any, kind: str = "") -> Broadcast:
    """A selection of all customers, with a message of this type if one is named."""
    people()
    found = broadcasts.draft(get_user_model().objects.all(), requested_by=requested_by)
    if kind:
        found.body, found.is_promotional = MESSAGES[kind], kind == "generic"
        found.variants = {"zh-hant": MESSAGES["text"]}
        found.title = f"<b>Spring</b> news 春天 🌸 to all of our customers, and {ENDLESS}"
        found.save()
    return found


def broadcast(status: str = Broadcast.Status.RUNNING, **more: Any) -> Broadcast:
    """A broadcast to all customers that was started, with messages in the outbox."""
    users = people()
    now = timezone.now()
    ended = status in (Broadcast.Status.FINISHED, Broadcast.Status.CANCELLED)
    values: dict[str, Any] = {
        "title": f"<b>Spring</b> news 春天 🌸 to all of our customers, and {ENDLESS}",
        "status": status,
        "model": get_user_model()._meta.label_lower,
        "reach": {
            "default": {"reached": 48213, "not_linked": 1204, "switched_off": 17, "repeated": 3},
            SECOND_BOT: {"reached": 12, "other_bot": 49000, "no_user": 5},
        },
        "body": MESSAGES["generic"],
        "language": "en",
        "variants": {"zh-hant": MESSAGES["text"]},
        "is_promotional": True,
        "selected": 3 * len(users),
        "chunks": 3,
        "errors": [[str(users[0].pk), LONG_ERROR]],
        "requested_by": users[2],
        "started_at": now - timedelta(minutes=7),
        "finished_at": now if ended else None,
        "chunks_queued": 3 if ended else 1,
        "queued": 9,
        "not_linked": 2,
        "failed": 1,
    }
    if status == Broadcast.Status.PAUSED:
        values["reason"] = LONG_ERROR
    found = Broadcast.objects.create(**{**values, **more})
    keys = [str(user.pk) for user in users]
    for number in range(3):
        BroadcastChunk.objects.create(broadcast=found, number=number, members=keys)
    for state in [*Status, Status.SENT, Status.SENT]:
        if not ended or state not in (Status.QUEUED, Status.SENDING):
            message(state, "generic", group=found.group, trigger="", user=users[0])
    return found


def a_broadcast_in_each_status(requested_by: Any) -> None:
    """Broadcasts of several people; the draft is this one's."""
    first = broadcast()
    for status in Broadcast.Status:
        if status != first.status:
            copy = Broadcast.objects.get(pk=first.pk)
            copy.pk, copy.status, copy.requested_by = None, status, requested_by
            copy.save()
