"""``manage.py joinchat_send``: one message, from a shell."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from joinchat_django import outbox
from joinchat_django.api import InvalidMessage, Recipient, Text, message_from_dict
from joinchat_django.api.recipients import RECIPIENT_KINDS
from joinchat_django.delivery.dispatchers import get_dispatcher
from joinchat_django.delivery.figures import pause_of
from joinchat_django.management.wording import printable
from joinchat_django.models import MessageTemplate, OutboxMessage
from joinchat_django.rendering import PlainDataRequired

Status = OutboxMessage.Status

#: Templates that are named to somebody who misspelt one.
SLUGS_SHOWN = 20


class Command(BaseCommand):
    """``manage.py joinchat_send``: queues one message, as ``outbox.send`` does.

    Ends with status 1 if nothing was queued, or if the message was refused at once.
    """

    help = "Queue one Messenger message: a text, a template of the admin, or a message's JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        to = parser.add_mutually_exclusive_group(required=True)
        to.add_argument("--user", metavar="NAME", help="a linked user, by the name to sign in with")
        to.add_argument("--uuid", help="JoinChat's uuid of a visitor")
        to.add_argument("--id", help="a facebook id, from the console's user list")
        to.add_argument("--phone", help="the phone number that somebody bound")
        to.add_argument("--email", help="the e-mail address that somebody bound")
        parser.add_argument("text", nargs="?", help="a plain text to send")
        parser.add_argument("--template", metavar="SLUG", help="send a template instead")
        parser.add_argument("--context", metavar="JSON", help="the template's variables")
        parser.add_argument(
            "--json", metavar="JSON", help="send this message instead; - reads standard input"
        )
        parser.add_argument("--bot", default="default", metavar="ALIAS", help="the bot that sends")
        parser.add_argument("--tag", help="a message tag, such as ACCOUNT_UPDATE")
        parser.add_argument("--delay", type=int, metavar="SECONDS", help="0 to 10")
        parser.add_argument("--group", default="", help="a name for what belongs together")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            message, context = _message(options)
            row = outbox.send(
                _recipient(options),
                message,
                context=context,
                bot=options["bot"],
                tag=options["tag"],
                delay=options["delay"],
                group=options["group"],
            )
        except outbox.UnknownTemplate:
            raise CommandError(_unknown_template(options["template"])) from None
        except InvalidMessage as error:
            problems = [f"\n  {self._printable(str(problem))}" for problem in error.problems]
            raise CommandError(f"This message cannot be sent:{''.join(problems)}") from None
        except (outbox.NotLinked, PlainDataRequired, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from None
        self._say(row)

    def _say(self, row: OutboxMessage) -> None:
        """Say what became of the row by now."""
        what = f"Message {row.pk} is {row.status}"
        if row.status == Status.SENT:
            self.stdout.write(self.style.SUCCESS(f"{what}."))
        elif row.status not in (Status.QUEUED, Status.SENDING):
            words = f"{what}: {row.last_error or 'see the outbox in the admin.'}"
            raise CommandError(self._printable(words))
        elif pause := pause_of(row.bot):
            reason = f": {pause.reason.rstrip('.')}" if pause.reason else ""
            words = f"{what}. The bot {row.bot!r} is paused{reason}. Resume in the admin lets it"
            self.stdout.write(self.style.WARNING(self._printable(f"{words} go on.")))
        elif row.last_error:
            words = f"{what}, to be tried again: {row.last_error}"
            self.stdout.write(self.style.WARNING(self._printable(words)))
        elif get_dispatcher().delivers_in_line:
            self.stdout.write(f"{what}. joinchat_worker sends it when its turn comes.")
        else:
            self.stdout.write(f"{what}. A worker sends it.")

    def _printable(self, text: str) -> str:
        return printable(text, self.stdout)


def _recipient(options: dict[str, Any]) -> Any:
    """Return the user or the recipient that is named."""
    if options["user"] is None:
        named = {kind: options[kind] for kind in RECIPIENT_KINDS if options[kind] is not None}
        return Recipient(**named)
    users = get_user_model()
    try:
        return users._default_manager.get_by_natural_key(options["user"])
    except users.DoesNotExist:
        raise CommandError(
            f"No user has the {users.USERNAME_FIELD} {options['user']!r}. For somebody who is no "
            "user of the site pass --uuid, --id, --phone or --email."
        ) from None


def _message(options: dict[str, Any]) -> tuple[Any, Any]:
    """Return the message or the template's slug, and the context. Raises ``InvalidMessage``."""
    given = [name for name in ("text", "template", "json") if options[name] is not None]
    if len(given) != 1:
        raise CommandError("Give one of: a text, --template, --json.")
    if options["context"] is not None and given != ["template"]:
        raise CommandError("--context fills a --template; a text and --json have no variables.")
    if given == ["text"]:
        return Text(options["text"]), None
    if given == ["json"]:
        text = sys.stdin.read() if options["json"] == "-" else options["json"]
        return message_from_dict(_object("--json", text)), None
    return options["template"], _object("--context", options["context"] or "{}")


def _object(option: str, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{option} is no JSON: {error}.") from None
    if not isinstance(found, dict):
        raise CommandError(f'{option} must be a JSON object, such as {{"number": "A-17"}}.')
    return found


def _unknown_template(slug: str) -> str:
    slugs = list(MessageTemplate.objects.order_by("slug").values_list("slug", flat=True))
    shown = ", ".join(slugs[:SLUGS_SHOWN]) + (" …" if len(slugs) > SLUGS_SHOWN else "")
    known = f"There are: {shown}." if slugs else "There is none yet; write one in the admin."
    return f"No message template has the slug {slug!r}. {known}"
