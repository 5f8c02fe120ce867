"""What type checkers tell the author of a site: nothing where it is right, all where it is not."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import joinchat_django

from .checkers import CHECKERS, Report, Site, mypy_with_plug_in

pytestmark = pytest.mark.processes

SITE = Path(__file__).parent / "site"


def set_up(folder: Path) -> Site:
    """Copy the site beside an installed package."""
    installed = folder / "installed"
    installed.mkdir()
    package = Path(joinchat_django.__file__).parent
    (installed / package.name).symlink_to(package)
    return Site(shutil.copytree(SITE, folder / "site"), installed)


@pytest.fixture(scope="module", params=CHECKERS, ids=lambda checker: checker.__name__)
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What a checker reports of the whole site."""
    found: Report = request.param(set_up(tmp_path_factory.mktemp("typing")))
    return found


def wrong() -> dict[int, str]:
    """The lines that are marked in ``mistakes.py``, each with a word of the report."""
    lines = (SITE / "mistakes.py").read_text().splitlines()
    marks = ((number, re.search(r"# wrong: (.+)", line)) for number, line in enumerate(lines, 1))
    return {number: mark[1] for number, mark in marks if mark}


def test_nothing_is_reported_of_a_site_that_is_right(report: Report) -> None:
    assert {place: words for place, words in report.items() if place[0] != "mistakes.py"} == {}


def test_every_mistake_is_reported_and_nothing_else(report: Report) -> None:
    found = {line: words for (file, line), words in report.items() if file == "mistakes.py"}
    assert sorted(found) == sorted(wrong())


def test_a_report_says_what_is_wrong(report: Report) -> None:
    reports = {line: report.get(("mistakes.py", line), "") for line in wrong()}
    unclear = {line: reports[line] for line, word in wrong().items() if word not in reports[line]}
    assert unclear == {}


def test_the_plug_in_knows_the_sites_own_user_model(tmp_path: Path) -> None:
    site = set_up(tmp_path)
    site.folder.joinpath("nicknames.py").write_text(
        "from joinchat_django.models import Broadcast, MessengerLink\n"
        "MessengerLink.objects.get().user.nickname\n"
        "Broadcast.objects.get().requested_by.nickname\n"
    )
    report = mypy_with_plug_in(site, "nicknames.py")
    assert '"User"' in report["nicknames.py", 2]
    assert '"User"' in report["nicknames.py", 3]
