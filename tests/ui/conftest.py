"""Pages that are drawn without a server."""

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """Streamlit's AppTest puts its script in the place of ``__main__``, which new processes would run then."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
