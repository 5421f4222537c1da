"""What a report is made of, as it gets out."""

from __future__ import annotations

import dataclasses
from collections import Counter

from scripts.analysis.readings import Printed
from scripts.report.gate import tracebacks, trials
from scripts.report.gate.withheld import Gate
from scripts.report.issue.general import safe_program
from scripts.report.issue.material import Material, ReportedRun
from scripts.report.issue.redaction import Redactor


def gated(material: Material, gate: Gate, hide: Redactor) -> Material:
    """The same material without what is not known to be safe: its trials are read already.

    What stands in the programs, which are shown without what the detector finds, is told anyway.

    Args:
        material: what a folder holds.
        hide: replaces what must not be published, in programs.
        gate: takes what is kept back of the trial that is shown; of the others only names and
            packages are told.
    """
    uncounted = dataclasses.replace(hide, replaced=Counter())
    programs = [safe_program(source, uncounted) for source in (material.script, material.server)]
    gate.beside = "\n".join(program.text for program in programs if program is not None)
    beside = Gate(gate.revealed, gate.beside)
    shown = _run(material.shown, gate)
    runs = [shown if run == material.shown else _run(run, beside) for run in material.runs]
    gate.take(beside)
    command = [gate.scrubbed(word) for word in material.command]
    return dataclasses.replace(material, runs=runs, shown=shown, command=command)


def _run(run: ReportedRun, gate: Gate) -> ReportedRun:
    basis = run.reading.basis
    reading = run.reading
    if isinstance(basis, Printed):
        line = tracebacks.gated(basis.line, (), gate, kind="line")
        reading = dataclasses.replace(reading, basis=dataclasses.replace(basis, line=line))
    return dataclasses.replace(
        run,
        name=gate.scrubbed(run.name),
        trial=trials.gated(run.trial, gate),
        reading=reading,
    )
