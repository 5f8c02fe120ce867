from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from joinchat_django import conf
from joinchat_django.delivery.sweep import deliver_due

#: Seconds between two looks at an idle outbox.
IDLE_SECONDS = 1.0


class Command(BaseCommand):
    """``manage.py joinchat_worker``: delivers what is due."""

    help = "Deliver queued Messenger messages, until stopped or (--once) until nothing is due."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop when nothing is due")
        parser.add_argument(
            "--bot", action="append", metavar="ALIAS", help="only this bot; may be given again"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for alias in options["bot"] or ():
            try:
                conf.bot(alias)
            except conf.UnknownBot as error:
                raise CommandError(str(error)) from error
        stop = threading.Event()
        with _signals_set(stop):
            self._work(stop, options)

    def _work(self, stop: threading.Event, options: dict[str, Any]) -> None:
        while not stop.is_set():
            done = deliver_due(bots=options["bot"], stopped=stop.is_set)
            if done or options["once"]:
                counts = ", ".join(f"{count} {status}" for status, count in sorted(done.items()))
                self.stdout.write(counts or "Nothing is due.")
            if options["once"]:
                return
            if not done:
                stop.wait(IDLE_SECONDS)
            close_old_connections()


@contextmanager
def _signals_set(stop: threading.Event) -> Iterator[None]:
    """Set the event at SIGTERM and SIGINT, so that the message in hand is finished first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda *_: stop.set()) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
