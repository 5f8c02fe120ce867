"""The Content-Security-Policies of the README are enough, and as strict as it says."""

from __future__ import annotations

import copy
import re
from typing import Any

import django
import pytest

from joinchat_django.sandbox.server import SandboxServer
from tests.readme.blocks import README, block
from tests.saving import links

from .policy_urls import TAGS
from .visitors import Visitor, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.thorough]

#: The setting that each tool reads, and the README's block of it.
SETTINGS = {
    "django": ("SECURE_CSP", block("python", "from django.utils.csp")),
    "django-csp": ("CONTENT_SECURITY_POLICY", block("python", "from csp.constants")),
}


def directives() -> dict[str, tuple[str, str]]:
    """Return the README's table: each directive's sources for our part, and for the sandbox."""
    rows = re.findall(r"^\| `([a-z-]+-src)` \| `(.+?)` \| `(.+?)` \|$", README, re.MULTILINE)
    return {name: (ours, the_sandboxs) for name, ours, the_sandboxs in rows}


def table(sandbox: SandboxServer, *, whole: bool) -> dict[str, list[str]]:
    """Return the table as a policy, the whole or our part, for an SDK that comes from a sandbox."""
    policy = {"default-src": ["'none'"]}
    for name, (ours, the_sandboxs) in directives().items():
        sources = f"{ours} {the_sandboxs}" if whole else ours
        for host in ("https://joinchat.ai", "http://127.0.0.1:8765"):
            sources = sources.replace(host, sandbox.url)
        policy[name] = list(dict.fromkeys(sources.split()))
    return policy


class Guarded:
    """A signed-in customer on pages under a policy, which one of the tools sets."""

    def __init__(self, customer: Visitor, settings: Any, tool: str) -> None:
        self.customer = customer
        self.tool = tool
        self._settings = settings
        settings.ROOT_URLCONF = "tests.browser.policy_urls"
        if tool == "django":
            settings.TEMPLATES = copy.deepcopy(settings.TEMPLATES)
            processors = settings.TEMPLATES[0]["OPTIONS"]["context_processors"]
            processors.append("django.template.context_processors.csp")

    def use(self, policy: dict[str, list[str]]) -> None:
        """Set the tool up with this policy."""
        value = policy if self.tool == "django" else {"DIRECTIVES": policy}
        setattr(self._settings, SETTINGS[self.tool][0], value)

    def use_the_readmes_nonces(self) -> None:
        """Set the tool up as the README does."""
        name, source = SETTINGS[self.tool]
        found: dict[str, Any] = {}
        exec(source, found)
        setattr(self._settings, name, found[name])

    def open(self, tag: str) -> list[str]:
        """Open the page with this tag; return the parts of the policy that it came with."""
        path = f"/policy/{self.tool}/{tag}"
        response = self.customer.page.goto(self.customer.site + path)
        assert response
        return response.headers["content-security-policy"].split("; ")


@pytest.fixture(
    params=[
        pytest.param(
            "django",
            marks=pytest.mark.skipif(django.VERSION < (6,), reason="Django 6 has the middleware."),
        ),
        "django-csp",
    ]
)
def guarded(request: pytest.FixtureRequest, customer: Visitor, settings: Any) -> Guarded:
    return Guarded(customer, settings, request.param)


def test_the_readmes_table_is_enough(guarded: Guarded, sandbox: SandboxServer) -> None:
    policy = table(sandbox, whole=True)
    guarded.use(policy)
    sent = guarded.open("hosts")
    assert set(sent) == {f"{name} {' '.join(sources)}" for name, sources in policy.items()}

    with guarded.customer.page.expect_response(f"{sandbox.url}/_sandbox/*") as heard:
        uuid = guarded.customer.click()["uuid"]
    assert heard.value.ok
    assert links() == [("tom", "default", uuid)]
    assert guarded.customer.errors == []


def test_without_the_sandboxs_own_sources_a_click_links_all_the_same(
    guarded: Guarded, sandbox: SandboxServer
) -> None:
    guarded.use(table(sandbox, whole=False))
    guarded.open("hosts")
    guarded.customer.click()
    assert len(links()) == 1
    assert_only_the_sandbox_was_not_told(guarded.customer)


@pytest.mark.parametrize("name", ["script-src", "connect-src"])
def test_no_directive_of_the_table_can_be_left_out(
    guarded: Guarded, sandbox: SandboxServer, name: str
) -> None:
    policy = table(sandbox, whole=True)
    assert set(policy) == {"default-src", "script-src", "connect-src"}
    del policy[name]
    guarded.use(policy)
    guarded.open("hosts")
    if name == "connect-src":
        guarded.customer.click(expect="joinchat:failed")
    assert "Content Security Policy" in guarded.customer.errors[0]
    assert links() == []


def test_with_the_readmes_nonces_no_host_is_needed(guarded: Guarded) -> None:
    assert TAGS[guarded.tool] in README
    guarded.use_the_readmes_nonces()
    # Each answer has a nonce of its own, and nothing else may run.
    first, second = (set(guarded.open(guarded.tool)) for _ in range(2))
    assert first & second == {"default-src 'none'", "connect-src 'self'"}
    [differs] = second - first
    assert re.fullmatch(r"script-src 'nonce-[A-Za-z0-9+/=_-]+'", differs)

    guarded.customer.click()
    assert len(links()) == 1
    assert_only_the_sandbox_was_not_told(guarded.customer)


def test_neither_script_writes_markup(guarded: Guarded, sandbox: SandboxServer) -> None:
    trusted = {"require-trusted-types-for": ["'script'"], "trusted-types": ["'none'"]}
    guarded.use({**table(sandbox, whole=True), **trusted})
    guarded.open("hosts")
    guarded.customer.click()
    assert len(links()) == 1
    assert guarded.customer.errors == []


def assert_only_the_sandbox_was_not_told(customer: Visitor) -> None:
    """Check that the one complaint is of the sandbox's own ``connect-src``."""
    wait_until(customer.page, lambda: bool(customer.errors))
    (error,) = customer.errors
    assert "/_sandbox/clicks" in error
    assert "Content Security Policy" in error
