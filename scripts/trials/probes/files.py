"""Files that a probe leaves for who started it. Standard library only."""

import json
import os


def write(path, value):
    """Write JSON so that a reader sees the whole of it or nothing."""
    with open(path + ".part", "w") as stream:
        json.dump(value, stream)
    os.replace(path + ".part", path)
