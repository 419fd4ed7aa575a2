"""PDF of a figure with no more line work than paper shows: matplotlib writes millionths of a point, and every curve of a letter's halo."""

from pathlib import Path
from typing import Any

from matplotlib.backends import backend_pdf
from matplotlib.backends.backend_pdf import Op, PdfFile, PdfPages
from matplotlib.figure import Figure
from matplotlib.patheffects import Stroke
from matplotlib.transforms import IdentityTransform

DECIMALS = 2
"""Of coordinates in points: 0.0035 mm on paper."""
HALO = 0.1
"""Pixels or points by which the outline of a halo may leave that of its letters, which lie upon it."""
_untyped: Any = backend_pdf
"""The parts of it that have no types."""


class Halo(Stroke):
    """A stroke along letters as straight lines: under the letters nobody sees their curves, which would be two thirds of a sheet's PDF."""

    def draw_path(self, renderer: Any, gc: Any, tpath: Any, affine: Any, rgbFace: Any = None) -> None:  # noqa: N803
        straight = tpath.cleaned(transform=affine, curves=False)
        straight.simplify_threshold = HALO
        super().draw_path(renderer, gc, straight.cleaned(simplify=True), IdentityTransform(), rgbFace)


class _ShortFile(PdfFile):
    """A PDF whose paths are written with fewer decimals; everything else is matplotlib's."""

    @staticmethod
    def pathOperations(  # noqa: N802
        path: Any, transform: Any, clip: Any = None, simplify: Any = None, sketch: Any = None
    ) -> list[Any]:
        signs = [Op.moveto.value, Op.lineto.value, b"", Op.curveto.value, Op.closepath.value]
        how = (path, transform, clip, simplify, sketch, DECIMALS, signs, True)
        return [_untyped.Verbatim(_untyped._path.convert_to_string(*how))]


_short_file: Any = _ShortFile


class _ShortPages(PdfPages):
    def _ensure_file(self) -> PdfFile:
        self._file = self._file or _short_file(self._filename, metadata=self._metadata)
        return self._file


def save_pdf(figure: Figure, file: Path, about: dict[str, Any]) -> None:
    """Write the figure as a PDF of one page. Same figure, same bytes."""
    with _ShortPages(file, metadata=about) as pages:
        pages.savefig(figure)
