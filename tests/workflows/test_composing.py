"""What mails look like: who writes, what is to be done, and the only number."""

import dataclasses
import re
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from shared.model.requests import Channel, Letter, Right
from shared.wiring import Office
from shared.workflows import letters, receiving
from tests.workflows.submitting import KARI

FACTS = {"number": "1", "until": "2026-03-01", "due": "2026-03-01", "left": "2", "late": "0"}
NAMES = sorted(letters.words("en")["letters"])
LIKE_A_CODE = re.compile(r"[0-9]{6,8}")
REFERENCE = "5d4140bcab4b2a76b9c1" + "a" * 12

every_letter = pytest.mark.parametrize(
    ("language", "name"), [(language, name) for language in ("nb", "en") for name in NAMES]
)


def one_of(name: str, language: str) -> Letter:
    return Letter(
        name=name,
        to=KARI,
        language=language,
        reference=REFERENCE,
        facts={"right": Right.OBJECTION, **FACTS},
    )


class Shown(HTMLParser):
    """What a page in HTML shows, and where it leads."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.hrefs, self._hidden = "", list[str](), False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in {"style", "title"}
        self.hrefs += [str(told) for name, told in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        self.text += "" if self._hidden else data


def bodies(mail: EmailMessage) -> tuple[str, str]:
    """Text and HTML."""
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text
    assert page
    return text.get_content(), page.get_content()


@every_letter
def test_a_mail_is_sent_in_seven_bits_as_text_and_as_html_in_its_language(
    office: Office, name: str, language: str
) -> None:
    mail = letters.compose(one_of(name, language), office)
    assert mail.as_bytes().isascii()
    assert mail.get_content_type() == "multipart/alternative"
    text, page = bodies(mail)
    assert f'<html lang="{language}">' in page
    words = re.sub(r"https?://\S+", "", text.partition("\n-- \n")[0]).split()
    shown = Shown(page).text.split()
    assert [one for one in words if one not in shown] == []
    assert not re.search(r"[{}$]", Shown(page).text + text)


@every_letter
def test_a_mail_names_the_company_in_its_subject_and_in_both_its_bodies(
    office: Office, name: str, language: str
) -> None:
    mail = letters.compose(one_of(name, language), office)
    assert str(mail["Subject"]).endswith(" – Avara AS")
    text, page = bodies(mail)
    for body in (text, Shown(page).text):
        assert "Avara AS, Raveien 438, 3239 Sandefjord" in body


@every_letter
def test_what_a_mail_asks_for_is_its_first_address(
    office: Office, name: str, language: str
) -> None:
    mail = letters.compose(one_of(name, language), office)
    text, page = bodies(mail)
    asks = "{link}" in letters.words(language)["letters"][name]["text"]
    token = letters.link_token(REFERENCE, 1, office)
    if name == letters.MOVING:
        token = letters.objection_token(REFERENCE, office)
    link = f"https://www.avara.no/confirm/{REFERENCE}/{token}"
    for found in (re.findall(r"https?://\S+", text), Shown(page).hrefs):
        assert [one for one in found if "/confirm/" in one] == [link] * asks
        assert found[:asks] == [link] * asks


@every_letter
def test_a_code_is_the_only_number_of_six_to_eight_digits_in_a_mail(
    office: Office, name: str, language: str
) -> None:
    mail = letters.compose(one_of(name, language), office)
    code = letters.code_of(REFERENCE, 1, office)
    has_code = "{code}" in letters.words(language)["letters"][name]["text"]
    for told in bodies(mail):
        assert LIKE_A_CODE.findall(f"{mail['Subject']} {told}") == [code] * has_code


@every_letter
def test_a_right_that_is_named_like_markup_is_no_markup(
    office: Office, name: str, language: str
) -> None:
    controller = replace(
        office.statement.controller, name="<b>A & B</b> {code}", address=("{link}",)
    )
    statement = replace(office.statement, controller=controller)
    strange = dataclasses.replace(office, statement=statement)
    text, page = bodies(letters.compose(one_of(name, language), strange))
    for body in (text, Shown(page).text):
        assert "<b>A & B</b> {code}, {link}" in body


def test_links_are_short_and_those_of_earlier_mails_open_the_same(office: Office) -> None:
    taken = receiving.receive(Right.ACCESS, KARI, office, language="en", channel=Channel.WEB)
    reference = taken.reference
    token, secret = (
        letters.link_token(reference, 1, office),
        letters.status_secret(reference, office),
    )
    assert (len(token), len(secret)) == (32, 32)
    capability = office.keys.capability
    for one in (token, capability(f"link:{reference}:1")):
        assert letters.is_link_token(one, reference, 1, office)
        assert not letters.is_link_token(one, reference, 2, office)
        assert not letters.is_status_secret(one, reference, office)
    for one in (secret, capability(f"status:{reference}")):
        assert letters.is_status_secret(one, reference, office)
    for one in ("", token[:-1], capability(f"link:{reference}:1")[:32], "å" * 32):
        assert not letters.is_link_token(one, reference, 1, office)
