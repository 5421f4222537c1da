"""How long a client library keeps idle connections, changed where the load says so.

Standard library only, old syntax: this runs inside the environment under test.
"""

import functools
import gc
import inspect
import sys

DEFAULT = object()


class Seconds(float):
    """Seconds that were changed here: a layer below, which is handed them on, takes them as they
    are."""


class Expiry:
    """Changes the keep-alive expiry of every library it knows.

    Args:
        spec: what the probe is asked to do.
        replaced: told of each class whose expiry is another than its script or library says.
    """

    def __init__(self, spec, replaced):
        self.seconds = spec["keepalive_expiry"]
        self.factor = spec["expiry_factor"]
        self.hooks = spec["keepalive_hooks"]
        self.replaced = replaced
        self.changed = set()

    def change(self):
        """Change it in the libraries that are imported by now."""
        if self.seconds is None and self.factor == 1:
            return
        for module, hook in self.hooks:
            if module in sys.modules and module not in self.changed:
                self.changed.add(module)
                owner = getattr(sys.modules[module], hook["owner"])
                name = "%s.%s(%s)" % (module, hook["owner"], hook["argument"])
                self.of_those_made(owner, hook, name)
                self.of_those_to_come(owner, hook, name)

    def of_those_to_come(self, owner, hook, name):
        """Change what every construction of a class is given, whatever the caller says."""
        original = owner.__init__
        argument = hook["argument"]
        parameters = inspect.signature(original).parameters
        if argument not in parameters:  # of a release that takes none
            return
        names = list(parameters)[1:]
        place = names.index(argument)

        @functools.wraps(original)
        def constructor(instance, *arguments, **named):
            if len(arguments) > place:  # given without its name
                named.update(zip(names[place:], arguments[place:]))  # noqa: B905 - old syntax
                arguments = arguments[:place]
            if not named.get(hook["unless"]):
                seconds = self.instead(
                    named.get(argument, parameters[argument].default), hook["seconds"]
                )
                if seconds is not None:
                    named[argument] = self.replaced[name] = seconds
            original(instance, *arguments, **named)

        owner.__init__ = constructor

    def of_those_made(self, owner, hook, name):
        """Change it in what was made before, such as a library's own default."""
        for instance in gc.get_objects():
            if type(instance) is owner:
                for attribute in (hook["argument"], "_" + hook["argument"]):
                    given = getattr(instance, attribute, DEFAULT)
                    seconds = self.instead(given, hook["seconds"])
                    numbered = given is None or isinstance(given, (int, float))
                    if numbered and seconds is not None:
                        setattr(instance, attribute, seconds)
                        self.replaced[name] = seconds

    def instead(self, given, usual):
        """The seconds that take the place of what is given; None where that stays.

        Args:
            given: a number; None for never; anything else stands for the default.
            usual: seconds of the default.
        """
        if isinstance(given, Seconds):
            return None
        if self.seconds is not None:
            return Seconds(self.seconds)
        if given is None:
            return None
        return Seconds((given if isinstance(given, (int, float)) else usual) * self.factor)
