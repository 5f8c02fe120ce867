"""A release has what is tracked, each file where it belongs, and nothing that lay about."""

from __future__ import annotations

import re

import pytest

from .distributions import PACKAGE, Distributions, tracked_files

pytestmark = pytest.mark.processes


def test_the_wheel_has_the_whole_package_and_nothing_else(distributions: Distributions) -> None:
    """Each template, static file, translation and migration; no tests, no example."""
    package = {name for name in tracked_files() if name.startswith(f"{PACKAGE}/")}
    assert f"{PACKAGE}/py.typed" in package
    files = distributions.files_of_the_wheel()
    of_the_format = {name for name in files if re.match(rf"{PACKAGE}-[\d.]+\.dist-info/", name)}
    assert sorted(files - of_the_format) == sorted(package)
    assert {name.partition("/")[2] for name in of_the_format} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
        "top_level.txt",
    }


def test_a_translation_is_shipped_as_django_reads_it(distributions: Distributions) -> None:
    files = distributions.files_of_the_wheel()
    sources = [name for name in tracked_files() if re.match(rf"{PACKAGE}/.*\.po$", name)]
    assert files.issuperset(re.sub("po$", "mo", name) for name in sources)


def test_the_sdist_has_all_but_what_is_for_the_repository(distributions: Distributions) -> None:
    """With the tests, the example and all that it takes to run and to change them."""
    # Dotted names at the top are the editor's, git's and CI's.
    tracked = {name for name in tracked_files() if not name.startswith(".")}
    assert tracked.issuperset({"README.md", "LICENSE", "CHANGELOG.md", "tests/settings.py"})
    files = distributions.files_of_the_sdist()
    of_the_format = {name for name in files if name.startswith(f"{PACKAGE}.egg-info/")}
    assert sorted(files - of_the_format) == sorted(tracked | {"PKG-INFO", "setup.cfg"})
