"""``manage.py joinchat_check``: what works, what waits, and what is wrong."""

from __future__ import annotations

import dataclasses
import json
import math
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder

from joinchat_django.api.connection import ConnectionReport
from joinchat_django.api.transport import public_url
from joinchat_django.delivery.figures import BotFigures
from joinchat_django.management.inspection import BotFindings, Findings, inspect
from joinchat_django.management.wording import count_of, in_words, printable

#: A secret shows its last 4 characters if it has at least so many.
LONG_ENOUGH = 16


class Command(BaseCommand):
    """``manage.py joinchat_check``: prints the set-up, the connections and what waits.

    Ends with status 0 if all is well, also with warnings, and with 1 if there is a problem:
    faulty settings, a server or database that cannot be reached, a bot that a fault has paused,
    messages of a bot that the settings do not name, or a message that has been due for more than
    ``--max-wait`` seconds. No message is sent.

    ``--json`` prints one object; times are in seconds, moments in ISO 8601, None is null:

    * ``ok``; ``problems`` and ``warnings``, lists of sentences
    * ``delivery``: the keys of ``JOINCHAT_DELIVERY`` in small letters, null if they are faulty
    * ``bots``, by alias: ``page_id``, ``secret`` (masked), ``backend`` and ``api_url``, null if the
      settings do not name the bot or are faulty;
      ``connection``, null if there was none to check: ``ok`` and the fields of
      :class:`~joinchat_django.api.connection.ConnectionReport`;
      ``queue``, null if the database cannot be read: ``waiting``, ``retrying``, ``scheduled``,
      ``sending``, ``abandoned``, ``uncertain``, ``oldest_wait`` as in
      :class:`~joinchat_django.delivery.figures.BotFigures`;
      ``pause``, null if there is none: ``until``, ``reason`` and ``is_over``
    """

    help = "Show the set-up, the connection to JoinChat and what waits; status 1 on a problem."
    # Faulty settings are for this command to tell of.
    requires_system_checks: list[str] = []  # noqa: RUF012

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--bot", action="append", metavar="ALIAS", help="only this bot; may be given again"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--max-wait",
            type=_seconds,
            default=900.0,
            metavar="SECONDS",
            help="how long a message may be due before that is a problem (900)",
        )
        parser.add_argument("--no-connection", action="store_true", help="call no server")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = inspect(
            options["bot"], max_wait=options["max_wait"], connect=not options["no_connection"]
        )
        if options["json"]:
            # ASCII alone: what reads it may not know our encoding.
            self.stdout.write(json.dumps(as_json(findings), cls=DjangoJSONEncoder, indent=2))
        else:
            self._print(findings)
        if count := len(findings.problems):
            raise CommandError(f"{count_of(count, 'problem')}.")

    def _print(self, findings: Findings) -> None:
        if findings.delivery:
            rest = dataclasses.asdict(findings.delivery)
            self._line("Dispatcher", rest.pop("dispatcher"))
            self._line("", ", ".join(f"{name} {value}" for name, value in rest.items()))
        for one in findings.bots:
            self._line("", "")
            self.stdout.write(self.style.MIGRATE_HEADING(self._printable(f"Bot {one.alias}")))
            for name, text in _lines(one):
                self._line(name, text)
        for title, sentences, style in (
            ("Problems", findings.problems, self.style.ERROR),
            ("Warnings", findings.warnings, self.style.WARNING),
        ):
            if sentences:
                self.stdout.write(f"\n{title}")
            for sentence in sentences:
                self.stdout.write(style(self._printable(f"- {sentence}")))
        if not findings.problems:
            self.stdout.write(self.style.SUCCESS("\nNo problems."))

    def _line(self, name: str, text: str) -> None:
        self.stdout.write(self._printable(f"  {name:<12}{text}".rstrip()))

    def _printable(self, text: str) -> str:
        return printable(text, self.stdout)


def as_json(findings: Findings) -> dict[str, Any]:
    """Return the object that ``--json`` prints."""
    return {
        "ok": not findings.problems,
        "problems": findings.problems,
        "warnings": findings.warnings,
        "delivery": dataclasses.asdict(findings.delivery) if findings.delivery else None,
        "bots": {one.alias: _bot_json(one) for one in findings.bots},
    }


def _bot_json(one: BotFindings) -> dict[str, Any]:
    bot, report, figures = one.bot, one.connection, one.figures
    queue = dataclasses.asdict(figures) if figures else {}
    pause = queue.pop("pause", None)
    queue.pop("bot", None)
    return {
        "page_id": bot and bot.page_id,
        "secret": bot and masked(bot.api_secret),
        "backend": bot and bot.backend,
        "api_url": bot and public_url(bot.api_url),
        "connection": {"ok": report.ok, **dataclasses.asdict(report)} if report else None,
        "queue": queue or None,
        "pause": pause,
    }


def masked(secret: str) -> str:
    """Return what may be seen of a secret: its last 4 characters, none of a short one."""
    return "*" * 8 + (secret[-4:] if len(secret) >= LONG_ENOUGH else "")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise ArgumentTypeError(f"{text!r} is not a number of seconds, 0 or more")
    return seconds


def _lines(one: BotFindings) -> Iterator[tuple[str, str]]:
    if one.bot:
        yield "Page", str(one.bot.page_id)
        yield "Secret", masked(one.bot.api_secret)
        yield "Backend", one.bot.backend
        yield "API_URL", public_url(one.bot.api_url)
    if one.connection:
        yield from _connection_lines(one.connection)
    if one.figures:
        yield from _queue_lines(one.figures)


def _connection_lines(report: ConnectionReport) -> Iterator[tuple[str, str]]:
    via = f" through the proxy {report.proxy}" if report.proxy else ""
    answer = f"HTTP {report.status}" if report.status else "no answer"
    yield "Connection", f"{report.host}{via}: {answer}"
    steps = {
        f"name {', '.join(report.addresses)}": report.resolve_seconds,
        "TCP": report.connect_seconds,
        "TLS": report.tls_seconds,
        "answer": report.round_trip_seconds,
    }
    taken = [f"{name} {in_words(took)}" for name, took in steps.items() if took is not None]
    if taken:
        yield "", ", ".join(taken)
    if report.tls_version:
        expires = report.certificate_expires
        until = f", certificate valid until {expires:%Y-%m-%d}" if expires else ""
        yield "", f"{report.tls_version}{until}"


def _queue_lines(figures: BotFigures) -> Iterator[tuple[str, str]]:
    oldest = figures.oldest_wait
    since = "" if oldest is None else f", for {in_words(oldest)} at most"
    yield "Due", f"{figures.waiting}{since}"
    yield "Later", f"{figures.retrying} to be tried again, {figures.scheduled} scheduled"
    held = f", {figures.abandoned} left by dead workers" if figures.abandoned else ""
    yield "Being sent", f"{figures.sending}{held}"
    yield "Uncertain", str(figures.uncertain)
    if figures.pause:
        until = figures.pause.until
        yield "Paused", f"until {until:%Y-%m-%d %H:%M:%S %Z}" if until else "until resumed"
        yield "", figures.pause.reason
