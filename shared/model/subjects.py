"""A data subject: the profile, and all that is held at one moment."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.model.contacts import Consent, Interaction, Unsettled, Value
from shared.model.erasures import ErasurePlan
from shared.model.noun import Noun
from shared.model.requests import Asked
from shared.model.retention import Facts, Filing


class State(StrEnum):
    """Of a profile: in use, or claimed by an erasure that is under way."""

    ACTIVE = "ACTIVE"
    ERASING = "ERASING"


class Subject(Noun, frozen=True, kw_only=True):
    """The profile: current values, facts, the addresses' lookup keys, and where it is filed.

    `removed`: since when fields have no value because a correction has removed it.
    """

    subject_id: str
    state: State
    rev: int
    facts: Facts
    values: tuple[Value, ...]
    lookups: tuple[str, ...]
    record_key: str
    filing: Filing | None = None
    erasure: ErasurePlan | None = None
    removed: Mapping[str, datetime] = {}


class File(Noun, frozen=True, kw_only=True):
    """All that is held about one data subject, read at one moment.

    `audited`: the values that entries of the audit trail are about, by the number of the entry.
    """

    private = ("audited",)

    subject: Subject
    interactions: tuple[Interaction, ...]
    technical: tuple[Value, ...]
    consents: tuple[Consent, ...]
    asked: tuple[Asked, ...] = ()
    audited: Mapping[int, Mapping[str, Any]] = {}
    unsettled: tuple[Unsettled, ...] = ()
