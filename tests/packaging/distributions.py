"""The sdist and the wheel, built as a release is, and what is in them."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tests.programs import require_packages, require_program, skip_or_fail
from tests.scripts import BUILD_PATIENCE, ROOT, run_python

PACKAGE = "joinchat_django"

#: What lies about in a developer's folder, some of it secret, and belongs into no distribution.
STRAYS = (
    f"{PACKAGE}/__pycache__/views.cpython-311.pyc",
    f"{PACKAGE}/db.sqlite3",
    f"{PACKAGE}/static/{PACKAGE}/joinchat.js.orig",
    "example_project/.env",
    "example_project/db.sqlite3",
    "tests/__pycache__/test_views.cpython-311.pyc",
    ".venv/lib/site.py",
    "artifacts/pictures/index.html",
)


@dataclass(frozen=True)
class Distributions:
    """The two files, which :meth:`build` has made."""

    sdist: Path
    wheel: Path

    @classmethod
    def build(cls, folder: Path) -> Distributions:
        """Run ``python -m build`` on a copy of the tracked files, among :data:`STRAYS`."""
        require_packages("build")
        copy = folder / "copy"
        for name in tracked_files():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
        for name in STRAYS:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_text("A stray.")
        built = ("-m", "build", "--outdir", str(folder / "dist"), str(copy))
        run_python(*built, timeout=BUILD_PATIENCE, PYTHONPATH="")
        [sdist], [wheel] = (list(folder.glob(f"dist/*.{kind}")) for kind in ("tar.gz", "whl"))
        return cls(sdist, wheel)

    def files_of_the_sdist(self) -> set[str]:
        """Return the names in the sdist, without the folder that all of them are in."""
        with tarfile.open(self.sdist) as archive:
            files = [member.name for member in archive.getmembers() if member.isfile()]
        return {name.partition("/")[2] for name in files}

    def files_of_the_wheel(self) -> set[str]:
        """Return the names in the wheel."""
        with zipfile.ZipFile(self.wheel) as archive:
            return set(archive.namelist())


def tracked_files() -> list[str]:
    """Return the files that git knows, the ones of a clone; end the test where there is no git."""
    git = require_program("git")
    if not (ROOT / ".git").exists():
        skip_or_fail("This test needs a clone: what it compares with are the tracked files.")
    ran = subprocess.run(
        (git, "ls-files", "-z"), cwd=ROOT, capture_output=True, text=True, check=True
    )
    # One that is deleted and not yet committed is still listed.
    return [name for name in ran.stdout.split("\0") if name and (ROOT / name).is_file()]
