"""`python -m infra.admin verify`: a certificate can be checked by anybody who has the keys."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.gateways import certificates
from tests.local.stack import operate, running

SEED = b"c" * 32
SAID = {"kind": "erasure", "reference": "1" * 32, "whole": True, "kept": [], "because": "art. 17"}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return write(tmp_path / "keys.json", {"keys": [certificates.public_key(SEED)]})


def write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def changed(**other: Any) -> dict[str, Any]:
    signed: dict[str, Any] = json.loads(certificates.sign(SAID, SEED))
    return {**signed, "certificate": {**SAID, **other}}


def twice(name: str) -> str:
    """A good file in which one name stands twice, the last being as it was signed."""
    file = certificates.sign(SAID, SEED)
    return file.replace(f'"{name}":', f'"{name}": false, "{name}":', 1)


def nested(levels: int) -> str:
    """As `changed`, with lists in lists."""
    return json.dumps(changed(more="LISTS")).replace('"LISTS"', "[" * levels + "]" * levels)


def test_a_certificate_is_verified_offline(tmp_path: Path, keys: Path) -> None:
    file = write(tmp_path / "certificate.json", certificates.sign(SAID, SEED))
    ended = operate("verify", str(file), "--keys", str(keys), "--json", TABLE="", KEYS_SECRET="")
    assert (ended.returncode, json.loads(ended.stdout)) == (0, {"signed": True, **SAID})


def test_a_certificate_is_told_in_words(tmp_path: Path, keys: Path) -> None:
    said = {**SAID, "kept": [{"fields": ["name"], "until": None}], "recipients_to_tell": ["7Sense"]}
    file = write(tmp_path / "certificate.json", certificates.sign(said, SEED))
    ended = operate("verify", str(file), "--keys", str(keys))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "recipients to tell: 7Sense" in ended.stdout


@pytest.mark.parametrize(
    ("content", "code", "reason"),
    [
        pytest.param(changed(whole=False), 1, "was changed", id="changed"),
        pytest.param(changed(more=1), 1, "was changed", id="added to"),
        pytest.param(certificates.sign(SAID, b"d" * 32), 1, "was changed", id="another's"),
        pytest.param({"certificate": SAID, "proof": "a.b.c"}, 1, "was changed", id="no signature"),
        pytest.param({"certificate": SAID}, 2, "not a certificate", id="without a proof"),
        pytest.param("certificate", 2, "not a certificate", id="no JSON"),
        pytest.param("[]", 2, "not a certificate", id="a list"),
        pytest.param(twice("certificate"), 2, "not a certificate", id="two certificates"),
        pytest.param(twice("whole"), 2, "not a certificate", id="two answers of one name"),
        pytest.param("[" * 200_000, 2, "not a certificate", id="lists in lists"),
        pytest.param('{"a":' * 200_000, 2, "not a certificate", id="objects in objects"),
        pytest.param(nested(900), 2, "not a certificate", id="nested deeply"),
        pytest.param(nested(5), 1, "was changed", id="nested"),
        pytest.param(
            '{"certificate": NaN, "proof": "a.b.c"}', 2, "not a certificate", id="no number"
        ),
        pytest.param("9" * 5_000, 2, "not a certificate", id="a number without end"),
    ],
)
def test_what_is_not_as_it_was_signed_is_refused(
    tmp_path: Path, keys: Path, content: Any, code: int, reason: str
) -> None:
    file = write(tmp_path / "certificate.json", content)
    ended = operate("verify", str(file), "--keys", str(keys))
    assert (ended.returncode, reason in ended.stderr, ended.stdout) == (code, True, "")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "content", [None, "[" * 200_000, "{", "[]", '{"keys": 1}', '{"keys": ["x"]}']
)
def test_without_readable_keys_nothing_is_said(tmp_path: Path, content: str | None) -> None:
    file = write(tmp_path / "certificate.json", certificates.sign(SAID, SEED))
    if content is not None:
        write(tmp_path / "odd.json", content)
    ended = operate("verify", str(file), "--keys", str(tmp_path / "odd.json"))
    assert (ended.returncode, ended.stdout) == (2, "")


def test_without_keys_a_stacks_own_are_taken(tmp_path: Path) -> None:
    with running(tmp_path) as stack:
        (key,) = stack.get("/certificates/keys.json").json()["keys"]
        file = write(tmp_path / "certificate.json", certificates.sign(SAID, SEED))
        ended = operate("--local", stack.url, "verify", str(file))
    assert (ended.returncode, key["kid"] != certificates.public_key(SEED)["kid"]) == (1, True)
