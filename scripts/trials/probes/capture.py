"""Runs a program that captures packets, and has it end in order when asked to, or when whoever
started this is gone.

Usage: python capture.py SPEC.json. Standard library only.
"""

import json
import signal
import subprocess
import sys

import lifeline


def main():
    with open(sys.argv[1]) as stream:
        spec = json.load(stream)
    capturing = subprocess.Popen(spec["command"], stdin=subprocess.DEVNULL)

    def end():
        capturing.send_signal(signal.SIGINT)  # it writes what it has, then ends

    lifeline.hold(end, end)
    status = capturing.wait()
    sys.exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()
