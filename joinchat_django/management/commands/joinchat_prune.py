"""``manage.py joinchat_prune``: forgets what was settled long ago."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from joinchat_django import conf
from joinchat_django.management.running_counts import RunningCount
from joinchat_django.management.wording import count_of
from joinchat_django.retention import prune

LONGEST_DAYS = 100_000


class Command(BaseCommand):
    """``manage.py joinchat_prune``: deletes what was settled long ago, for cron to run daily."""

    help = (
        "Delete messages that were sent, failed, expired or cancelled more than RETENTION days "
        "ago. What still waits is never deleted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days", type=_days, metavar="N", help="in place of JOINCHAT_DELIVERY['RETENTION']"
        )
        parser.add_argument(
            "--uncertain",
            action="store_true",
            help="also those that may have been delivered and wait for somebody's decision",
        )
        parser.add_argument("--dry-run", action="store_true", help="count and delete nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        days = self._days(options["days"])
        running = RunningCount(self.stdout, verbosity=options["verbosity"])
        try:
            count = prune(
                timedelta(days=days),
                uncertain=options["uncertain"],
                dry_run=options["dry_run"],
                progress=running.show,
            )
        except KeyboardInterrupt:
            running.clear()
            rest = "Nothing was deleted." if options["dry_run"] else "The next run does the rest."
            raise CommandError(
                f"Stopped after {count_of(running.count)}. {rest}", returncode=130
            ) from None
        running.clear()
        verb = "Would delete" if options["dry_run"] else "Deleted"
        if options["verbosity"] > 0:
            self.stdout.write(f"{verb} {count_of(count)} settled more than {days:g} days ago.")

    def _days(self, given: float | None) -> float:
        if given is not None:
            return given
        try:
            retention = conf.delivery().retention
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        if retention is None:
            raise CommandError(
                "JOINCHAT_DELIVERY['RETENTION'] is None, so messages are kept for ever. Set it to "
                "a number of days, or pass --days."
            )
        return retention


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not 0 <= days <= LONGEST_DAYS:
        raise ArgumentTypeError(f"{text!r} is not a number of days from 0 to {LONGEST_DAYS}")
    return days
