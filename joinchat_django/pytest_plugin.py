"""The pytest plug-in: no bot calls JoinChat in a test, unless the test says so.

pytest loads it by itself where this package is installed. From then on every bot delivers into
memory, whatever ``BACKEND`` its settings name, those that a test sets included, in all threads and
in unittest's test cases.

Outside of that are an ``api.Client`` that code makes by itself; the processes that a test starts,
such as a worker, which deliver as their settings say; and the SDK's script, which a browser in a
test loads from ``SDK_URL``.

Two ways lead out. The marker ``joinchat_backends`` has a test, its set-up and its tear-down deliver
by the ``BACKEND`` that the settings name, also where ``JoinChatTestMixin`` or ``locmem()`` would
hold them back. The fixture ``joinchat_sandbox`` delivers to a sandbox.

``-p no:joinchat_django`` leaves the plug-in out. It imports nothing of Django's or of the app's
until a fixture is asked for, so it does nothing in a project without Django.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from joinchat_django import forced_backend

if TYPE_CHECKING:
    from joinchat_django.test import JoinChatOutbox, Sandbox

MARKER = "joinchat_backends"
MARKER_HELP = (
    f"{MARKER}: let the test's messages out, by the BACKEND that the settings name. "
    "Without it every bot delivers into memory."
)

_is_held = pytest.StashKey[bool]()


# Wrappers of the old style: every pytest loads this file, and pluggy 1.2 was the first to know
# the new one.
@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, Any, None]:
    """Hold the bots back before a conftest or pytest-django sets Django up."""
    _hold(early_config)
    yield


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Hold the bots back where a conftest names the plug-in, and make the marker known."""
    _hold(config)
    config.addinivalue_line("markers", MARKER_HELP)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, None]:
    """Begin a test with nothing delivered, and let it out if it has the marker."""
    _forget()
    with ExitStack() as out:
        if item.get_closest_marker(MARKER):
            out.enter_context(forced_backend.as_settings_name())
        yield


@pytest.fixture
def joinchat_outbox(request: pytest.FixtureRequest) -> JoinChatOutbox:
    """What the test queues: a sequence like ``mailoutbox``, which needs no commit.

    Each item has ``message``, ``user``, ``recipient``, ``tag``, ``status`` and more; see
    ``joinchat_django.test.QueuedMessage``. The test may use the database.
    """
    if request.config.pluginmanager.has_plugin("django"):
        request.getfixturevalue("db")
    from joinchat_django.test import JoinChatOutbox

    return JoinChatOutbox()


@pytest.fixture
def joinchat_sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox on a free port, which the bot ``default`` delivers to in this test.

    It has ``messages()``, ``wait_for(n)``, ``refused()``, ``fail(…)``, ``clock`` and ``url``; see
    ``joinchat_django.test.Sandbox``. For another bot use ``joinchat_django.test.sandbox``.
    """
    from joinchat_django.test import sandbox
    from joinchat_django.test.sandboxes import running

    overrides: Any = None
    if request.config.pluginmanager.has_plugin("django"):
        overrides = request.getfixturevalue("settings")
    # A site may have a fixture "settings" of its own, for something else.
    if type(overrides).__module__.partition(".")[0] != "pytest_django":
        with sandbox() as found:
            yield found
        return
    # By pytest-django's own fixture: the overrides of a test end with it, and each has to end
    # before those that began earlier.
    with running() as found:
        overrides.JOINCHAT = found.joinchat_setting()
        yield found


def _hold(config: pytest.Config) -> None:
    """Have every bot deliver into memory until pytest ends."""
    if not config.stash.get(_is_held, False):
        config.stash[_is_held] = True
        holding = ExitStack()
        holding.enter_context(forced_backend.force(forced_backend.LOCMEM))
        config.add_cleanup(holding.close)


def _forget() -> None:
    """Forget what the test before may have left, if the app is in use at all."""
    if "joinchat_django.triggers" in sys.modules:
        from joinchat_django.test import forget

        forget()
