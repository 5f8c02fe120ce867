"""With the plug-in, no test of a site calls a server unless it says so.

Each test runs pytest inside this process, with a suite that sends through two bots whose settings
name a real server.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from joinchat_django import conf, pytest_plugin
from joinchat_django.backends import get_backend
from joinchat_django.backends.http import HTTPBackend
from tests.servers import LoopbackServer

pytest_plugins = ["pytester"]

PLUGIN = ("-p", "joinchat_django.pytest_plugin")

SITE = """
from joinchat_django import conf
from joinchat_django.api import Envelope, Recipient, Text
from joinchat_django.backends import get_backend

def send(bot="default"):
    get_backend(conf.bot(bot)).send(Envelope.seal(Recipient(uuid="lin"), Text("Hello")))
"""


@pytest.fixture(autouse=True)
def no_other_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pytest without further plug-ins: pytest-django's cannot run inside itself."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def suite(pytester: pytest.Pytester, joinchat: LoopbackServer) -> Any:
    """Runs a suite, and returns how often the server was called; every test has to pass."""
    bot = {"PAGE_ID": 1, "API_SECRET": "s3cret", "API_URL": joinchat.url}
    pytester.makepyfile(site_code=SITE)
    pytester.syspathinsert()

    def run(source: str, *, passed: int = 1, options: Any = PLUGIN, **more: str) -> int:
        pytester.makepyfile(
            test_shop=f"import pytest\nfrom site_code import send\n{source}", **more
        )
        with override_settings(JOINCHAT={"default": bot, "second": bot}):
            result = pytester.runpytest_inprocess("--strict-markers", *options)
            assert type(get_backend(conf.bot())) is HTTPBackend
        result.assert_outcomes(passed=passed)
        return len(joinchat.requests)

    return run


def test_its_hooks_are_of_a_kind_that_every_pluggy_knows() -> None:
    known = {"hookwrapper", "optionalhook", "tryfirst", "trylast", "specname"}
    hooks = [one.pytest_impl for one in vars(pytest_plugin).values() if hasattr(one, "pytest_impl")]
    assert len(hooks) == 3
    for options in hooks:
        assert {name for name, value in options.items() if value} <= known


def test_no_bot_calls_its_server(suite: Any) -> None:
    assert suite("def test_it(): send(); send('second')") == 0


@pytest.mark.thorough
def test_nor_does_one_that_a_test_sets(suite: Any, joinchat: LoopbackServer) -> None:
    source = f"""
from django.test import override_settings

def test_it():
    bot = {{
        "PAGE_ID": 2,
        "API_SECRET": "another",
        "API_URL": {joinchat.url!r},
        "BACKEND": "joinchat_django.backends.http.HTTPBackend",
    }}
    with override_settings(JOINCHAT={{"default": bot}}):
        send()
"""
    assert suite(source) == 0


@pytest.mark.thorough
def test_nor_from_a_thread_or_a_test_case_of_unittests(suite: Any) -> None:
    source = """
import threading, unittest

class ShopTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        send()

    def test_it(self):
        send()

def test_thread():
    thread = threading.Thread(target=send)
    thread.start()
    thread.join()
"""
    assert suite(source, passed=2) == 0


@pytest.mark.thorough
def test_nor_outside_the_tests(suite: Any) -> None:
    conftest = """
import pytest
from site_code import send
send()

def pytest_configure(): send()
def pytest_sessionstart(): send()
def pytest_collection_modifyitems(): send()
def pytest_sessionfinish(): send()
def pytest_unconfigure(): send()

@pytest.fixture(scope="session", autouse=True)
def everything():
    send()
    yield
    send()
"""
    assert suite("send()\ndef test_it(): pass", conftest=conftest) == 0


def test_a_marker_lets_a_test_out_with_its_set_up_and_tear_down(suite: Any) -> None:
    source = """
@pytest.fixture
def around():
    send()
    yield
    send()

def test_before(around): pass

