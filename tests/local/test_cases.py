"""Small inputs from life come out right over HTTP."""

from collections.abc import Iterator

import pytest

from tests.local.cases import CASES
from tests.local.stack import Stack, running


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("stack")) as started:
        yield started


@pytest.mark.parametrize("case", CASES)
def test_in_life(stack: Stack, case: str) -> None:
    CASES[case](stack)
