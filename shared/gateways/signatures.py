"""Signatures: those of a PDF, checked by pyHanko in a process of its own.

What strangers send is parsed where it can do no harm: without credentials, without network
look-ups, with so much memory and time and no more.  Nor can it look them up where it came from:
this process hides what it has in /proc, and a root's child has no power over others.  A file that
wants more, or crashes the parser, is one that cannot be read.  Nothing that the parser says is
kept: it prints names.
"""

import contextlib
import logging
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec

from shared.errors import Misconfigured
from shared.policy.documents import Finding

MOST_MEMORY = 512 * 1024 * 1024
MOST_CPU = 5
PATIENCE = 20
"""Seconds, of the processor and by the clock."""
NO_ROOTS = 3
NO_NEW_PRIVILEGES = 38
CAPABILITIES_V3 = 0x20080522
SET_DUMPABLE = 4
"""PR_SET_DUMPABLE of Linux's prctl(2): off, nobody of the same user reads the environment."""


def findings(content: bytes, trust_roots: Path | None) -> tuple[Finding, ...] | None:
    """One for each signature of a PDF; None if it cannot be read.

    `trust_roots` is a PEM file, without which nobody is trusted.  Raises Misconfigured if that
    cannot be read.
    """
    command = [sys.executable, "-m", __name__, *([str(trust_roots)] if trust_roots else [])]
    hide()
    try:
        ended = subprocess.run(  # noqa: S603  # ourselves, and a path from the settings
            command,
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            env={"PYTHONPATH": os.pathsep.join(sys.path)},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    if ended.returncode == NO_ROOTS:
        message = "the trust roots cannot be read"
        raise Misconfigured(message)
    if ended.returncode:
        return None
    return msgspec.json.decode(ended.stdout, type=tuple[Finding, ...])


def main(arguments: list[str]) -> int:
    """Standard input: a PDF; standard output: the findings; 1 if it cannot be read."""
    logging.disable()
    _confine()
    try:
        roots = _roots(arguments)
    except Exception:  # whatever stands in that file
        return NO_ROOTS
    give_up_power()
    try:
        found = [_check(one, roots) for one in _signatures(sys.stdin.buffer.read())]
    except Exception:  # the boundary: what strangers send may fail in any way
        return 1
    sys.stdout.buffer.write(msgspec.json.encode(found))
    return 0


def hide() -> None:
    """Close this process's environment and memory to others of the same user, on Linux."""
    import ctypes  # noqa: PLC0415  # most functions see no document

    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SET_DUMPABLE, 0, 0, 0, 0)


def give_up_power() -> None:
    """Give up every capability of root's for good, on Linux; no other process is open to it then.

    It stays the user that it is: what checks a signature is loaded while it is checked, from where
    another user may not read.
    """
    import ctypes  # noqa: PLC0415

    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        header, none = (ctypes.c_uint32 * 2)(CAPABILITIES_V3, 0), (ctypes.c_uint32 * 6)()
        if libc.capset(header, none):
            message = "the capabilities of this process cannot be given up"
            raise OSError(message)


def _confine() -> None:
    """Limit this process; where a system has no such limit, the clock is left."""
    import resource  # noqa: PLC0415  # not on every system

    limits = {
        resource.RLIMIT_AS: MOST_MEMORY,
        resource.RLIMIT_CPU: MOST_CPU,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))


def _roots(arguments: list[str]) -> list[Any]:
    from pyhanko.keys import load_certs_from_pemder  # noqa: PLC0415

    roots = list(load_certs_from_pemder(arguments))
    for one in roots:
        one.subject.native  # noqa: B018  # read, to see that it can be
    if arguments and not roots:
        raise ValueError
    return roots


def _signatures(content: bytes) -> list[Any]:
    """All but time stamps, which vouch for signatures and not for a signer."""
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415

    return list(PdfFileReader(BytesIO(content)).embedded_regular_signatures)


def _check(one: Any, roots: list[Any]) -> Finding:
    from pyhanko.sign.diff_analysis import ModificationLevel  # noqa: PLC0415
    from pyhanko.sign.validation import validate_pdf_signature  # noqa: PLC0415
    from pyhanko.sign.validation.status import SignatureCoverageLevel  # noqa: PLC0415
    from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415

    context = ValidationContext(trust_roots=roots, allow_fetching=False)
    told = validate_pdf_signature(one, context)
    entire = told.coverage is SignatureCoverageLevel.ENTIRE_FILE
    revision = told.coverage is SignatureCoverageLevel.ENTIRE_REVISION
    harmless = told.modification_level is ModificationLevel.LTA_UPDATES
    return Finding(
        intact=told.intact and told.valid,
        whole=entire or (revision and harmless),
        allowed=entire or (revision and bool(told.docmdp_ok)),
        trusted=told.trusted,
        sound=told.bottom_line,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
