"""Settings: what differs between stages, read from an environment that is passed in."""

from collections.abc import Mapping
from pathlib import Path

from shared.errors import Misconfigured
from shared.model import Noun


class Settings(Noun, frozen=True, kw_only=True):
    """One stage's settings.

    `origins` may send forms from a browser.  `statement`: another controller's file, or None.
    """

    table: str
    region: str
    keys_secret: str
    origins: tuple[str, ...]
    statement: Path | None


def read_namespace(environ: Mapping[str, str]) -> str:
    """METRICS_NAMESPACE, under which CloudWatch keeps a stage's metrics; "Privacy" if not set."""
    return environ.get("METRICS_NAMESPACE") or "Privacy"


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read TABLE, AWS_REGION, KEYS_SECRET, ORIGINS and STATEMENT.  Raises Misconfigured."""
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION", "")
    needed = {
        "TABLE": environ.get("TABLE", ""),
        "AWS_REGION": region,
        "KEYS_SECRET": environ.get("KEYS_SECRET", ""),
    }
    missing = [name for name, value in needed.items() if not value]
    if missing:
        message = f"not set: {', '.join(missing)}"
        raise Misconfigured(message)
    statement = environ.get("STATEMENT", "")
    return Settings(
        table=needed["TABLE"],
        region=region,
        keys_secret=needed["KEYS_SECRET"],
        origins=tuple(origin.rstrip("/") for origin in environ.get("ORIGINS", "").split()),
        statement=Path(statement) if statement else None,
    )
