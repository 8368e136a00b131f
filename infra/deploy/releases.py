"""Releases of a stage: what was deployed, in order, so that the one before is known."""

from collections.abc import Sequence

from msgspec.structs import replace

from shared.errors import NotFound
from shared.model.noun import Noun


class Release(Noun, frozen=True, kw_only=True):
    """A template and its parameters, which name the artefacts; each lies in the bucket by its hash.

    `stands`: it was deployed whole, and nobody has gone back behind it.
    """

    template: str
    parameters: dict[str, str]
    at: str
    stands: bool = False

    def is_same(self, other: "Release") -> bool:
        return (self.template, self.parameters) == (other.template, other.parameters)


def begun(known: Sequence[Release], one: Release) -> list[Release]:
    """The releases once this one is on its way: tried again it is no second one."""
    if known and known[-1].is_same(one):
        return [*known[:-1], replace(known[-1], stands=False)]
    return [*known, one]


def done(known: Sequence[Release]) -> list[Release]:
    """The releases once the last one is deployed."""
    return [*known[:-1], replace(known[-1], stands=True)]


def back(known: Sequence[Release]) -> tuple[list[Release], Release]:
    """The releases once the last one stands no longer, and the one to go back to.

    Asked again it is the same one.  Raises NotFound.
    """
    if not known:
        message = "nothing has been deployed from this bucket"
        raise NotFound(message)
    left = [*known[:-1], replace(known[-1], stands=False)]
    for one in reversed(left):
        if one.stands:
            return left, one
    message = "there is no release before"
    raise NotFound(message)
