"""Measurements of the app's speed, side by side with what a site would use otherwise.

``python -m tests.benchmarks`` runs them and prints one table. They are no part of the test run: a
ratio on a busy machine is no reason to fail.
"""
