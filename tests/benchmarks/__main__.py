"""``python -m tests.benchmarks``: measures what was asked for and prints one table."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .sink import SinkMissing, sink
from .table import Line, markdown

ROOT = Path(__file__).parents[2]

#: Seconds that the sink lets pass below ``/late``.
LATENCY = 0.1


@dataclass(frozen=True)
class Subject:
    """A module of this package that measures something, and the databases that it does so on."""

    module: str
    databases: tuple[str, ...] = ("sqlite",)
    #: Whether the version of Python matters, so that ``--also`` counts for it.
    by_python: bool = False


SUBJECTS = (
    Subject("client", by_python=True),
    Subject("delivery", ("sqlite", "postgresql")),
    Subject("processes", ("postgresql",)),
    Subject("latency", ("postgresql",)),
    Subject("bulk", ("postgresql", "sqlite")),
    Subject("bulk_costs", ("postgresql", "sqlite")),
    Subject("bulk_names", ("postgresql", "sqlite")),
    Subject("memory", ("postgresql", "sqlite")),
    Subject("claims", ("postgresql", "sqlite", "mariadb")),
    Subject("triggers"),
)


def parser() -> argparse.ArgumentParser:
    """Return what reads the command's arguments."""
    names = [subject.module for subject in SUBJECTS]
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"one of {', '.join(names)}")
    parser.add_argument(
        "--also",
        metavar="PYTHON",
        action="append",
        default=[],
        help="another interpreter that has the extra bench, for what depends on its version",
    )
    parser.add_argument(
        "--database", action="append", help="measure on this kind alone: sqlite, postgresql, …"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the sizes, to see that all of it runs"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks that were named, all by default. Returns 1 if one could not be run."""
    options = parser().parse_args(arguments)
    if unknown := set(options.names) - {subject.module for subject in SUBJECTS}:
        parser().error(f"no benchmark is called {', '.join(sorted(unknown))}")
    lines: list[Line] = []
    failed: list[str] = []
    try:
        with sink(late=LATENCY) as url:
            for subject in SUBJECTS:
                if options.names and subject.module not in options.names:
                    continue
                for python in [sys.executable, *(options.also if subject.by_python else ())]:
                    for database in subject.databases:
                        if options.database and database not in options.database:
                            continue
                        print(f"{subject.module} on {database} …", file=sys.stderr, flush=True)
                        try:
                            lines += _measured(subject, database, url, python, options.quick)
                        except subprocess.CalledProcessError:
                            failed.append(f"{subject.module} on {database}")
    except SinkMissing as error:
        parser().error(str(error))
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores\n")
    print(markdown(lines))
    for one in failed:
        print(f"\nNOT MEASURED: {one} (its error is above)")
    return 1 if failed else 0


def _measured(
    subject: Subject, database: str, url: str, python: str, quick: bool
) -> Iterator[Line]:
    """Run one subject in a process of its own and yield its lines as they come."""
    command = [python, "-m", "tests.benchmarks.subject", subject.module, database, url]
    with subprocess.Popen(
        [*command, *(["--quick"] if quick else [])], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for text in process.stdout:
            line = Line.from_json(text)
            print(f"  {line.measure}: {line.figure:.3g} {line.unit}", file=sys.stderr, flush=True)
            yield line
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


if __name__ == "__main__":
    raise SystemExit(main())
