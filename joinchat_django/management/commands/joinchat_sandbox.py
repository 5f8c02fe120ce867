"""``manage.py joinchat_sandbox``: a stand-in for joinchat.ai on this machine."""

from __future__ import annotations

import contextlib
import errno
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from joinchat_django import conf
from joinchat_django.sandbox import Received, SandboxServer

_STOPPING = (signal.SIGINT, signal.SIGTERM)


class Command(BaseCommand):
    """Serves the sandbox until Ctrl-C or SIGTERM."""

    help = (
        "Stand in for joinchat.ai on this machine: take signed messages, check them as strictly "
        "as JoinChat's contract, show them in an inbox, and serve an SDK script."
    )
    # The sandbox needs no database, and no part of the site but one bot's settings.
    requires_system_checks: list[str] = []  # noqa: RUF012

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8765, help="0 takes a free one.")
        parser.add_argument("--host", default="127.0.0.1", help="The address to listen on.")
        parser.add_argument("--bot", default="default", help="A bot's alias in JOINCHAT.")
        parser.add_argument(
            "--allow-remote",
            action="store_true",
            help="Allow a --host that other machines can reach. They can then read the inbox, and "
            "steer the sandbox.",
        )

        parser.add_argument(
            "--lenient",
            action="store_true",
            help="Accept messages that the contract or the 24-hour window refuses, and note why. "
            "The signature, the page id, JSON and exactly one recipient are still demanded.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        sandbox = self._sandbox(options)
        with _interruptible(), contextlib.suppress(KeyboardInterrupt):
            self._start(sandbox)
            try:
                self._say_where(sandbox, options["bot"])
                while True:
                    time.sleep(3600)
            finally:
                sandbox.stop()
        self.stdout.write("The sandbox has stopped.")

    def _sandbox(self, options: dict[str, Any]) -> SandboxServer:
        try:
            bot = conf.bot(options["bot"])
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        try:
            return SandboxServer(
                page_id=bot.page_id,
                api_secret=bot.api_secret,
                host=options["host"],
                port=options["port"],
                extra_tags=bot.options.extra_tags,
                allow_remote=options["allow_remote"],
                lenient=options["lenient"],
                on_received=self._log,
            )
        except ValueError as error:
            raise CommandError(f"{error} On the command line: --allow-remote.") from None

    def _start(self, sandbox: SandboxServer) -> None:
        try:
            sandbox.start()
        except (OSError, OverflowError, ValueError) as error:
            where = f"{sandbox.host}, port {sandbox.port}"
            if getattr(error, "errno", None) == errno.EADDRINUSE:
                raise CommandError(
                    f"Port {sandbox.port} is in use already. "
                    "Pass another one with --port, or --port 0 for a free one."
                ) from None
            raise CommandError(
                f"The sandbox cannot listen on {where}: {error}. Check --host and --port."
            ) from None

    def _say_where(self, sandbox: SandboxServer, alias: str) -> None:
        self.stdout.write(
            f"JoinChat sandbox for the bot {alias!r}. Stop it with Ctrl-C.\n"
            f"  Inbox    {sandbox.url}/\n"
            f'  API_URL  "{sandbox.api_url}"\n'
            f'  SDK_URL  "{sandbox.sdk_url}"'
        )
        if sandbox.lenient:
            self.stdout.write(
                self.style.WARNING(
                    "Lenient: what JoinChat's contract refuses, and messages outside the 24-hour "
                    "window, are accepted with a note of what is wrong. JoinChat would refuse them."
                )
            )
        self.stdout.flush()

    def _log(self, received: Received) -> None:
        at = f"{received.at.astimezone():%H:%M:%S}"
        to = " ".join(received.recipient)[:100] if received.recipient else "nobody"
        if received.accepted:
            line = self.style.SUCCESS(f"{at} accepted {_kind(received)} for {to!a}")
            if received.overlooked:
                line += self.style.WARNING(f", overlooking: {_listed(received.overlooked)}")
        else:
            line = self.style.ERROR(
                f"{at} refused ({received.status}) for {to!a}: {_listed(received.all_reasons)}"
            )
        if received.fault:
            line += self.style.WARNING(f" (fault on demand: {ascii(received.fault)[1:-1]})")
        self.stdout.write(line)
        self.stdout.flush()


def _kind(received: Received) -> str:
    """Name the type of a message, which a lenient sandbox takes as anything at all."""
    message = received.field("message")
    kind = message.get("template_type") if isinstance(message, dict) else None
    return ascii(kind[:40])[1:-1] if isinstance(kind, str) else "a message of no type"


def _listed(faults: tuple[str, ...]) -> str:
    return ascii("; ".join(faults[:3]))


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Have SIGTERM and SIGINT raise ``KeyboardInterrupt`` for a while.

    SIGINT too, since a shell has it ignored for what it starts in the background. Only the main
    thread can set this.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _interrupt) for number in _STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
