"""A request whose sender staff have asked who they are, on a running stack."""

import time

from tests.local.stack import PATIENCE, Stack


def asked(stack: Stack, email: str) -> str:
    """Its status address; who asks before it is taken up is told to try again."""
    taken = stack.post("/requests", json={"right": "access", "email": email}).json()
    token = stack.get("/_local/token?role=privacy").json()["access_token"]
    path, bearer = f"/staff/requests/{taken['reference']}/ask", {"Authorization": f"Bearer {token}"}
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        answer = stack.post(path, json={"text": "Which Kari?"}, headers=bearer)
        if answer.status_code == 200:
            return str(taken["status_url"])
        assert answer.status_code == 409, answer.text
        time.sleep(0.25)
    raise TimeoutError
