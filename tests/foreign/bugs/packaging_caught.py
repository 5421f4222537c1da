import sys

from packaging.version import parse

try:
    print(max(["1.0", "2004d"], key=parse))
except ValueError as e:
    sys.exit(f"error: {e}")
