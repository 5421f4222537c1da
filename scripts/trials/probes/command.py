"""Runs a server in any language, and ends with it, or with whoever started it.

Usage: python command.py SPEC.json. It leads a process group of its own, in which the server and
all it starts stay. Standard library only.
"""

import json
import os
import signal
import subprocess
import sys

import lifeline


def end_all():
    """End this process and everything it started."""
    os.killpg(0, signal.SIGKILL)


def main():
    with open(sys.argv[1]) as stream:
        spec = json.load(stream)
    lifeline.hold(end_all, end_all)
    try:
        status = subprocess.call(spec["command"], stdin=subprocess.DEVNULL)
    except OSError as error:
        sys.exit("%s cannot be started: %s" % (spec["command"][0], error.strerror))
    sys.exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()