@pytest.mark.joinchat_backends
def test_it(around): send()

def test_after(around): pass
"""
    assert suite(source, passed=3) == 3


@pytest.mark.thorough
def test_a_marker_lets_a_test_case_out(suite: Any) -> None:
    source = """
import unittest

@pytest.mark.joinchat_backends
class ShopTests(unittest.TestCase):
    def test_it(self): send()

class HeldBack(unittest.TestCase):
    def test_it(self): send()
"""
    assert suite(source, passed=2) == 1


def test_a_marker_counts_above_the_mixin_in_every_test_of_a_class(suite: Any) -> None:
    source = """
import unittest
from joinchat_django.test import JoinChatTestMixin, locmem

class Mixin(JoinChatTestMixin):
    def setUp(self): pass  # The outbox needs the database.

@pytest.mark.joinchat_backends
class LetOut(Mixin, unittest.TestCase):
    def test_first(self): send()
    def test_second(self): send()

class HeldBack(Mixin, unittest.TestCase):
    def test_it(self): send()

@pytest.mark.joinchat_backends
@locmem()
def test_of_a_function(): send()
"""
    assert suite(source, passed=4) == 3


@pytest.mark.thorough
def test_what_the_settings_name_need_not_be_http(suite: Any) -> None:
    source = """
from django.conf import settings
from django.test import override_settings

@pytest.mark.joinchat_backends
def test_it(capsys):
    bot = {**settings.JOINCHAT["default"], "BACKEND": CONSOLE}
    with override_settings(JOINCHAT={"default": bot}):
        send()
    assert "Hello" in capsys.readouterr().out
"""
    console = "CONSOLE = 'joinchat_django.backends.console.ConsoleBackend'"
    assert suite(f"{console}\n{source}") == 0


@pytest.mark.thorough
def test_each_test_begins_with_nothing_delivered(suite: Any) -> None:
    source = """
from joinchat_django.backends.locmem import delivered

@pytest.mark.parametrize("number", [1, 2])
def test_it(number):
    send()
    assert len(delivered) == 1
"""
    assert suite(source, passed=2) == 0


@pytest.mark.thorough
def test_a_sandbox_is_delivered_to_without_the_marker(suite: Any) -> None:
    source = """
def test_it(joinchat_sandbox):
    send()
    send("second")  # which is not the sandbox's
    assert len(joinchat_sandbox.wait_for(1)) == 1
"""
    assert suite(source) == 0


@pytest.mark.thorough
@pytest.mark.django_db
def test_the_outbox_needs_no_pytest_django(suite: Any) -> None:
    source = """
from joinchat_django import outbox
from joinchat_django.api import Recipient, Text

def test_it(joinchat_outbox):
    assert joinchat_outbox == []
    outbox.send(Recipient(uuid="lin"), Text("Hello"))
    assert [one.message for one in joinchat_outbox] == [Text("Hello")]
"""
    assert suite(source) == 0


@pytest.mark.thorough
def test_a_conftest_may_name_the_plug_in(suite: Any) -> None:
    conftest = "pytest_plugins = ['joinchat_django.pytest_plugin']"
    assert suite("def test_it(): send()", options=[], conftest=conftest) == 0


@pytest.mark.thorough
def test_the_plug_in_can_be_left_out(suite: Any) -> None:
    assert suite("def test_it(): send()", options=[]) == 1


@pytest.mark.thorough
def test_the_marker_and_the_fixtures_are_shown_with_what_they_are_for(
    pytester: pytest.Pytester,
) -> None:
    pytester.runpytest_inprocess(*PLUGIN, "--markers").stdout.fnmatch_lines(
        ["@pytest.mark.joinchat_backends: let the test's messages out, by the BACKEND*"]
    )
    pytester.runpytest_inprocess(*PLUGIN, "--fixtures").stdout.fnmatch_lines(
        ["joinchat_outbox*", "*What the test queues*", "joinchat_sandbox*", "*A sandbox on*"]
    )
