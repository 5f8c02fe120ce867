"""A sandbox that a bot delivers to while a test runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, router
from django.test import override_settings

from joinchat_django import conf, forced_backend
from joinchat_django.backends.http import HTTPBackend
from joinchat_django.models import OutboxMessage
from joinchat_django.sandbox.clock import SandboxClock
from joinchat_django.sandbox.faults import Fault, Faults
from joinchat_django.sandbox.received import Received
from joinchat_django.sandbox.server import SandboxServer

from .durations import During


class Sandbox:
    """A running sandbox, as a test sees it. ``server`` has the rest of it."""

    def __init__(self, server: SandboxServer, bot: str) -> None:
        self.server = server
        self.bot = bot

    @property
    def url(self) -> str:
        """Where its inbox can be looked at while the test runs, without a slash at the end."""
        return self.server.url

    @property
    def api_url(self) -> str:
        """What the bot's ``API_URL`` is."""
        return self.server.api_url

    @property
    def sdk_url(self) -> str:
        """What the bot's ``SDK_URL`` is."""
        return self.server.sdk_url

    @property
    def clock(self) -> SandboxClock:
        """The sandbox's time: ``clock.move(86_400)`` closes the 24-hour window of everybody."""
        return self.server.clock

    @property
    def faults(self) -> Faults:
        """What spoils answers at present."""
        return self.server.faults

    def messages(self) -> list[dict[str, Any]]:
        """Return the JSON objects of the requests that were accepted, in order of arrival."""
        return self.server.inbox.messages()

    def refused(self) -> list[Received]:
        """Return the requests that were refused, in order of arrival, with their ``reasons``."""
        return self.server.inbox.refused()

    def wait_for(self, count: int, timeout: float = 30.0) -> list[dict[str, Any]]:
        """Wait until ``count`` messages have been accepted, and return all as :meth:`messages`.

        ``timeout`` is in seconds. Raises ``TimeoutError``, which says what came instead.
        """
        try:
            return self.server.inbox.wait_for(count, timeout)
        except TimeoutError as error:
            raise TimeoutError(f"{error}{_why_nothing_is_sent()}") from None

    def fail(
        self,
        kind_or_status: str | int,
        *,
        times: int | None = None,
        share: float | None = None,
        seconds: float | None = None,
        retry_after: int | None = None,
        latency: float | None = None,
    ) -> Fault:
        """Spoil answers: the next ``times``, a ``share`` of them, or all for so many ``seconds``.

        ``fail(429, times=2, retry_after=5)`` or ``fail("slow", latency=20)``; the
        :class:`.Fault` that comes back says which kinds there are. ``faults.clear()`` ends it.
        """
        return self.server.fail(
            kind_or_status,
            times=times,
            share=share,
            seconds=seconds,
            retry_after=retry_after,
            latency=latency,
        )

    def joinchat_setting(self) -> dict[str, Any]:
        """Return ``JOINCHAT`` with the bot pointed at this sandbox. It holds the secrets."""
        return conf.replaced(
            self.bot,
            options={"proxies": {}},  # They are for the way out of this machine.
            BACKEND=f"{HTTPBackend.__module__}.{HTTPBackend.__qualname__}",
            API_URL=self.api_url,
            SDK_URL=self.sdk_url,
        )

    def __repr__(self) -> str:
        inbox = self.server.inbox
        found = f"{len(inbox.accepted())} accepted, {len(inbox.refused())} refused"
        return f"<{type(self).__name__} of bot {self.bot!r}: {found}>"


def sandbox(
    bot: str = "default",
    *,
    lenient: bool = False,
    attr_name: str | None = None,
    kwarg_name: str | None = None,
) -> During[Sandbox]:
    """Run a sandbox on a free port and have a bot deliver to it::

        with sandbox() as joinchat:
            with self.captureOnCommitCallbacks(execute=True):
                place_order()
            [payload] = joinchat.wait_for(1)

    The bot keeps its page, secret and options but for proxies. Its requests are real ones, and go
    out although :func:`~joinchat_django.test.locmem` or the pytest plug-in holds the other bots
    back. A ``lenient`` sandbox accepts what breaks the contract. Raises ``UnknownBot``.
    """
    return During(lambda: _delivered_to(bot, lenient), attr_name=attr_name, kwarg_name=kwarg_name)


@contextmanager
def running(bot: str = "default", *, lenient: bool = False) -> Iterator[Sandbox]:
    """Run a sandbox for a bot whose settings the caller sets to :meth:`Sandbox.joinchat_setting`.

    Raises ``UnknownBot``.
    """
    settings = conf.bot(bot)
    server = SandboxServer(
        page_id=settings.page_id,
        api_secret=settings.api_secret,
        extra_tags=settings.options.extra_tags,
        lenient=lenient,
    )
    with server, forced_backend.as_settings_name_for(server.api_url):
        yield Sandbox(server, bot)


@contextmanager
def _delivered_to(bot: str, lenient: bool) -> Iterator[Sandbox]:
    with (
        running(bot, lenient=lenient) as found,
        override_settings(JOINCHAT=found.joinchat_setting()),
    ):
        yield found


def _why_nothing_is_sent() -> str:
    """Say what keeps messages in the outbox while a plain ``TestCase`` runs."""
    if not connections[router.db_for_write(OutboxMessage)].in_atomic_block:
        return ""
    return (
        " This test is inside a transaction, and what is queued goes out after the commit: queue "
        "it in captureOnCommitCallbacks(execute=True), or use a TransactionTestCase; with pytest "
        "django_capture_on_commit_callbacks(execute=True) or django_db(transaction=True)."
    )
