# /// script
# dependencies = ["packaging"]
# ///
from packaging.version import parse

print(sorted(["1.0", "2004d", "2005b"], key=parse))
