"""The plug-in as an installed package brings it, in a site's whole test run."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.readme.blocks import block
from tests.readme.programs import PROJECT
from tests.scripts import ROOT
from tests.servers import LoopbackServer

pytest_plugins = ["pytester"]

SITE = Path(__file__).parent / "site"


@pytest.mark.parametrize(
    ("example", "shown"),
    [
        ("test_readme.py", block("python", "(joinchat_outbox, lin)")),
        ("test_readme_unittest.py", block("python", "class ShippingTests(")),
    ],
)
def test_the_readme_shows_tests_that_are_run_here(example: str, shown: str) -> None:
    title, _end, code = shown.partition("\n")
    assert title == "# shop/tests/test_shipping.py"
    assert code == (SITE / example).read_text()


@pytest.fixture
def site(
    pytester: pytest.Pytester, joinchat: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """A site beside an installed package, in processes of its own."""
    shutil.copytree(SITE, pytester.path, dirs_exist_ok=True)
    installed = pytester.mkdir("installed")
    metadata = installed / "joinchat_django-0.dist-info"
    metadata.mkdir()
    metadata.joinpath("METADATA").write_text("Name: joinchat-django\nVersion: 0\n")
    groups = PROJECT["entry-points"].items()
    metadata.joinpath("entry_points.txt").write_text(
        "".join(
            f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
            for group, points in groups
        )
    )
    monkeypatch.setenv("PYTHONPATH", f"{installed}:{ROOT}")
    monkeypatch.setenv("SITE_API_URL", joinchat.url)
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return pytester


def run(site: pytest.Pytester, *args: str) -> pytest.RunResult:
    """Run pytest with the plug-ins that are installed, this one among them."""
    return site.runpytest_subprocess("-p", "no:cacheprovider", "--strict-markers", *args)


@pytest.mark.processes
def test_a_site_calls_its_server_only_where_the_marker_says_so(
    site: pytest.Pytester, joinchat: LoopbackServer
) -> None:
    result = run(site, "--ds=settings", "-W", "error")
    result.assert_outcomes(passed=15)
    result.stdout.fnmatch_lines(["*plugins:*joinchat-django-*"])
    assert len(joinchat.requests) == 1


@pytest.mark.processes
def test_djangos_own_runner_runs_the_test_cases(
    site: pytest.Pytester, joinchat: LoopbackServer
) -> None:
    arguments = ("-m", "django", "test", "--settings=settings", "test_readme_unittest")
    result = site.run(sys.executable, "-W", "error", *arguments)
    result.stderr.fnmatch_lines(["Ran 2 tests*", "OK"])
    assert not joinchat.requests


@pytest.mark.processes
@pytest.mark.parametrize("options", [[], ["-p", "no:django"]])
def test_a_project_without_django_pays_nothing(site: pytest.Pytester, options: list[str]) -> None:
    for path in site.path.glob("*.py"):
        path.unlink()
    site.makepyfile(
        """
        import sys

        def test_it(request):
            assert request.config.pluginmanager.has_plugin("joinchat_django")
            ours = {name for name in sys.modules if name.startswith("joinchat_django")}
            assert ours == {
                "joinchat_django", "joinchat_django.pytest_plugin", "joinchat_django.forced_backend"
            }
        """
    )
    run(site, *options).assert_outcomes(passed=1)
