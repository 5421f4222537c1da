"""Every picture of REPORT.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from scripts.domain.files import PROJECT
from scripts.report.facts import Publication
from scripts.report.figures import (
    blocked,
    callers,
    history,
    lag,
    remedies,
    requests,
    settings,
    style,
    timeline,
)
from scripts.trials import store

Drawing = TypeVar("Drawing", bound=msgspec.Struct)


@dataclass(frozen=True)
class PictureKind(Generic[Drawing]):
    """One kind of picture.

    Attributes:
        name: of its files and in the page's template.
        drawings: what it draws of all that is published, by the name of the folder it lies in.
        svg: draws one.
    """

    name: str
    drawings: Callable[[Publication], Mapping[str, Drawing]]
    svg: Callable[[Drawing], bytes]


PICTURE_KINDS: tuple[PictureKind[Any], ...] = (
    PictureKind("requests", requests.drawings, requests.svg),
    PictureKind("lag", lag.drawings, lag.svg),
    PictureKind("blocked", blocked.drawings, blocked.svg),
    PictureKind("timeline", timeline.drawings, timeline.svg),
    PictureKind("callers", callers.drawings, callers.svg),
    PictureKind("remedies", remedies.drawings, remedies.svg),
    PictureKind("history", history.drawings, history.svg),
    PictureKind("map", settings.drawings, settings.svg),
)


@dataclass(frozen=True)
class Picture:
    """One picture: of which kind, in which folder, and what it draws."""

    kind: PictureKind[Any]
    folder: str
    drawing: msgspec.Struct

    @property
    def path(self) -> Path:
        """Its file."""
        return store.PUBLISHED / self.folder / f"{self.kind.name}.svg"

    @property
    def current(self) -> bool:
        """Whether its file is there and shows what it should, however that is drawn."""
        return self.path.is_file() and style.shows(self.path.read_text(), self.drawing)

    def svg(self) -> str:
        """It, drawn."""
        return self.kind.svg(self.drawing).decode()


def pictures(publication: Publication) -> list[Picture]:
    """What every picture draws; none is drawn yet."""
    return [
        Picture(kind, folder, drawing)
        for kind in PICTURE_KINDS
        for folder, drawing in kind.drawings(publication).items()
    ]


def paths(gallery: list[Picture]) -> dict[str, dict[str, str]]:
    """Where pictures lie, relative to the project: by kind, then by folder."""
    places: dict[str, dict[str, str]] = {}
    for picture in gallery:
        path = str(picture.path.relative_to(PROJECT))
        places.setdefault(picture.kind.name, {})[picture.folder] = path
    return places
