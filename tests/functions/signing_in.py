"""The staff as tests let them ask: an office that knows an issuer, and requests with its tokens."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from chalice.test import HTTPResponse
from chalice.test import TestHTTPClient as Http

from shared import wiring
from shared.wiring import Office
from tests.gateways.issuing import Issuing, issuing


@dataclass(frozen=True)
class Desk:
    """`ask` as somebody in these roles; the answer's JSON by `told`."""

    http: Http
    office: Office
    issuer: Issuing

    def headers(self, *roles: str, **changed: Any) -> dict[str, str]:
        token = self.issuer.token(self.office.now(), roles=[*roles], **changed)
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def get(self, path: str, *roles: str) -> HTTPResponse:
        return self.http.get(path, headers=self.headers(*roles))

    def post(self, path: str, *roles: str, **sent: Any) -> HTTPResponse:
        body = json.dumps(sent).encode()
        return self.http.post(path, headers=self.headers(*roles), body=body)


def told(response: HTTPResponse, status: int = 200) -> Any:
    assert response.status_code == status, response.body
    return json.loads(response.body)


@contextmanager
def signing_in(http: Http, office: Office) -> Iterator[Desk]:
    with issuing() as issuer:
        here = replace(office, identity=issuer.identity())
        with wiring.staffed_by(here):
            yield Desk(http, here, issuer)
