"""``manage.py joinchat_worker``: delivery in a process of its own."""

from __future__ import annotations

import signal
import threading
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from joinchat_django import conf
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.delivery.worker import work

#: Seconds between two lines about a worker that is busy, on a terminal and elsewhere.
LINE_EVERY = {True: 0.5, False: 30.0}


class Command(BaseCommand):
    """``manage.py joinchat_worker``: delivers what is due.

    Any number may run, on any number of machines. SIGTERM and SIGINT let it finish the calls in
    hand and give back the rest; a second one ends it at once.
    """

    help = "Deliver queued Messenger messages, until stopped or (--once) until nothing is due."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop when nothing is due")
        parser.add_argument(
            "--bot", action="append", metavar="ALIAS", help="only this bot; may be given again"
        )
        parser.add_argument(
            "--concurrency",
            type=_positive,
            metavar="CALLS",
            help="calls that each bot makes at a time, instead of JOINCHAT_DELIVERY's CONCURRENCY",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        report = _Report(self.stdout, is_terminal=self.stdout.isatty())
        chosen = {"bots": options["bot"], "concurrency": options["concurrency"]}
        try:
            for alias in options["bot"] or ():
                conf.bot(alias)
            with _signals_set(stop):
                if options["once"]:
                    if not deliver_due(**chosen, stopped=stop.is_set, progress=report.add):
                        self.stdout.write("Nothing is due.")
                else:
                    work(stop, **chosen, progress=report.add, rested=report.rest)
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        finally:
            report.rest()


class _Report:
    """Says how delivery goes on: a line that keeps changing on a terminal, plain lines elsewhere.

    Each burst of work ends with a plain line of its counts.
    """

    def __init__(self, out: Any, *, is_terminal: bool) -> None:
        self.out = out
        self.is_terminal = is_terminal
        self.counts: Counter[str] = Counter()
        self.begun = self.written = time.monotonic()

    def add(self, settled: Counter[str]) -> None:
        """Take note of what has just been written down."""
        now = time.monotonic()
        if not self.counts:
            self.begun = self.written = now
        self.counts += settled
        if now - self.written >= LINE_EVERY[self.is_terminal]:
            self.written = now
            rate = self.counts.total() / max(now - self.begun, 0.001)
            self._write(f"{_worded(self.counts)} · {rate:,.0f} a second")

    def rest(self) -> None:
        """Say what the burst of work came to, if there was one."""
        if self.counts:
            self._clear()
            self.out.write(_worded(self.counts))
            self.counts = Counter()

    def _write(self, line: str) -> None:
        if self.is_terminal:
            self._clear()
            self.out.write(line, ending="")
            self.out.flush()
        else:
            self.out.write(line)

    def _clear(self) -> None:
        if self.is_terminal:
            self.out.write("\r\x1b[K", ending="")


def _worded(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} {status}" for status, count in sorted(counts.items()))


def _positive(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise ArgumentTypeError("must be a whole number from 1 to 1000")
    return int(text)


@contextmanager
def _signals_set(stop: threading.Event) -> Iterator[None]:
    """Set the event at SIGTERM and SIGINT, so that the calls in hand are finished first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in numbers}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def begin_to_stop(*_args: Any) -> None:
        stop.set()
        restore()

    for number in numbers:
        signal.signal(number, begin_to_stop)
    try:
        yield
    finally:
        restore()
