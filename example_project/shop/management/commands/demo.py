from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.test.utils import override_settings

from joinchat_django.sandbox import SandboxServer
from shop.demo.servers import HOST, ShopServer, sandbox_server, shop_server
from shop.demo.setting_up import ADMIN, CUSTOMER, Setup
from shop.demo.transcript import StepFailed, Transcript, quiet_log
from shop.demo.walk import Walk

INTERRUPTED = 130


class Command(BaseCommand):
    """``manage.py demo``: the whole road from a click to a receipt, on this machine alone."""

    help = (
        "Set up the shop, start it beside a JoinChat sandbox, walk a customer through it, "
        "and go on serving until Ctrl-C."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--exit", action="store_true", help="end after the walk; status 0 if all went well"
        )
        parser.add_argument(
            "--refuse", action="store_true", help="have the sandbox refuse: it gets another secret"
        )
        parser.add_argument("--port", type=int, default=8000, help="of the shop (8000)")
        parser.add_argument("--sandbox-port", type=int, default=8765, help="of the sandbox (8765)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the demonstration. Ends the process with status 1 if a step did not happen."""
        if not settings.DEBUG or connection.vendor != "sqlite":
            raise CommandError(
                "The demonstration makes an administrator with a known password, and sends what "
                "is queued to a sandbox. It runs with DEBUG on and on SQLite only: leave DEBUG "
                "and DATABASE_URL out of .env and the environment."
            )
        on_main_thread = threading.current_thread() is threading.main_thread()
        if on_main_thread:
            signal.signal(signal.SIGTERM, _interrupt)
            signal.signal(signal.SIGINT, _interrupt)
        transcript = Transcript(self.stdout)
        setup = Setup()
        serving = False
        try:
            with ExitStack() as stack:
                if on_main_thread:
                    stack.callback(_ignore_interrupts)
                servers = _demonstrate(transcript, stack, setup, options)
                if servers and not options["exit"]:
                    serving = True
                    _serve(transcript, setup, *servers, loud=options["verbosity"] > 1)
        except KeyboardInterrupt:
            transcript.say("\nStopped.")
            if not serving:
                sys.exit(INTERRUPTED)
        if not transcript.ok:
            sys.exit(1)


def _demonstrate(
    transcript: Transcript, stack: ExitStack, setup: Setup, options: dict[str, Any]
) -> tuple[ShopServer, SandboxServer] | None:
    """Set up, start and walk; return the servers if they run."""
    with quiet_log(quiet=options["verbosity"] < 2) as log:
        transcript.say("Fern & Kettle, a shop that sends its receipts with joinchat_django\n")
        servers = None
        if _take(transcript, setup.database) and _take(transcript, setup.people):
            servers = _start(transcript, stack, options)
            walk = Walk(servers[0].url, servers[1])
            stack.callback(walk.browser.close)
            if all(_take(transcript, action) for action in walk.actions):
                for check in walk.checks:
                    _take(transcript, check)
        if not transcript.ok:
            transcript.log(log.lines)
            if options["exit"]:
                transcript.say("\nWithout --exit the servers go on, so that you can look.")
        return servers


def _take(transcript: Transcript, step: Callable[[], str]) -> bool:
    """Take a step, show how it went, and tell whether it went well."""
    try:
        transcript.done(step())
    except StepFailed as failure:
        transcript.failed(str(failure), failure.look_at)
        return False
    except Exception as error:
        # Whatever it is, it belongs into the transcript and into the exit status.
        transcript.failed(f"{step.__name__}: {type(error).__name__}: {error}")
        return False
    return True


def _start(
    transcript: Transcript, stack: ExitStack, options: dict[str, Any]
) -> tuple[ShopServer, SandboxServer]:
    """Start both servers and point the shop at the sandbox."""
    bot = settings.JOINCHAT["default"]
    secret = "not the shop's secret" if options["refuse"] else bot["API_SECRET"]
    sandbox = stack.enter_context(
        sandbox_server(options["sandbox_port"], page_id=bot["PAGE_ID"], api_secret=secret)
    )
    transcript.done(f"The JoinChat sandbox listens on {sandbox.url}/")
    if options["refuse"]:
        transcript.say("    It was given another secret and will refuse what the shop sends.")
    shop = stack.enter_context(shop_server(options["port"]))
    at_sandbox = {
        **bot,
        "BACKEND": "joinchat_django.backends.http.HTTPBackend",
        "API_URL": sandbox.api_url,
        "SDK_URL": sandbox.sdk_url,
        "OPTIONS": {"proxies": {}},
    }
    stack.enter_context(
        override_settings(
            ALLOWED_HOSTS=[HOST, "localhost"],
            SITE_URL=shop.url,
            JOINCHAT={"default": at_sandbox},
            JOINCHAT_DELIVERY={},
        )
    )
    shop.serve()
    transcript.done(f"The shop listens on {shop.url}/")
    return shop, sandbox


def _serve(
    transcript: Transcript,
    setup: Setup,
    shop: ShopServer,
    sandbox: SandboxServer,
    *,
    loud: bool,
) -> NoReturn:
    """Show what to open, and wait for the interrupt."""
    transcript.say("\nOpen in a browser:\n")
    transcript.say(f"  Shop           {shop.url}/  ({setup.credentials(CUSTOMER)})")
    transcript.say(f"  Admin          {shop.url}/admin/  ({setup.credentials(ADMIN)})")
    transcript.say(f"  Sandbox inbox  {sandbox.url}/")
    transcript.say("\nBoth go on until Ctrl-C.")
    if not loud:
        for name in ("django.server", "django.request"):
            logging.getLogger(name).setLevel(logging.ERROR)
    while True:
        time.sleep(3600)


def _interrupt(signum: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _ignore_interrupts() -> None:
    """Let a second Ctrl-C not disturb the stopping, which takes two seconds at most."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
