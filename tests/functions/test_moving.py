"""The pages of links show what was written to who reads the mails, and a move can be stopped."""

from email.message import EmailMessage
from html import escape

import pytest
from chalice.test import TestHTTPClient as Http

from shared.model.requests import Right
from shared.wiring import Office
from shared.workflows import events, letters, moving, requests
from tests.functions.test_subject_requests import PAGE, ask, link, reference_in, send, submit
from tests.stand_ins import Aws, Clock
from tests.workflows.moving_people import propose
from tests.workflows.submitting import KARI, post
from tests.workflows.test_requests import delivered

WORDS = 'Use <evil@example.net> from now on,\nand "quickly" & ærlig.'


def page(http: Http, path: str) -> str:
    answer = http.get(f"{path}?language=en", headers=PAGE)
    assert answer.status_code == 200
    return answer.body.decode()


def shows(text: str) -> bool:
    return str(escape(WORDS)).replace("&quot;", "&#34;").replace("&#x27;", "&#39;") in text


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("right", list(Right))
def test_who_confirms_sees_what_was_written_in_their_name_and_no_mail_tells_it(
    http: Http, office: Office, outbox: list[EmailMessage], right: Right, known: bool
) -> None:
    if known:
        post(office)
    path = ask(http, right, details=WORDS)
    confirming = page(http, link(path, office))
    assert shows(confirming)
    send(http, link(path, office))
    assert not shows(page(http, link(path, office))), "once it is used there is nothing to decide"
    delivered(office, outbox)
    assert not any("evil" in one.as_string() for one in outbox)


def test_nothing_that_was_not_written_is_shown(http: Http, office: Office) -> None:
    assert 'id="details"' not in page(http, link(ask(http), office))


def test_a_link_that_is_over_shows_nothing_that_was_written(
    http: Http, office: Office, clock: Clock
) -> None:
    path = ask(http, details=WORDS)
    clock.forward(days=1)
    assert not shows(page(http, link(path, office)))


def proposed(http: Http, office: Office) -> tuple[str, str, str]:
    """Where the request is followed, the link to the new address, and that to the old."""
    post(office, name="Kari")
    path = ask(http, "rectification", details=WORDS)
    send(http, link(path, office))
    reference = reference_in(path)
    propose(reference, office)
    objection = f"/confirm/{reference}/{letters.objection_token(reference, office)}"
    return path, link(path, office, 2), objection


def test_what_was_written_is_shown_to_the_old_address_and_not_to_the_new_one(
    http: Http, office: Office
) -> None:
    path, to_new, to_old = proposed(http, office)
    new, old = page(http, to_new), page(http, to_old)
    assert (shows(new), shows(old)) == (False, True)
    assert path not in new
    assert "instead of another one" in new
    assert "No, keep this address" in old


def test_who_looks_at_the_link_of_the_old_address_changes_nothing(
    http: Http, office: Office, aws: Aws
) -> None:
    _, _, to_old = proposed(http, office)
    before = aws.items()
    page(http, to_old)
    assert aws.items() == before


@pytest.mark.parametrize("by", ["browser", "program"])
def test_the_old_address_keeps_itself_with_one_click(
    http: Http, office: Office, clock: Clock, by: str
) -> None:
    path, to_new, to_old = proposed(http, office)
    submit(http, to_new)
    use = submit if by == "browser" else send
    for _ in range(2):
        answer = use(http, to_old, action="object")
        assert answer.status_code == (303 if by == "browser" else 200)
    assert "Your address stays as it is" in page(http, to_old)
    assert http.get(to_new, headers=PAGE).status_code == 404
    assert "The change of address was stopped" in page(http, path)
    clock.forward(days=2)
    assert not moving.carry_out(reference_in(path), office)
    assert events.find(KARI, office)


def test_the_new_address_is_told_from_when_on_it_is_used_and_led_nowhere(
    http: Http, office: Office, clock: Clock
) -> None:
    path, to_new, to_old = proposed(http, office)
    answer = submit(http, to_new)
    told = answer.body.decode()
    assert answer.status_code == 200
    assert "Your new address is confirmed" in told or "Den nye adressen din" in told
    assert path not in told
    again = submit(http, to_new)
    assert again.status_code == 200
    assert "Your new address is confirmed" in page(http, to_new)
    clock.forward(days=1)
    assert submit(http, to_new).status_code == 200
    assert moving.carry_out(reference_in(path), office)
    assert path not in page(http, to_new)
    refused = submit(http, to_old)
    assert refused.status_code == 409
    assert "no longer be stopped here" in page(http, to_old)
    assert requests.read(reference_in(path)).state == "answered"
