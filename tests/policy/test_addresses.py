"""When two addresses are one person."""

import pytest

from shared.policy import addresses


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Kari@Example.com", "kari@example.COM", id="letters' case"),
        pytest.param(" kari@example.com\n", "kari@example.com", id="space around it"),
        pytest.param("kari@blåbær.no", "kari@xn--blbr-roah.no", id="an international domain"),
        pytest.param("STRAẞE@example.com", "strasse@example.com", id="folded, not only lowered"),
    ],
)
def test_the_same_address_is_the_same_person(one: str, other: str) -> None:
    assert addresses.email(one) == addresses.email(other)


def test_a_plus_or_a_dot_makes_another_address() -> None:
    spelled = ("kari@example.com", "kari+news@example.com", "k.ari@example.com")
    assert len({addresses.email(one) for one in spelled}) == 3


@pytest.mark.parametrize(
    "text", ["kari", "kari@", "@example.com", "kari@example", "a b@example.com"]
)
def test_what_is_not_an_address_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not an e-mail address$"):
        addresses.email(text)


@pytest.mark.parametrize("text", ["70310086", "+47 70 31 00 86", "0047 70310086", "70 31 00 86"])
def test_a_number_is_read_as_in_norway(text: str) -> None:
    assert addresses.phone(text, "NO") == "+4770310086"


@pytest.mark.parametrize("text", ["12", "hello", "++47", "+999 12345678"])
def test_what_is_not_a_number_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a phone number$"):
        addresses.phone(text, "NO")
