"""Whether a package has a part in what is asked: an environment holds it, or a script imports it.

Any package of the index can be installed beside a client. One that the client never uses tells
nothing, and a name with a slip in it is somebody else's package.
"""

from __future__ import annotations

import ast
import difflib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from packaging.utils import canonicalize_name

from scripts.domain import paths
from scripts.domain.files import PROJECT
from scripts.domain.pins import SERVER_PREFIX, project
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.domain.trial import Target
from scripts.environments import index
from scripts.environments.build import Environments
from scripts.environments.clone import Clone
from scripts.environments.requirements import client_requirements, server_requirements
from scripts.environments.uv import Unavailable, wheel_builder
from scripts.environments.wheels import Foreign, build_wheels, modules
from scripts.environments.workspace import workspace
from scripts.trials import own_modules


@dataclass(frozen=True)
class Surroundings:
    """What a script runs among, as far as it is known without the package in question.

    Attributes:
        script: its path, as the target has it.
        axis: whether the script is one of this project's own.
        modules: top-level modules that it imports, the standard library's left out.
        packages: names of the packages it asks for and, where they go together, of all that its
            environment holds.
        lacking: why its environment cannot be resolved; None where it can.
    """

    script: str
    axis: bool
    modules: frozenset[str]
    packages: frozenset[str]
    lacking: Unavailable | None = None

    def holds(self, package: str) -> bool:
        """Whether a package is among them, or gives its name to a module that is imported."""
        return package in self._names

    def nearest(self, package: str) -> str | None:
        """The name among them that is most like a package's; None where none is."""
        return next(iter(difflib.get_close_matches(package, sorted(self._names), 1)), None)

    def remedy(self, package: str) -> str:
        """What to do where a package is not among them."""
        near = self.nearest(package)
        there = f"name a package that is there{f', such as {near}' if near else ''}"
        header = f", or declare in the script's header (PEP 723) what brings {package}"
        return there if self.axis else there + header

    @property
    def _names(self) -> set[str]:
        return {*self.packages, *map(canonicalize_name, self.modules)}


def require_release(package: str, target: Target, python: str, environments: Environments) -> None:
    """Make sure that a package of the index has a part in what a target runs.

    Args:
        package: as the question names it.
        target: whose pins may name it at any version.
        python: full version of the interpreter.
        environments: where that is looked up.

    Raises:
        UsageProblem: it has none, or the index has no such package.
        MeasurementProblem: the index cannot be reached, or it cannot be told.
    """
    around = surroundings(package, target, environments)
    name = package.removeprefix(SERVER_PREFIX)
    if around.holds(name):
        return
    try:
        newest = index.newest(name, python)
    except UsageProblem as problem:
        near = around.nearest(name)
        if near is None:
            raise
        raise UsageProblem(f"{str(problem)[:-1]}; did you mean {near}?") from problem
    with workspace() as scratch:
        wheel = index.download_wheel(f"{name}=={newest}", python, scratch)
        if wheel is None:
            raise UsageProblem(
                f"{name} is not in the environment of {around.script}, and whether that imports "
                f"it cannot be told, for it has no wheel: {around.remedy(name)}."
            )
        _require_import(name, modules(wheel), around)


def require_commits(
    package: str, target: Target, clone: Clone, commits: Sequence[str], environments: Environments
) -> None:
    """Make sure that a package of a clone has a part in what a target's client runs.

    Args:
        package: its name.
        target: without a commit.
        clone: where the commits are.
        commits: full hashes; the first that builds says which modules the package brings. Where
            none does, its trials will say so, and nothing is refused.
        environments: where the client's is looked up.

    Raises:
        UsageProblem: it has none.
        MeasurementProblem: it cannot be told.
    """
    around = surroundings(package, target, environments)
    if around.holds(package):
        return
    build = wheel_builder(environments.interpreter(target.python).path)
    for commit in commits:
        with workspace() as scratch:
            try:
                wheels = build_wheels(clone, package, commit, scratch, build)
            except (Unavailable, Foreign, UsageProblem):
                continue
            return _require_import(package, modules(wheels[package]), around)


