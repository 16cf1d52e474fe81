"""What all plots share: text is never read as mathematics, and the same figures give the same bytes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from collector.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def require_matplotlib(flag: str) -> None:
    """InputError if plots can't be drawn here; `flag` is what asked for them."""
    try:
        import matplotlib.figure  # noqa: F401
    except ModuleNotFoundError as error:
        raise InputError(f"{flag} needs {error.name}; install the extra: pip install -e '.[web]'") from None


def picture_of(canvas: Figure, kind: str, salt: str = "eevee") -> bytes:
    """The figure as svg or png; `salt` keeps apart the names inside several SVG pictures of one page."""
    import matplotlib

    written = io.BytesIO()
    unnamed = dict.fromkeys(("Creator", "Date", "Format", "Type")) if kind == "svg" else None
    with matplotlib.rc_context({"svg.hashsalt": salt, "svg.fonttype": "none"}):
        canvas.savefig(written, format=kind, dpi=150, metadata=unnamed)
    return written.getvalue()


def as_text(name: str) -> str:
    """A name as it stands: matplotlib reads dollar signs as mathematics."""
    return name.replace("$", r"\$")
