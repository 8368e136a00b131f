"""When two addresses are one person."""

import string
import unicodedata
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from shared.errors import FaultCode
from shared.policy import addresses
from shared.policy.addresses import NotAnAddress


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Kari@Example.com", "kari@example.COM", id="letters' case"),
        pytest.param(" kari@example.com\n", "kari@example.com", id="space around it"),
        pytest.param("kari@blåbær.no", "kari@xn--blbr-roah.no", id="an international domain"),
        pytest.param("kari@BLÅBÆR.no", "kari@XN--BLBR-ROAH.no", id="and its letters' case"),
        pytest.param("kari@bla\u030abær.no", "kari@blåbær.no", id="composed or not"),
    ],
)
def test_the_same_address_is_the_same_person(one: str, other: str) -> None:
    assert addresses.email(one) == addresses.email(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("info@faß.de", "info@fass.de", id="sharp s"),
        pytest.param("info@σας.gr", "info@σασ.gr", id="final sigma"),
        pytest.param("info@İdil.com", "info@idil.com", id="a dotted capital"),
        pytest.param("info@ıdil.com", "info@idil.com", id="a letter without its dot"),
        pytest.param("kari+news@example.com", "kari@example.com", id="a plus"),
        pytest.param("k.ari@example.com", "kari@example.com", id="a dot"),
    ],
)
def test_different_addresses_are_different_people(one: str, other: str) -> None:
    assert addresses.email(one) != addresses.email(other)


def refused(text: str) -> FaultCode:
    with pytest.raises(NotAnAddress) as refusal:
        addresses.email(text)
    assert text not in str(refusal.value)
    return refusal.value.code


@pytest.mark.parametrize(
    "text",
    [
        "kari",
        "kari@",
        "@example.com",
        "kari@example",
        "a b@example.com",
        '"kari"@example.com',
        "kari@[127.0.0.1]",
        "Kari <kari@example.com>",
        "kari@example.com,ola@example.com",
        "=?utf-8?q?boss=40a.example=2Cx=40b.example?=@example.com",
        "=?utf-8?q?kari?=@example.com",
        "kari@=?utf-8?q?example?=.com",
        "kari\u200b@example.com",
        "kari@exam\u00adple.com",
        "kari\x00@example.com",
        "kari\r\nbcc:ola@example.com",
        "kari@example.com\x1f",
        "\u202ekari@example.com",
    ],
)
def test_what_is_not_an_address_is_refused_without_repeating_it(text: str) -> None:
    assert refused(text) is FaultCode.NOT_AN_EMAIL


@pytest.mark.parametrize(("octets", "taken"), [(63, True), (64, True), (65, False)])
def test_a_local_part_has_64_octets_at_most(octets: int, taken: bool) -> None:
    text = f"{'a' * octets}@example.com"
    if taken:
        assert addresses.email(text) == text
    else:
        assert refused(text) is FaultCode.NOT_AN_EMAIL


@pytest.mark.parametrize(
    "local", ["kåre", "İdil", "用户", "STRAẞE", "ﬁn", "ſven", "\u212aari", "kari\uff20x"]
)
def test_a_local_part_that_is_not_ascii_is_refused_by_a_reason_of_its_own(local: str) -> None:
    assert refused(f"{local}@example.com") is FaultCode.EMAIL_NOT_ASCII


# Properties: who is one person, by an oracle that shares nothing with the library ----------------

LOCALS = st.text(string.ascii_letters + string.digits + "!#$%&'*+-/=?^_`{|}~", min_size=1)
LABELS = st.text("abcdefghijklmnopqrstuvwxyzæøåßöüéçñςσλабвш", min_size=2, max_size=12)
ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def a_label(label: str) -> str:
    """RFC 3492 by the standard library: IDNA 2008 needs no more for lower-case letters."""
    spelled = unicodedata.normalize("NFC", label)
    return spelled if spelled.isascii() else f"xn--{spelled.encode('punycode').decode()}"


