from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.service.web.serving import Pipeline, served


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    """One pipeline for tests that change nothing in it."""
    return Pipeline()


@pytest.fixture(scope="module")
def address(pipeline: Pipeline) -> Iterator[str]:
    """Where it is served."""
    with served(pipeline) as address:
        yield address
