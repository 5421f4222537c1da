"""A plugin of pytest's that writes how each test ended, for whoever started it.

It is told the file in OUTCOMES, and in PRELUDE one that is run before the tests are read, where
there is one. Standard library only.
"""

import json
import os
import runpy

outcomes = {}


def pytest_configure():
    """Run what is to run before the tests are read."""
    if "PRELUDE" in os.environ:
        runpy.run_path(os.environ["PRELUDE"], run_name="prelude")


def pytest_runtest_logreport(report):
    """Keep what a test ended with: its worst part."""
    told = report.when == "call" or report.outcome != "passed"
    if told and outcomes.get(report.nodeid) != "failed":
        outcomes[report.nodeid] = report.outcome


def pytest_collectreport(report):
    """Keep what could not be collected."""
    if report.failed:
        outcomes[report.nodeid] = "failed"


def pytest_sessionfinish(exitstatus):
    """Write all of it."""
    with open(os.environ["OUTCOMES"], "w") as stream:
        json.dump({"status": int(exitstatus), "outcomes": outcomes}, stream)
