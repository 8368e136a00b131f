"""Which release is the one before: the last that stood, and the same however often it is asked."""

import pytest

from infra.deploy import releases
from infra.deploy.releases import Release
from shared.errors import NotFound


def release(name: str) -> Release:
    return Release(template=f"{name}.json", parameters={"ArtefactKey": f"{name}.zip"}, at=name)


def deployed(*names: str) -> list[Release]:
    known: list[Release] = []
    for name in names:
        known = releases.done(releases.begun(known, release(name)))
    return known


def test_back_is_to_the_release_before_and_stays_that_however_often_it_is_asked() -> None:
    known, one = releases.back(deployed("a", "b", "c"))
    assert one.at == "b"
    again, same = releases.back(known)
    assert (again, same) == (known, one)


def test_a_release_that_was_gone_back_behind_is_not_gone_back_to() -> None:
    known, _ = releases.back(deployed("a", "bad"))
    mended = releases.done(releases.begun(known, release("mended")))
    _, one = releases.back(mended)
    assert one.at == "a"


def test_from_a_release_that_never_came_to_its_end_it_is_back_to_the_last_that_did() -> None:
    known = releases.begun(deployed("a"), release("b"))
    _, one = releases.back(known)
    assert one.at == "a"


def test_a_release_that_is_tried_again_is_no_second_one() -> None:
    known = deployed("a", "b", "b")
    assert [one.at for one in known] == ["a", "b"]
    assert all(one.stands for one in known)


@pytest.mark.parametrize("names", [(), ("a",)])
def test_without_a_release_before_there_is_no_way_back(names: tuple[str, ...]) -> None:
    with pytest.raises(NotFound):
        releases.back(deployed(*names))
