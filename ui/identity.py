"""Who is asking: what the configuration of this PC says. Nothing that a browser sends can widen it."""

from __future__ import annotations

from rag.config import Settings
from rag.domain import Viewer


def viewer(settings: Settings) -> Viewer:
    """The person at this PC."""
    return settings.viewer
