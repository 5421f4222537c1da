import sys

import tomlkit

if not hasattr(tomlkit, "dump"):
    sys.exit(125)

document = tomlkit.parse('[table]\nfoo = "bar"  # String\n')
print(tomlkit.dumps(document["table"]["foo"]))
