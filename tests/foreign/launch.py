"""Runs a script and writes down how it ended and its peak memory.

Started by the verifier: a process begins with the peak of the one that starts it, so that one has
to be small.
"""

import json
import os
import sys
import time

report, script = sys.argv[1:]
began = time.monotonic()
child = os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, script])
_, code, used = os.wait4(child, 0)
with open(report, "w") as file:
    json.dump(
        {
            "status": os.waitstatus_to_exitcode(code),
            "seconds": round(time.monotonic() - began, 2),
            "megabytes": round(used.ru_maxrss / 1024, 1),
        },
        file,
    )