def _require_import(package: str, brought: set[str], around: Surroundings) -> None:
    """Make sure that a script imports one of the modules that a package brings.

    Raises:
        UsageProblem, MeasurementProblem: as for releases.
    """
    if brought & around.modules:
        return
    if around.lacking is not None:
        raise MeasurementProblem(
            f"whether {package} is in the environment of {around.script} cannot be told: "
            f"{around.lacking}."
        )
    raise UsageProblem(
        f"{package} is not in the environment of {around.script}, which imports nothing of it: "
        f"{around.remedy(package)}."
    )


def surroundings(package: str, target: Target, environments: Environments) -> Surroundings:
    """What the script that a package is to belong to runs among, without that package's own pin.

    Nothing is resolved where what the script asks for and imports names the package already.

    Args:
        package: as the question names it: with its prefix, the server's script is meant.
        target: whose pins may name it at any version.
        environments: where it is resolved.

    Raises:
        UsageProblem: the script's header cannot be read.
    """
    serving, name = package.startswith(SERVER_PREFIX), package.removeprefix(SERVER_PREFIX)
    script = target.server if serving else target.script
    path = paths.located(script)
    folder = paths.located(target.cwd) if target.module and not serving else path.parent
    bare = _without(target, name, serving)
    requirements = server_requirements(bare) if serving else client_requirements(bare)
    # An installed module has no script of the user's: it is itself what is imported.
    imports = _imports(path, folder) if script else frozenset({target.module.partition(".")[0]})
    around = Surroundings(
        script or target.module,
        path.is_relative_to(PROJECT / "repro"),
        imports,
        frozenset(map(project, requirements)),
    )
    if around.holds(name):
        return around
    resolved = environments.server_packages if serving else environments.client_packages
    try:
        packages = around.packages | resolved(bare).keys()
    except Unavailable as error:
        return replace(around, lacking=error)
    return replace(around, packages=packages)


def _imports(script: Path, folder: Path) -> frozenset[str]:
    """The modules that come from a package, of those that a script and its own modules import."""
    names = [imported(text) for text in own_modules.texts(script, folder)]
    return foreign(frozenset().union(*names), folder)


def _without(target: Target, package: str, serving: bool) -> Target:
    """A target that does not pin a package of its client, or of its server."""
    old = target.server_pins if serving else target.pins
    pins = tuple(pin for pin in old if project(pin) != package)
    field = "server_pins" if serving else "pins"
    return msgspec.structs.replace(target, **{field: pins})


BY_NAME = ("import_module", "find_spec", "__import__")
"""Functions that import a module, or look for it, by its name."""


def imported(source: str) -> frozenset[str]:
    """The top-level modules that a script imports anywhere, or names where it calls what imports.

    Args:
        source: of the script, which is Python; nothing of it is run.
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
        elif isinstance(node, ast.Call):
            names.update(_named(node))
    return frozenset(name.partition(".")[0] for name in names)


def _named(call: ast.Call) -> list[str]:
    """The module that a call imports, or looks for, where it names one outright."""
    called = ast.unparse(call.func).rpartition(".")[2]
    names = [node.value for node in call.args[:1] if isinstance(node, ast.Constant)]
    known = [name for name in names if isinstance(name, str) and not name.startswith(".")]
    return known if called in BY_NAME else []


def foreign(modules: frozenset[str], folder: Path) -> frozenset[str]:
    """Of the modules that a script imports, those that come from a package.

    Args:
        modules: top-level.
        folder: of the script, whose neighbours it imports first.
    """
    beside = {
        module
        for module in modules
        if (folder / f"{module}.py").is_file() or (folder / module / "__init__.py").is_file()
    }
    return modules - sys.stdlib_module_names - beside
