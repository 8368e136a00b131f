"""Free text that should not have been written into a form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.model.contacts import Sensitive
from shared.policy.sensitive import found_in, is_national_id
from shared.statement.types import Statement

ID, SPECIAL = Sensitive.NATIONAL_ID, Sensitive.SPECIAL_CATEGORY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Jeg heter Kari og lurer på prisen.", (), id="an ordinary question"),
        pytest.param("25926900059", (ID,), id="a synthetic number, month + 80"),
        pytest.param("nr 259269 00059.", (ID,), id="written with a space"),
        pytest.param("125926900059", (), id="twelve digits are not eleven"),
        pytest.param("25926900058", (), id="a wrong control digit"),
        pytest.param("Ring 70310086", (), id="a phone number"),
        pytest.param("923130969", (), id="an organisation number"),
        pytest.param("Jeg er sykmeldt", (SPECIAL,), id="health in Norwegian"),
        pytest.param("after my PREGNANCY", (SPECIAL,), id="health in English, any case"),
        pytest.param("medlem av fagforeningen", (SPECIAL,), id="trade union"),
        pytest.param("gravid, 25926900059", (ID, SPECIAL), id="both"),
        pytest.param("den utgraviden", (), id="only whole words count"),
        pytest.param("Jeg har brystkreft", (SPECIAL,), id="a word that ends so"),
        pytest.param("Jeg er hiv-positiv", (SPECIAL,), id="a word before a hyphen"),
        pytest.param("Jeg er kristen", (SPECIAL,), id="a faith"),
        pytest.param("I am a Christian", (SPECIAL,), id="a faith in English"),
        pytest.param("Hun er hindu.", (SPECIAL,), id="another faith"),
        pytest.param("Jeg tar medisiner for diabetes", (SPECIAL,), id="medicine"),
        pytest.param("Jeg er uføretrygdet", (SPECIAL,), id="a disability"),
        pytest.param("Ringte tilbake til Christian", (), id="a first name"),
        pytest.param(
            "Hei, jeg er Kristen Lie", (), id="a first name that is a word with small letters"
        ),
        pytest.param("Avtalt med Kristensen i Bergen", (), id="a surname"),
        pytest.param("Snakket om Hive-databasen", (), id="a program"),
        pytest.param("Hindustan Unilever sender ordre", (), id="a business that begins so"),
        pytest.param("Ringte Kreftforeningen og Diabetesforbundet", (), id="associations"),
        pytest.param("Møte på Medisinsk museum", (), id="a place"),
    ],
)
def test_what_a_text_seems_to_contain(
    text: str, expected: tuple[Sensitive, ...], statement: Statement
) -> None:
    assert found_in(text, statement.sensitive_words) == expected


def with_control_digits(nine: str, remainder: int) -> str:
    """With both control digits, or "" where there is no such number."""
    first = (3, 7, 6, 1, 8, 9, 4, 5, 2)
    second = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    one = (remainder - sum(int(d) * w for d, w in zip(nine, first, strict=True))) % 11
    ten = f"{nine}{one}"
    if one == 10:
        return ""
    two = -sum(int(d) * w for d, w in zip(ten, second, strict=True)) % 11
    return "" if two == 10 else f"{ten}{two}"


@given(
    day=st.integers(1, 28),
    month=st.integers(1, 12),
    year=st.integers(0, 99),
    serial=st.integers(0, 999),
    day_offset=st.sampled_from([0, 40]),
    month_offset=st.sampled_from([0, 40, 80]),
    remainder=st.sampled_from([0, 1, 2, 3]),
)
def test_every_kind_of_identity_number_is_recognised(
    day: int, month: int, year: int, serial: int, day_offset: int, month_offset: int, remainder: int
) -> None:
    nine = f"{day + day_offset:02d}{month + month_offset:02d}{year:02d}{serial:03d}"
    number = with_control_digits(nine, remainder)
    assert not number or is_national_id(number)


@given(st.integers(0, 10**11 - 1))
def test_a_number_without_a_date_of_birth_is_none(number: int) -> None:
    digits = f"{number:011d}"
    month = int(digits[2:4])
    if month % 40 > 12 or month % 40 == 0:
        assert not is_national_id(digits)
