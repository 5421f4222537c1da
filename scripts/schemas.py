"""The JSON Schema of what each verb prints with --json, as git keeps it: `nox -s schemas`.

It stands above the verbs, because it knows what each of them prints.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.inspect import Field, StructType, Type, type_info

from scripts.benchmarks.command import Results
from scripts.commands.health import Machine
from scripts.domain.files import PROJECT, replace
from scripts.report.chains import PrintedChain
from scripts.report.contrasts import PrintedDifference
from scripts.report.document import Document, TrialDocument
from scripts.report.findings import PrintedFinding
from scripts.report.histories import PrintedHistory
from scripts.report.maps import PrintedMap
from scripts.report.matrix import Matrix
from scripts.report.page.tracing import PrintedSources
from scripts.report.proofs import PrintedProof
from scripts.report.reductions import PrintedReduction
from scripts.report.story import PrintedStory
from scripts.report.surveys import PrintedSurvey

FOLDER = PROJECT / "schemas"
"""Where the schemas are, a file for each verb."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""The one that msgspec writes."""

DOCUMENTS: dict[str, type[Document]] = {
    "bench": Results,
    "bisect": PrintedFinding,
    "chain": PrintedChain,
    "difference": PrintedDifference,
    "doctor": Machine,
    "explain": PrintedStory,
    "history": PrintedHistory,
    "map": PrintedMap,
    "prove": PrintedProof,
    "reduce": PrintedReduction,
    "report": PrintedSources,
    "repro": Matrix,
    "survey": PrintedSurvey,
    "trial": TrialDocument,
}
"""What each verb prints with --json; a verb that goes on from one answer to the next, a chain."""


def schema(verb: str) -> bytes:
    """The JSON Schema of what a verb prints, as its file holds it."""
    kind = DOCUMENTS[verb]
    _, definitions = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    for part in set(structs(type_info(kind))):
        describe(definitions[part.__name__], part)
    document = definitions.pop(kind.__name__)
    properties = document["properties"]
    properties["schema"] = {"const": verb, "description": "the verb that printed this."}
    [version] = properties["version"].pop("enum")
    properties["version"] = {"const": version} | properties["version"]
    head = {
        "$schema": DIALECT,
        "$id": f"urn:readerror-repro:{verb}:{version}",
        "title": f"{verb} --json",
    }
    whole = head | document | {"$defs": definitions}
    return msgspec.json.format(msgspec.json.encode(whole)) + b"\n"


def structs(part: object) -> Iterator[type]:
    """Every kind of struct within a type, as `msgspec.inspect` tells it."""
    if isinstance(part, StructType):
        yield part.cls
    if isinstance(part, Type | Field):
        part = msgspec.structs.astuple(part)
    if isinstance(part, tuple):
        for inner in part:
            yield from structs(inner)


def describe(definition: dict[str, Any], kind: type) -> None:
    """Put what a struct's docstring says into its definition.

    Args:
        definition: as msgspec made it.
        kind: the struct.

    Raises:
        KeyError: the docstring does not tell of a field.
    """
    del definition["title"]
    definition["description"], _ = told(kind)
    attributes: dict[str, str] = {}
    for ancestor in reversed(kind.__mro__):
        if issubclass(ancestor, msgspec.Struct):
            attributes |= told(ancestor)[1]
    fields = msgspec.structs.fields(kind)
    if "prefixItems" in definition:
        for item, field in zip(definition["prefixItems"], fields, strict=True):
            item["description"] = f"{field.encode_name}: {attributes[field.name]}"
        return
    properties = definition["properties"]
    if issubclass(kind, Document):
        properties["schema"]["description"] = "the verb that would print this by itself."
    for field in fields:
        properties[field.encode_name]["description"] = attributes[field.name]


def told(kind: type) -> tuple[str, dict[str, str]]:
    """What a class's docstring says of it, and of each of its attributes.

    A line "bad, good: the targets" tells of both.
    """
    text = inspect.cleandoc(kind.__dict__.get("__doc__") or "")
    about, _, section = text.partition("\n\nAttributes:\n")
    attributes: dict[str, str] = {}
    for entry in re.split(r"\n(?! )", textwrap.dedent(section.partition("\n\n")[0])):
        names, _, words = entry.partition(": ")
        attributes |= dict.fromkeys(names.split(", "), as_json(words))
    return as_json(about), attributes


def as_json(words: str) -> str:
    """Words of a docstring in one line, for readers who know no Python."""
    return re.sub(r"\bNone\b", "null", " ".join(words.split()))


def main() -> None:
    """Write the schema of every verb."""
    for verb in DOCUMENTS:
        replace(FOLDER / f"{verb}.json", schema(verb))


if __name__ == "__main__":
    main()
