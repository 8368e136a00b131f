"""Subject requests: an identified one is answered, and what it asked for made."""

from typing import NamedTuple

from functions import rendering
from infra.bench import requests_by_hand
from infra.bench.measuring import Comparison
from infra.bench.setting import ITEMS, Bench, check
from shared.model.requests import Right
from shared.policy.exports import Format
from shared.workflows import access, answers, letters, proving, receiving

LANGUAGE = "en"


class Identified(NamedTuple):
    """Who has confirmed a request, and which."""

    subject_id: str
    reference: str


def all_of(bench: Bench, rounds: int) -> list[Comparison]:
    """Access, portability and erasure, of few items and many."""
    return [
        compared(bench, items, rounds)
        for compared in (accessing, porting, erasing)
        for items in ITEMS
    ]


def accessing(bench: Bench, items: int, rounds: int) -> Comparison:
    """The request answered, and the report made as it would be downloaded: as JSON and as HTML."""

    def answer(who: Identified) -> None:
        check(answers.carry_out(who.reference, bench.office))
        export(who.subject_id, bench, Right.ACCESS, Format.JSON, Format.HTML)

    return bench.compare(
        f"access on request, {items} items",
        lambda: identified(Right.ACCESS, items, bench),
        answer,
        lambda who: requests_by_hand.access(who.subject_id, bench.client, bench.table),
        rounds=max(3, rounds // (2 + items // 25)),
    )


def porting(bench: Bench, items: int, rounds: int) -> Comparison:
    """What is portable, as JSON; the request around it costs what that of an access does."""
    _, subject_id = bench.person(items)
    return bench.compare(
        f"portability export, {items} items",
        lambda: subject_id,
        lambda whose: export(whose, bench, Right.PORTABILITY, Format.JSON),
        lambda whose: requests_by_hand.portability(whose, bench.client, bench.table),
        rounds=max(3, rounds // (1 + items // 100)),
    )


def erasing(bench: Bench, items: int, rounds: int) -> Comparison:
    """Planned, erased, certified and answered."""
    return bench.compare(
        f"erasure on request, {items} items",
        lambda: identified(Right.ERASURE, items, bench),
        lambda who: check(answers.carry_out(who.reference, bench.office)),
        lambda who: requests_by_hand.erase(
            who.subject_id, who.reference, bench.client, bench.table
        ),
        rounds=max(3, rounds // (2 + items // 25)),
    )


def identified(right: Right, items: int, bench: Bench) -> Identified:
    """Somebody new with so many items, who has sent a request and followed its link.

    What was sent with the request is an item more.
    """
    email, subject_id = bench.person(items - 1)
    request = receiving.receive(right, email, bench.office, language=LANGUAGE)
    token = letters.link_token(request.reference, 1, bench.office)
    proving.confirm(request.reference, token, bench.office)
    check(request.subject_id == subject_id)
    return Identified(subject_id, request.reference)


def export(subject_id: str, bench: Bench, right: Right, *formats: Format) -> None:
    report = access.report_of(subject_id, LANGUAGE, bench.office)
    for wanted in formats:
        check(bool(rendering.export(report, bench.office.statement, right, wanted).text))