@settings(deadline=None)
@given(local=LOCALS, other_local=LOCALS, label=LABELS, other_label=LABELS)
@example(local="info", other_local="INFO", label="faß", other_label="fass")
@example(local="info", other_local="info", label="σας", other_label="σασ")
def test_two_addresses_are_one_person_if_local_part_and_a_label_are_the_same(
    local: str, other_local: str, label: str, other_label: str
) -> None:
    found, expected = [], []
    for one, domain in ((local, label), (other_local, other_label), (local.swapcase(), label)):
        try:
            found.append(addresses.email(f"{one}@{domain}.com"))
        except NotAnAddress:
            assume(False)
        expected.append(f"{one.translate(ASCII_LOWER)}@{a_label(domain)}.com")
    assert found == expected


ANYTHING = st.one_of(
    st.from_regex(r"[!-~]{1,70}@[a-z0-9=?.-]{1,20}\.com", fullmatch=True),
    st.from_regex(r"[!#-'*+\-/-9=?A-Z^-~.]{1,64}@[\w.-]{1,20}\.com", fullmatch=True),
    st.builds("{}@{}.com".format, st.text(), st.text()),
    st.emails(),
)


@settings(deadline=None)
@given(text=ANYTHING)
@example(text="=?utf-8?q?boss=40a.example=2Cx=40b.example?=@c.com")
@example(text="kari@blåbær.no")
def test_whatever_is_taken_is_ascii_stays_as_it_is_and_is_read_as_one_recipient(text: str) -> None:
    try:
        taken = addresses.email(text)
    except NotAnAddress:
        return
    assert taken.isascii()
    assert taken.isprintable()
    assert addresses.email(taken) == taken
    local, _, domain = taken.rpartition("@")
    assert 0 < len(local) <= 64
    mail = EmailMessage()
    mail["To"] = Address(username=local, domain=domain)
    read = BytesParser(policy=policy.default).parsebytes(mail.as_bytes())
    assert [one.addr_spec for one in read["To"].addresses] == [taken]


@pytest.mark.parametrize(
    "spelled",
    ["kari@example.com", "kari+news@example.com", "k.ari@example.com", "k.a.ri+x+y@example.com"],
)
def test_spellings_of_one_mailbox_are_counted_together(spelled: str) -> None:
    assert addresses.mailbox(spelled) == "kari@example.com"


@pytest.mark.parametrize("email", ["+news@example.com", "ola@example.com", "kari@example.org"])
def test_other_mailboxes_are_not(email: str) -> None:
    assert addresses.mailbox(email) == email


@pytest.mark.parametrize("text", ["70310086", "+47 70 31 00 86", "0047 70310086", "70 31 00 86"])
def test_a_number_is_read_as_in_norway(text: str) -> None:
    assert addresses.phone(text, "NO") == "+4770310086"


@pytest.mark.parametrize(
    "text",
    ["tel:+47-70-31-00-86", "Tlf. 70.31.00.86", "70 31‑00–86", "７０３１００８６", "٧٠٣١٠٠٨٦"],
)
def test_a_number_is_read_however_it_is_spelled(text: str) -> None:
    assert addresses.phone(text, "NO") == "+4770310086"


@pytest.mark.parametrize(
    "text", ["+47 70 31 00 99 ext. 12", "70310099x34", "70310099;ext=3", "70310099 #12"]
)
def test_an_extension_is_refused_and_never_cut_off(text: str) -> None:
    with pytest.raises(NotAnAddress) as refusal:
        addresses.phone(text, "NO")
    assert refusal.value.code is FaultCode.PHONE_EXTENSION


@pytest.mark.parametrize(
    "text",
    [
        "70310086 / 70310099",
        "22334455, 99887766",
        "2024-05-31",
        "31.05.2024",
        "00000000",
        "4,77031E+09",
    ],
)
def test_two_numbers_dates_and_sums_are_no_number(text: str) -> None:
    with pytest.raises(NotAnAddress):
        addresses.phone(text, "NO")


@given(st.from_regex(r"\+?[0-9 ()./x,;#-]{4,24}", fullmatch=True))
def test_a_number_that_is_taken_ends_as_it_was_written(text: str) -> None:
    try:
        taken = addresses.phone(text, "NO")
    except NotAnAddress:
        return
    written = "".join(one for one in text if one.isdigit())
    assert written[-4:] == taken[-4:]


@pytest.mark.parametrize("text", ["12", "hello", "++47", "+999 12345678"])
def test_what_is_not_a_number_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a phone number$"):
        addresses.phone(text, "NO")
