"""Serves requests: sends each line of its input as a message and answers with the row's status."""

from __future__ import annotations

import sys

import django
from django.conf import settings
from django.core.management import call_command


def answer(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def serve() -> None:
    django.setup()
    if settings.JOINCHAT_DELIVERY["DISPATCHER"] == "celery":
        from .celery import app

        app.set_default()
    from joinchat_django import outbox
    from joinchat_django.api import Recipient, Text

    call_command("migrate", verbosity=0)
    answer("ready")
    for line in sys.stdin:
        row = outbox.send(Recipient(uuid="lin"), Text(line.rstrip("\n")))
        answer(row.status)


if __name__ == "__main__":
    serve()
