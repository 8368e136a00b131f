"""Small inputs from life come out the same on the stack's own engine."""

from collections.abc import Iterator

import pytest

from tests.local.cases import CASES
from tests.local.stack import Stack, running


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("stack"), ENGINE="dynamodb-local") as started:
        yield started


@pytest.mark.parametrize("case", CASES)
def test_in_life_on_the_engine(stack: Stack, case: str) -> None:
    CASES[case](stack)
