"""``manage.py joinchat_data``: what a data request asks for."""

from __future__ import annotations

import os
import shlex
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.management.base import BaseCommand, CommandError

from joinchat_django import data_requests
from joinchat_django.api import InvalidMessage, Recipient
from joinchat_django.api.recipients import RECIPIENT_KINDS
from joinchat_django.data_requests import Erasure, StillOpen
from joinchat_django.data_requests.belongings import Person
from joinchat_django.management.running_counts import RunningCount
from joinchat_django.management.wording import count_of

#: Messages in a worker's hands that are named.
NAMED = 10


class Command(BaseCommand):
    """``manage.py joinchat_data``: exports or erases what the app knows about somebody."""

    help = "Answer a data request: export or erase everything about a user."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "side",
            choices=("export", "erase"),
            help="write it all as JSON, or forget it all; the user stays",
        )
        parser.add_argument(
            "user", nargs="?", metavar="USER", help="a user, by the name to sign in with"
        )
        parser.add_argument("--pk", help="a user, by primary key instead")
        for kind in RECIPIENT_KINDS:
            parser.add_argument(
                f"--{kind}",
                action="append",
                default=[],
                metavar="VALUE",
                help=(
                    f"also messages without a user to this {kind}, exactly as it was sent to; "
                    "repeat it for each spelling"
                    + ("; name one that was theirs alone" if kind == "uuid" else "")
                ),
            )
        parser.add_argument(
            "--output",
            type=Path,
            metavar="FILE",
            help="export to a new file that only its owner may read, not to standard output",
        )
        parser.add_argument("--no-input", action="store_true", help="erase without asking first")
        parser.add_argument("--dry-run", action="store_true", help="count and erase nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        _check(options)
        user = _user(options["user"], options["pk"])
        try:
            recipients = [
                Recipient(**{kind: value}) for kind in RECIPIENT_KINDS for value in options[kind]
            ]
        except InvalidMessage as error:
            raise CommandError(f"This names nobody: {error}") from None
        if user is None and not recipients:
            raise CommandError(
                "Name a user, by the name to sign in with or by --pk. For somebody who is no user "
                "of the site pass --uuid, --id, --phone or --email."
            )
        self._tell_of_addresses(Person(user, recipients), options)
        if options["side"] == "export":
            self._export(user, recipients, options)
        else:
            self._erase(user, recipients, options)

    def _tell_of_addresses(self, person: Person, options: dict[str, Any]) -> None:
        """Say which addresses find nothing, and which uuids would find something.

        Not on standard output, where an export may go.
        """
        if options["verbosity"] < 1:
            return
        for one in person.unmatched():
            self.stderr.write(
                f"No message without a user went to {one.kind} {one.value!r}. Name it exactly as "
                "it was sent to."
            )
        for uuid, count in person.unclaimed().items():
            self.stderr.write(
                f"Left out: {count_of(count)} without a user to the uuid {uuid!r}. A link does not "
                "prove whose it is: if you know that it was theirs alone, pass "
                f"--uuid={shlex.quote(uuid)}."
            )

    def _export(self, user: Any, recipients: list[Recipient], options: dict[str, Any]) -> None:
        path = options["output"]
        if path is None:
            # A terminal may be anything, and what people wrote is to do nothing to it but show.
            pieces = data_requests.export_json(user, recipients=recipients, ensure_ascii=True)
            for piece in pieces:
                self.stdout.write(piece, ending="")
            return
        with _new_file(path) as file:
            file.writelines(data_requests.export_json(user, recipients=recipients))
        if options["verbosity"] > 0:
            self.stdout.write(f"Everything about {_name(user, recipients)} is in {path}.")

    def _erase(self, user: Any, recipients: list[Recipient], options: dict[str, Any]) -> None:
        running = RunningCount(self.stdout, verbosity=options["verbosity"])
        name = _name(user, recipients)
        if options["dry_run"] or not options["no_input"]:
            outlook = data_requests.erase(user, recipients=recipients, dry_run=True)
            self.stdout.write(f"Would erase of {name}: {_in_words(outlook)}.")
            if options["dry_run"]:
                return
            _confirm()
        try:
            erased = data_requests.erase(user, recipients=recipients, progress=running.show)
        except KeyboardInterrupt:
            running.clear()
            raise CommandError(
                f"Stopped after {count_of(running.count)}. Run it again: it does the rest.",
                returncode=130,
            ) from None
        except StillOpen as error:
            raise CommandError(str(error)) from None
        running.clear()
        if options["verbosity"] > 0:
            self.stdout.write(f"Erased of {name}: {_in_words(erased)}.")
        if not erased.is_complete:
            raise CommandError(_left(erased))


def _check(options: dict[str, Any]) -> None:
    """Raise for an option of the other side."""
    others = {"export": ("no_input", "dry_run"), "erase": ("output",)}[options["side"]]
    for name in others:
        if options[name]:
            option = f"--{name.replace('_', '-')}"
            raise CommandError(f"{option} means nothing to {options['side']}. Leave it out.")


def _user(name: str | None, pk: str | None) -> Any:
    """Return the user who is named, None if none is."""
    users = get_user_model()
    if name is not None and pk is not None:
        raise CommandError("Name the user once: by the name to sign in with, or by --pk.")
    try:
        if pk is not None:
            # Not the site's own manager, which may leave some out.
            return users._base_manager.get(pk=pk)
        return None if name is None else users._default_manager.get_by_natural_key(name)
    except (ObjectDoesNotExist, ValidationError, ValueError):
        what = users.USERNAME_FIELD if pk is None else "primary key"
        raise CommandError(
            f"No user has the {what} {(name if pk is None else pk)!r}. What a user who has been "
            "deleted has left behind is found by --uuid, --id, --phone or --email."
        ) from None


def _name(user: Any, recipients: list[Recipient]) -> str:
    if user is not None:
        return repr(user.get_username())
    return ", ".join(f"{one.kind} {one.value!r}" for one in recipients)


@contextmanager
def _new_file(path: Path) -> Iterator[TextIO]:
    """Open a file that only its owner may read; delete it again if writing fails."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CommandError(f"{path} is there already. Name another file.") from None
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
    try:
        with open(handle, "w", encoding="utf-8") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _in_words(erasure: Erasure) -> str:
    parts = [
        count_of(erasure.links, "link"),
        count_of(erasure.messages),
        count_of(erasure.broadcasts, "selection") + " of broadcasts",
        f"the name from {count_of(erasure.requested, 'request')}",
    ]
    return ", ".join(parts)


def _left(erased: Erasure) -> str:
    count = len(erased.being_sent)
    named = ", ".join(f"#{key}" for key in erased.being_sent[:NAMED])
    more = ", …" if count > NAMED else ""
    verb = "is" if count == 1 else "are"
    return (
        f"{count_of(count)} {verb} being sent right now ({named}{more}) and cannot be called back. "
        "Run this again in a minute to erase what is left."
    )


def _confirm() -> None:
    try:
        answer = input("It cannot be undone. Type yes to erase: ")
    except (EOFError, KeyboardInterrupt):
        answer = ""
    if answer.strip().lower() != "yes":
        raise CommandError("Nothing was erased. Type yes, or pass --no-input.")
