"""Does something to a module right after it is imported, whenever the script comes to that.

Libraries import others as late as in their first request. Importing those for them would move the
time that takes out of what is measured. Standard library only.
"""

import importlib.util
import sys


class After:
    """A finder that knows one module, once, and hands it on when it is executed.

    Args:
        name: of the module.
        call: is given it.
    """

    def __init__(self, name, call):
        self.name = name
        self.call = call
        self.searching = False
        self.done = False

    def find_spec(self, name, *_):
        """The module's spec, whose loader hands it on; None for any other.

        Who only asks whether there is such a module gets one too, and does not import it.
        """
        if name != self.name or self.searching or self.done:
            return None
        self.searching = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.searching = False
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def executing(module):
                execute(module)
                if module.__name__ == self.name and not self.done:
                    self.done = True
                    self.call(module)

            spec.loader.exec_module = executing
        return spec


def after(name, call):
    """Call something with a module as soon as it is there, which may be now."""
    module = sys.modules.get(name)
    if module is not None:
        call(module)
    else:
        sys.meta_path.insert(0, After(name, call))
