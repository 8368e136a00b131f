"""Signatures: those of a PDF, checked by pyHanko in a process of its own.

What strangers send is parsed where it can do no harm: without credentials, without network
look-ups, with so much memory and time and no more.  Nor can it look them up where it came from:
this process hides what it has in /proc, and a root's child has no power over others.  Nothing that
the parser says is kept: it prints names.

A file cannot be read if the child says so, or if, once it has begun to read, the file wants more
than it is given or crashes it.  Whatever else the child ends by is no verdict on the file.
"""

import contextlib
import logging
import os
import signal
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec

from shared.errors import Misconfigured, Unavailable
from shared.policy.documents import Finding

SELF_TEST = Path(__file__).with_name("self-test.pdf")
"""A document signed by a key that is gone, for nobody: intact, by somebody unknown."""
MOST_MEMORY = 512 * 1024 * 1024
MOST_CPU = 5
PATIENCE = 20
"""Seconds, of the processor and by the clock: a file uses up the one, a busy machine the other."""
NO_ROOTS, UNREADABLE = 21, 22
"""What the child ends by to say so: neither Python nor a shell ends by these."""
BEGUN = b"begun\n"
"""What the child says when all is loaded, and it reads the file."""
DEATHS = {
    -one
    for one in (
        *(signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGABRT),  # it has crashed
        *(signal.SIGXCPU, signal.SIGXFSZ, signal.SIGKILL),  # it has had all that it is given
    )
}
LOADERS = ("LD_LIBRARY_PATH",)
"""What an interpreter may need to find its own library: that of Lambda does."""
NO_NEW_PRIVILEGES = 38
CAPABILITIES_V3 = 0x20080522
SET_DUMPABLE = 4
"""PR_SET_DUMPABLE of Linux's prctl(2): off, nobody of the same user reads the environment."""


def findings(content: bytes, trust_roots: Path | None) -> tuple[Finding, ...] | None:
    """One for each signature of a PDF; None if it cannot be read.

    `trust_roots` is a PEM file, without which nobody is trusted.  Raises Misconfigured if that
    cannot be read, Unavailable if nothing could be found out about the file.
    """
    command = [sys.executable, "-m", __name__, *([str(trust_roots)] if trust_roots else [])]
    loaders = {name: os.environ[name] for name in LOADERS if name in os.environ}
    hide()
    try:
        ended = subprocess.run(  # noqa: S603  # ourselves, and a path from the settings
            command,
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            env={"PYTHONPATH": os.pathsep.join(sys.path), **loaders},
            check=False,
        )
    except subprocess.TimeoutExpired:
        message = "the checker of signatures has not ended in time"
        raise Unavailable(message) from None
    said, code = ended.stdout, ended.returncode
    if code == NO_ROOTS:
        message = "the trust roots cannot be read"
        raise Misconfigured(message)
    if said.startswith(BEGUN) and (code == UNREADABLE or code in DEATHS):
        return None
    if code or not said.startswith(BEGUN):
        message = f"the checker of signatures ended by {code}"
        raise Unavailable(message)
    return msgspec.json.decode(said.removeprefix(BEGUN), type=tuple[Finding, ...])


def main(arguments: list[str]) -> int:
    """Standard input: a PDF; standard output: BEGUN and the findings; or UNREADABLE."""
    logging.disable()
    _confine()
    try:
        roots = _roots(arguments)
    except Exception:  # whatever stands in that file
        return NO_ROOTS
    _load()
    give_up_power()
    content = sys.stdin.buffer.read()
    os.write(1, BEGUN)
    try:
        found = msgspec.json.encode([_check(one, roots) for one in _signatures(content)])
    except Exception:  # the boundary: what strangers send may fail in any way
        return UNREADABLE
    sys.stdout.buffer.write(found)
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


def _load() -> None:
    """Load what reads files, before one is read: that it is missing is no file's doing."""
    from pyhanko.pdf_utils import reader  # noqa: F401, PLC0415
    from pyhanko.sign import diff_analysis, validation  # noqa: F401, PLC0415


def _roots(arguments: list[str]) -> list[Any]:
    if not arguments:
        return []
    from pyhanko.keys import load_certs_from_pemder  # noqa: PLC0415

    roots = list(load_certs_from_pemder(arguments))
    for one in roots:
        one.subject.native  # noqa: B018  # read, to see that it can be
    if not roots:
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
