"""One benchmark in a process of its own: prints its lines as JSON, each as soon as it is known."""

from __future__ import annotations

import argparse
import importlib

from .sites import DATABASES, site


def main() -> None:
    """Make this process a site and measure one subject in it."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.subject")
    parser.add_argument("module")
    parser.add_argument("database", choices=DATABASES)
    parser.add_argument("sink")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    with site(options.database, options.sink) as found:
        module = importlib.import_module(f"{__package__}.{options.module}")
        for line in module.measure(found, quick=options.quick):
            print(line.to_json(), flush=True)


if __name__ == "__main__":
    main()
