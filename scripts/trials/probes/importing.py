"""Something is done with a module as soon as it is imported, whoever imports it.

Standard library only.
"""

import importlib.util
import sys


class Awaited:
    """Does something with a module as soon as it is imported, before anyone else has it.

    Args:
        name: of the module.
        then: called with it.
    """

    def __init__(self, name, then):
        self.name = name
        self.then = then

    def find_spec(self, name, *_):
        """What Python asks of whatever may find a module; None where others are to."""
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        execute = getattr(spec and spec.loader, "exec_module", None)
        if execute is None:
            return spec

        def executed(module):
            execute(module)
            self.then(module)

        spec.loader.exec_module = executed
        return spec


def awaiting(name, then):
    """Do something with a module once it is imported; at once where it already is."""
    if name in sys.modules:
        then(sys.modules[name])
    else:
        sys.meta_path.insert(0, Awaited(name, then))
