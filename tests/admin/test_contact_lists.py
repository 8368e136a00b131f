"""Contact lists from the command line: what is read, what is refused, what is left behind."""

import csv
import json
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.local.stack import Stack, operate, running

NUMBERS = count(1)
COUNTS = {"read", "imported", "unchanged", "rejected", "already_due", "suppressed", "flagged"}
Ended = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose clock nobody sets; the tests share it, each with people of its own."""
    with running(tmp_path_factory.mktemp("stack")) as started:
        yield started


@pytest.fixture
def email() -> str:
    """The address of somebody whom no other test knows."""
    return f"kari{next(NUMBERS)}@example.com"


def import_(stack: Stack, path: Path, *options: str) -> dict[str, int]:
    """The numbers that are not 0."""
    told = stack.ask("import", str(path), *options)
    assert set(told) == COUNTS
    return {name: number for name, number in told.items() if number}


def refused(stack: Stack, path: Path, *options: str) -> str:
    """The one line that says why the list was not imported."""
    ended = operate("--local", stack.url, "import", str(path), *options, "--json")
    (line,) = ended.stderr.splitlines()
    assert (ended.returncode, ended.stdout) == (2, "")
    return line


def values(stack: Stack, email: str) -> dict[str, Any]:
    told = json.loads(operate("--local", stack.url, "subject", email, "--json").stdout)
    return {value["name"]: value["value"] for value in told["values"]}


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    return tmp_path / "contacts.csv"


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_every_row_is_counted_once(stack: Stack, contacts: Path, email: str) -> None:
    contacts.write_text(
        "Last Activity Date,Email,First Name\n"
        f"2026-01-10,{email},Kari\n"
        f"2026-01-10,{email},Kari\n"
        f"2026-02-10,{email},Kari\n"
        f"2019-01-10,old.{email},Ola\n"
        f"10.01.2026,new.{email},Per\n"
    )
    assert import_(stack, contacts) == {
        "read": 5,
        "imported": 2,
        "unchanged": 1,
        "already_due": 1,
        "rejected": 1,
    }


def test_a_rehearsal_counts_what_the_run_counts_and_writes_nothing(
    stack: Stack, contacts: Path, email: str
) -> None:
    contacts.write_text(
        "Email,Newsletter,Last Activity Date\n"
        f"{email},yes,\n{email},,2026-01-10\nnobody,,\n{email},perhaps,\nold.{email},,2019-01-01\n"
    )
    rehearsal = import_(stack, contacts, "--dry-run")
    assert operate("--local", stack.url, "subject", email).returncode == 1
    assert list(contacts.parent.iterdir()) == [contacts]
    assert rehearsal == import_(stack, contacts)


def test_importing_twice_changes_nothing(stack: Stack, contacts: Path, email: str) -> None:
    contacts.write_text(f"Email,First Name,Newsletter\n{email},Kari,yes\nb.{email},,no\n")
    import_(stack, contacts)
    before = stack.ask("subject", email)
    assert import_(stack, contacts) == {"read": 2, "unchanged": 2}
    after = stack.ask("subject", email)
    read = {"at", "readings", "purposes", "recipients"}  # the first reading is told of since
    assert {name for name in before if before[name] != after[name]} <= read


def test_every_column_of_the_list_is_understood_in_any_order(
    stack: Stack, contacts: Path, email: str
) -> None:
    contacts.write_text(
        "City,Postal Code,Street Address,Industry,Job Title,Company Name,Phone Number,Email,"
        "Last Name,First Name,Record ID,Customer Ended Date,Became Customer Date,"
        "Unsubscribed Date,Newsletter,Last Activity Date,Lifecycle Stage\n"
        f"Sandefjord,3239,Raveien 1,Skog,Leder,Nordmann AS,70 31 00 86,{email},"
        "Nordmann,Kari,77,2026-03-01,2020-01-01,2026-02-01,yes,2026-01-01 14:30,customer\n"
    )
    assert import_(stack, contacts) == {"read": 1, "imported": 1}
    assert values(stack, email) == {
        "email": email,
        "name": "Kari Nordmann",
        "phone": "+4770310086",
        "business": "Nordmann AS",
        "position": "Leder",
        "industry": "Skog",
        "address": "Raveien 1, 3239 Sandefjord",
    }


@pytest.mark.parametrize(
    ("encoding", "separator", "newline"),
    [
        pytest.param("utf-8-sig", ",", "\r\n", id="with a byte order mark"),
        pytest.param("utf-8-sig", ";", "\r\n", id="as a Norwegian spreadsheet writes it"),
    ],
)
def test_a_list_is_read_however_it_was_saved(
    stack: Stack, contacts: Path, email: str, encoding: str, separator: str, newline: str
) -> None:
    lines = (("Email", "Company Name"), (email, '"Bjørn; Ærlig, Ås"'), ())
    text = newline.join(separator.join(cells) for cells in lines)
    contacts.write_bytes(text.encode(encoding))
    assert import_(stack, contacts) == {"read": 1, "imported": 1}
    assert values(stack, email)["business"] == "Bjørn; Ærlig, Ås"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"Email,Shoe Size\n", 'unknown column "Shoe Size"', id="an unknown column"),
        pytest.param(b"Email,City,Email\n", 'column "Email" stands there twice', id="one twice"),
        pytest.param(b"", 'has no column "Email"', id="nothing at all"),
        pytest.param("Email,City\na@b.no,Tønsberg\n".encode("latin-1"), "is not UTF-8", id="latin"),
        pytest.param("Email\na@b.no\n".encode("utf-16"), "is not UTF-8", id="UTF-16"),
        pytest.param(b'Email,City\na@b.no,"Oslo\n', "is not CSV", id="an open quotation"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_as_a_whole(
    stack: Stack, contacts: Path, content: bytes, reason: str
) -> None:
    contacts.write_bytes(content)
    assert reason in refused(stack, contacts)
    assert list(contacts.parent.iterdir()) == [contacts]


def test_a_column_is_left_out_when_told(stack: Stack, contacts: Path, email: str) -> None:
    contacts.write_text(f"Shoe Size,Email,Hair\n39,{email},brown\n")
    told = import_(stack, contacts, "--ignore", "Shoe Size", "--ignore", "Hair")
    assert told == {"read": 1, "imported": 1}
    assert values(stack, email) == {"email": email}


def test_rejected_rows_lie_beside_the_list_with_a_reason(
    stack: Stack, contacts: Path, email: str
) -> None:
    contacts.write_text(
        "Email,Phone Number,Last Activity Date\n"
        f"nobody,,\n{email},12,\n{email},,2999-01-01\n{email}\n"
    )
    assert import_(stack, contacts) == {"read": 4, "rejected": 4}
    assert rows_of(contacts.with_name("contacts.rejected.csv")) == [
        ["Email", "Phone Number", "Last Activity Date", "Reason"],
        ["nobody", "", "", "Email: is not an e-mail address"],
        [email, "12", "", "Phone Number: is not a phone number"],
        [email, "", "2999-01-01", "Last Activity Date: lies in the future"],
        [email, "has not as many cells as there are columns"],
    ]


def test_without_rejected_rows_no_list_of_them_is_left(
    stack: Stack, contacts: Path, email: str
) -> None:
    contacts.write_text("Email\nnobody\n")
    import_(stack, contacts)
    contacts.write_text(f"Email\n{email}\n")
    import_(stack, contacts)
    assert list(contacts.parent.iterdir()) == [contacts]


def test_rejected_rows_can_be_mended_and_imported(stack: Stack, contacts: Path, email: str) -> None:
    contacts.write_text("Email,Phone Number,Company Name\nnobody,+47 70310086,=1+1\n")
    import_(stack, contacts)
    rejected = contacts.with_name("contacts.rejected.csv")
    rejected.write_text(rejected.read_text().replace("nobody", email))
    assert import_(stack, rejected) == {"read": 1, "imported": 1}
    assert values(stack, email) == {"email": email, "phone": "+4770310086", "business": "=1+1"}


def test_a_formula_is_stored_as_text_and_harmless_when_it_comes_back(
    stack: Stack, contacts: Path, email: str
) -> None:
    contacts.write_text(
        "Email,Company Name,Job Title,Industry,City\n"
        f"{email},=1+1,+1,-1+1,@A1\nnobody,=1+1,+1,-1,@A1\n"
    )
    assert import_(stack, contacts) == {"read": 2, "imported": 1, "rejected": 1}
    assert set(values(stack, email).values()) == {email, "=1+1", "+1", "-1+1", "@A1"}
    rejected = rows_of(contacts.with_name("contacts.rejected.csv"))[1]
    assert rejected[1:5] == ["'=1+1", "'+1", "'-1", "'@A1"]


def test_a_list_of_rejected_rows_that_cannot_be_written_is_said_in_one_line(
    stack: Stack, contacts: Path
) -> None:
    contacts.write_text("Email\nnobody\n")
    contacts.with_name("contacts.rejected.csv").mkdir()
    assert "cannot be written" in refused(stack, contacts)


def test_the_form_of_a_person_outweighs_the_list(stack: Stack, contacts: Path, email: str) -> None:
    stack.fill_in("contact", email=email, name="Kari Nordmann")
    contacts.write_text(f"Email,First Name,City\n{email.upper()},Kåre,Oslo\n")
    assert import_(stack, contacts) == {"read": 1, "imported": 1}
    assert (values(stack, email)["name"], values(stack, email)["address"]) == (
        "Kari Nordmann",
        "Oslo",
    )


def test_in_words_the_list_of_rejected_rows_is_named(stack: Stack, contacts: Path) -> None:
    contacts.write_text("Email\nnobody\n")
    words = operate("--local", stack.url, "import", str(contacts)).stdout
    assert "rejected: 1" in words
    assert "contacts.rejected.csv" in words.replace("\n", "")


def test_a_column_that_is_ignored_says_nothing(stack: Stack, contacts: Path, email: str) -> None:
    contacts.write_text(f"Email,Newsletter,Lifecycle Stage\n{email},perhaps,customer\n")
    ignored = ("--ignore", "Newsletter", "--ignore", "Lifecycle Stage")
    assert import_(stack, contacts, *ignored) == {"read": 1, "imported": 1}
    assert stack.ask("subject", email)["erased_on"]


def test_of_an_address_that_stands_twice_the_latest_values_hold_and_stay(
    stack: Stack, contacts: Path, email: str
) -> None:
    contacts.write_text(
        "Email,First Name,Company Name,Last Activity Date\n"
        f"{email},Kari,Skog AS,2026-02-01\n{email},Ola,,2026-03-01\n{email},Per,,2026-01-01\n"
    )
    import_(stack, contacts)
    assert values(stack, email) == {"email": email, "name": "Ola", "business": "Skog AS"}
    assert import_(stack, contacts) == {"read": 3, "unchanged": 3}


def test_a_row_with_an_identity_number_is_imported_flagged_and_counted(
    stack: Stack, contacts: Path, email: str
) -> None:
    contacts.write_text(
        f"Email,First Name,Company Name\n{email},Kari 25926900059,Kreftforeningen\n", "utf-8"
    )
    assert import_(stack, contacts, "--dry-run") == {"read": 1, "imported": 1, "flagged": 1}
    assert import_(stack, contacts) == {"read": 1, "imported": 1, "flagged": 1}
    assert stack.ask("subject", email)["contacts"][0]["flags"] == ["national_id"]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("Company Name", "Fjord\x7fAS"),
        ("Phone Number", "70310086 ext. 12"),
        ("Phone Number", "22334455; 99887766"),
        ("Phone Number", "31.05.2024"),
    ],
)
def test_a_cell_that_cannot_be_kept_whole_is_rejected_by_its_column(
    stack: Stack, contacts: Path, email: str, column: str, cell: str
) -> None:
    contacts.write_text(f"Email,{column}\n{email},{cell}\n", "utf-8")
    assert import_(stack, contacts) == {"read": 1, "rejected": 1}
    assert rows_of(contacts.with_suffix(".rejected.csv"))[1][-1].startswith(f"{column}: ")
