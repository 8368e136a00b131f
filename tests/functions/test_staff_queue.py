"""The staff's queue over HTTP: paged, with what nobody has confirmed apart."""

import re

import pytest
from chalice.test import TestHTTPClient as Http

from functions import reminders
from shared.model.requests import Channel, Right
from shared.wiring import Office
from shared.workflows import casework, receiving
from tests.functions.signing_in import signing_in, told
from tests.stand_ins import Clock, Ending
from tests.workflows.submitting import KARI

PAGE = {"Accept": "text/html"}


def opened(office: Office, channel: Channel = Channel.PHONE) -> str:
    return receiving.receive(
        Right.RECTIFICATION, KARI, office, language="en", channel=channel
    ).reference


def test_the_queue_has_pages_and_tells_how_many_nobody_has_confirmed(
    http: Http, office: Office, clock: Clock
) -> None:
    strange = opened(office, Channel.WEB)
    known = {opened(office) for _ in range(casework.PAGE + 1)}
    with signing_in(http, office) as desk:
        first = told(desk.get("/staff/requests", "privacy"))
        after = first["after"].replace("#", "%23")
        last = told(desk.get(f"/staff/requests?after={after}", "privacy"))
        apart = told(desk.get("/staff/requests?unconfirmed=1", "privacy"))
        nowhere = desk.get("/staff/requests?after=x", "privacy")
    shown = [one["reference"] for one in (*first["requests"], *last["requests"])]
    assert (len(first["requests"]), len(last["requests"]), last["after"]) == (casework.PAGE, 1, "")
    assert (sorted(shown), first["unconfirmed"]) == (sorted(known), 1)
    assert [one["reference"] for one in apart["requests"]] == [strange]
    assert nowhere.status_code == 404


@pytest.mark.parametrize("language", ["nb", "en"])
def test_the_page_leads_to_the_next_one_and_to_what_nobody_has_confirmed(
    http: Http, office: Office, language: str
) -> None:
    strange = opened(office, Channel.WEB)
    for _ in range(casework.PAGE + 1):
        opened(office)
    with signing_in(http, office) as desk:
        headers = {**PAGE, **desk.headers("privacy")}

        def page(path: str) -> str:
            return http.get(path.replace("&amp;", "&"), headers=headers).body.decode()

        def led(text: str, by: str) -> str:
            (found,) = re.findall(rf'id="{by}" href="([^"]*)"', text)
            return str(found)

        first = page(f"/staff/requests?language={language}")
        rows = re.compile(r'href="/staff/requests/[0-9a-f]{32}')
        last = page(led(first, "more"))
        assert (len(rows.findall(first)), len(rows.findall(last))) == (casework.PAGE, 1)
        assert 'id="more"' not in last
        apart = page(led(first, "unconfirmed"))
    assert rows.findall(apart) == [f'href="/staff/requests/{strange}']
    assert (f"?language={language}" in apart, "&amp;unconfirmed=1" in apart) == (True, True)


def test_the_hourly_look_stops_before_its_time_is_over_and_says_so(
    http: Http, office: Office, clock: Clock
) -> None:
    opened(office)
    clock.forward(minutes=6)
    told = reminders.remind({}, Ending(29.999))
    assert (told["open"], told["sent"], told["failed"], told["unfinished"]) == (1, 0, 0, 1)
    assert reminders.remind({}, None)["sent"] == 1
