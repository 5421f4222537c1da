"""Every picture of REPORT.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from scripts.domain.files import PROJECT
from scripts.report.facts import Publication
from scripts.report.figures import history, lag, reduced, requests, style, timeline
from scripts.trials import store

Drawing = TypeVar("Drawing", bound=msgspec.Struct)


@dataclass(frozen=True)
class Figure(Generic[Drawing]):
    """One kind of picture.

    Attributes:
        name: of its files and in the page's template.
        drawings: what it draws of all that is published, by the name of the folder it lies in.
        svg: draws one.
    """

    name: str
    drawings: Callable[[Publication], Mapping[str, Drawing]]
    svg: Callable[[Drawing], bytes]


FIGURES: tuple[Figure[Any], ...] = (
    Figure("requests", requests.drawings, requests.svg),
    Figure("lag", lag.drawings, lag.svg),
    Figure("timeline", timeline.drawings, timeline.svg),
    Figure("history", history.drawings, history.svg),
    Figure("reduced", reduced.drawings, reduced.svg),
)


@dataclass(frozen=True)
class Picture:
    """One picture: of which figure, in which folder, and what it draws."""

    figure: Figure[Any]
    folder: str
    drawing: msgspec.Struct

    @property
    def path(self) -> Path:
        """Its file."""
        return store.PUBLISHED / self.folder / f"{self.figure.name}.svg"

    @property
    def current(self) -> bool:
        """Whether its file is there and shows what it should, however that is drawn."""
        return self.path.is_file() and style.shows(self.path.read_text(), self.drawing)

    def svg(self) -> str:
        """It, drawn."""
        return self.figure.svg(self.drawing).decode()


def pictures(publication: Publication) -> list[Picture]:
    """What every picture draws; none is drawn yet."""
    return [
        Picture(figure, folder, drawing)
        for figure in FIGURES
        for folder, drawing in figure.drawings(publication).items()
    ]


def paths(gallery: list[Picture]) -> dict[str, dict[str, str]]:
    """Where pictures lie, relative to the project: by figure, then by folder."""
    places: dict[str, dict[str, str]] = {}
    for picture in gallery:
        path = str(picture.path.relative_to(PROJECT))
        places.setdefault(picture.figure.name, {})[picture.folder] = path
    return places
