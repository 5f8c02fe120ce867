"""Looking the whole set-up over: settings, connections, the outbox. Broken ones included."""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from django.core.checks import ERROR
from django.core.exceptions import ImproperlyConfigured
from django.db import Error as AnyDatabaseError

from joinchat_django import conf
from joinchat_django.api.connection import ConnectionReport
from joinchat_django.backends.connections import calls_a_server, check_connection_of
from joinchat_django.checks import check_settings
from joinchat_django.delivery.figures import BotFigures, Pause, figures_of, known_to_outbox
from joinchat_django.management.wording import count_of, in_words

#: Characters that are shown of what another program says.
WORDS_SHOWN = 300


@dataclass
class BotFindings:
    """What was found out about one bot.

    ``bot`` is None where the settings do not name it, or not rightly; ``connection`` where there
    is none to check; ``figures`` where the database could not be asked.
    """

    alias: str
    is_named: bool = True
    bot: conf.Bot | None = None
    connection: ConnectionReport | None = None
    figures: BotFigures | None = None


@dataclass
class Findings:
    """What was found out. Each problem and each warning says what to do.

    A problem keeps messages from being delivered; a warning is for somebody to look at.
    """

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    delivery: conf.DeliverySettings | None = None
    bots: list[BotFindings] = field(default_factory=list)


def inspect(aliases: Iterable[str] | None, *, max_wait: float, connect: bool) -> Findings:
    """Look the set-up over, and return what was found.

    ``aliases`` name the bots to look at; None stands for those of the settings, and those that
    the settings no longer name while messages wait for them. A message that has been due for more
    than ``max_wait`` seconds is a problem. Servers are called only with ``connect``.
    """
    findings = Findings()
    _read_settings(findings)
    findings.bots = _bots(findings, None if aliases is None else list(dict.fromkeys(aliases)))
    for one in findings.bots:
        if one.bot and connect:
            one.connection = _connection(one.bot, findings.bots)
        if one.connection and not one.connection.ok:
            findings.problems.append(f"Bot {one.alias!r}: {one.connection.error}")
        if one.figures:
            # What an unnamed bot's messages wait for has been said.
            _judge(one.figures, findings, max_wait if one.is_named else math.inf)
    return findings


def _read_settings(findings: Findings) -> None:
    """Run the app's own system checks; what cannot be read then is left out."""
    for message in check_settings(app_configs=None):
        if not message.is_silenced():
            kept = findings.problems if message.level >= ERROR else findings.warnings
            kept.append(" ".join(filter(None, (str(message.msg), message.hint))))
    with suppress(ImproperlyConfigured):  # A check has said so.
        findings.delivery = conf.delivery()


def _bots(findings: Findings, wanted: list[str] | None) -> list[BotFindings]:
    named = wanted
    if named is None:
        try:
            named = list(conf.bots())
        except ImproperlyConfigured:
            named = ["default"]  # Others are found by their rows.
    figures: dict[str, BotFigures] = {}
    try:
        more = known_to_outbox() if wanted is None else []
        figures = {one.bot: one for one in figures_of(dict.fromkeys([*named, *more]))}
    except (AnyDatabaseError, ImproperlyConfigured) as error:
        words = _shortened(str(error))
        findings.problems.append(
            f"The outbox cannot be read: {words}. See that the database runs, and that "
            "manage.py migrate has."
        )
    found = []
    for alias in dict.fromkeys([*named, *figures]):
        one = BotFindings(alias, figures=figures.get(alias))
        try:
            one.bot = conf.bot(alias)
        except conf.UnknownBot as error:
            one.is_named = False
            if one.figures and one.figures.open:
                findings.problems.append(_unnamed(one.figures))
            elif wanted is not None:
                findings.problems.append(str(error))
            else:
                continue  # A bot of former times, with nothing left to do.
        except ImproperlyConfigured:
            pass  # A check has said so.
        found.append(one)
    return found


def _connection(bot: conf.Bot, before: list[BotFindings]) -> ConnectionReport | None:
    """Check a bot's connection, once for all bots that have the same."""
    if not calls_a_server(bot):
        return None
    for one in before:
        if one.connection and one.bot and _way(one.bot) == _way(bot):
            return one.connection
    return check_connection_of(bot)


def _way(bot: conf.Bot) -> tuple[object, ...]:
    options = bot.options
    times = (options.connect_timeout, options.deadline)
    return (bot.api_url, *times, options.proxies, options.ca_bundle)


def _judge(figures: BotFigures, findings: Findings, max_wait: float) -> None:
    """Add what a bot's figures mean."""
    where = f"Bot {figures.bot!r}"
    if figures.pause:
        _judge_pause(figures.pause, figures.open, where, findings)
    elif figures.oldest_wait is not None and figures.oldest_wait > max_wait:
        findings.problems.append(
            f"{where}: a message has been due for {in_words(figures.oldest_wait)}. See that "
            "manage.py joinchat_worker, or whatever wakes delivery, runs and keeps up."
        )
    if figures.retrying:
        findings.warnings.append(
            f"{where}: {count_of(figures.retrying)} did not get through and will be tried again. "
            "The admin's outbox shows the errors."
        )
    if figures.uncertain:
        findings.warnings.append(
            f"{where}: {count_of(figures.uncertain)} may or may not have arrived (uncertain). "
            "Look in the admin; outbox.retry sends again."
        )


def _judge_pause(pause: Pause, waiting: int, where: str, findings: Findings) -> None:
    reason = _shortened(pause.reason)
    words = f": {reason}." if reason else "."
    if pause.until is None:
        findings.warnings.append(f"{where} is paused until somebody resumes it{words}")
    elif pause.is_over and not waiting:
        findings.warnings.append(
            f"{where} was paused{words} The next message shows whether it works again."
        )
    else:
        findings.problems.append(
            f"{where} is paused{words} It is tried again by itself; once the cause is mended, "
            "Resume in the admin does so at once."
        )


def _unnamed(figures: BotFigures) -> str:
    """Say that a bot's messages have nobody who sends them, and the ways out that there are."""
    words = (
        f"Nobody sends the {count_of(figures.open)} of the bot {figures.bot!r}, which JOINCHAT "
        "does not name. Name it again, or stop what is queued by outbox.cancel."
    )
    if figures.abandoned:
        words += (
            f" A dead worker held {count_of(figures.abandoned)}, which cannot be cancelled: name "
            "the bot once more and run manage.py joinchat_worker --once. To be rid of them give "
            "the bot the backend joinchat_django.backends.dummy.DummyBackend for that run."
        )
    return words


def _shortened(text: str) -> str:
    return " ".join(text.split())[:WORDS_SHOWN].rstrip(".")
