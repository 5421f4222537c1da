"""Python that the client runs before its script, as a user would paste it there, and what it
replaced in the installed packages. Standard library only.
"""

import ast
import importlib
import sys
import types


class Refused(Exception):
    """It raised, or it replaced nothing."""


def held(folders):
    """What the modules and classes that lie in some folders hold: (where, name) -> value."""
    values = {}
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None) or ""
        if not path.startswith(folders) or not isinstance(module, types.ModuleType):
            continue
        for key, value in list(vars(module).items()):
            values[name, key] = value
            if isinstance(value, type) and value.__module__ == name:
                for inner, method in list(vars(value).items()):
                    values[name + "." + key, inner] = method
    return values


def replaced(before, after, path):
    """Names of what is held otherwise than before; of modules that were not imported before, of
    what was defined in this file.
    """
    return sorted(
        "%s.%s" % key
        for key, value in after.items()
        if (before[key] is not value if key in before else defined_in(value, path))
    )


def defined_in(value, path):
    """Whether a function or a class was defined in a file."""
    value = getattr(value, "__func__", value)  # of a class method
    code = getattr(value, "__code__", None)
    if code is not None:
        return code.co_filename == path
    return getattr(value, "__module__", None) == "prelude"


def imported(tree):
    """Names of the modules that it imports by itself, outside of functions and conditions."""
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            for name in statement.names:
                yield name.name
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            yield statement.module


def run(path, package, folders):
    """Run it, in a module of its own.

    Args:
        path: of the file.
        package: that it is meant to change, which is imported before, as is what it imports itself:
            so that what it replaces there is seen, whatever that is.
        folders: of the installed packages.

    Returns:
        Names of what it replaced.

    Raises:
        Refused: it raised, ended the program, or replaced nothing.
    """
    importlib.import_module(package)
    with open(path, "rb") as stream:
        tree = ast.parse(stream.read(), path)
    module = types.ModuleType("prelude")
    module.__file__ = path
    sys.modules["prelude"] = module
    finders = list(sys.meta_path)
    try:
        for name in imported(tree):
            importlib.import_module(name)
        before = held(folders)
        exec(compile(tree, path, "exec"), vars(module))
    except SystemExit as leaving:
        raise Refused("it ends the program: %s" % (leaving.code,)) from leaving
    except Exception as error:
        raise Refused("it raises %s: %s" % (type(error).__name__, error)) from error
    names = replaced(before, held(folders), path)
    if not names and finders == sys.meta_path:
        raise Refused("it replaces nothing of what is installed")
    return names
