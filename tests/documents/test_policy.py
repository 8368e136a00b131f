"""Least privilege: the function may do just what it is seen doing, and nothing else."""

import json

from shared.wiring import Office
from shared.workflows import documents, receiving, requests
from tests.documents import papers
from tests.documents.test_documents import ask, here, put, roots
from tests.functions.test_policies import grants, is_covered, needs, statements
from tests.stand_ins import Aws

__all__ = ["here", "roots"]
ONLY_TO_BE_TOLD_THAT_ONE_IS_GONE = "s3:ListBucket"


def test_it_may_do_what_it_does_and_nothing_else(here: Office, aws: Aws) -> None:
    known, confirmed, closed = ask(here), ask(here), ask(here)
    requests.identify(confirmed, here, actor="privacy:a", because="by phone")
    receiving.withdraw(closed, here)
    bucket, asked = here.documents, set()
    assert bucket
    bucket._client().meta.events.register(
        "before-call.s3", lambda model, **_: asked.add(f"s3:{model.name}")
    )
    with aws.requests() as made:
        for reference in (known, confirmed, closed):
            put(reference, papers.PNG)
            documents.examine(reference, here)
    needed = {need for operation, request in made for need in needs(operation, request)}
    granted = set(grants("documents"))
    assert {one for one in needed if not any(is_covered(one, grant) for grant in granted)} == set()
    assert {one for one in granted if not any(is_covered(need, one) for need in needed)} == set()
    actions = {action for one in statements("documents") for action in one["Action"]}
    assert {one for one in actions if one.startswith("s3:")} == asked | {
        ONLY_TO_BE_TOLD_THAT_ONE_IS_GONE
    }
    assert "documents/*" in json.dumps(statements("documents"))
