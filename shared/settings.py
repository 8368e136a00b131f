"""Settings: what differs between stages, read from an environment that is passed in."""

from collections.abc import Mapping
from pathlib import Path

from shared.errors import Misconfigured
from shared.model.noun import Noun


class Issuer(Noun, frozen=True, kw_only=True):
    """Who says who the staff are (OpenID Connect), for which audience, and in which claim.

    `client_id`: as which the pages of the staff are known there; "" if nobody signs in by a page.
    """

    url: str
    audience: str
    roles_claim: str = "roles"
    client_id: str = ""


class Settings(Noun, frozen=True, kw_only=True):
    """One stage's settings.

    `origins` may send forms from a browser.  `statement`: another controller's file, or None.
    `site` is where the pages are, as mails link to them, without a slash at the end; `sender` the
    address that mails come from.  Both are "" where no subject request is taken in.
    `configuration_set`: of SES, which tells what becomes of mails; "" where nobody is told.
    `documents`: the bucket that signed documents are sent to; "" where none are taken in.
    `trust_roots`: a PEM file with those who vouch for signers, or None.
    `issuer`: of the staff's tokens; without one no staff can sign in.
    """

    table: str
    region: str
    keys_secret: str
    origins: tuple[str, ...]
    statement: Path | None
    site: str = ""
    sender: str = ""
    configuration_set: str = ""
    documents: str = ""
    trust_roots: Path | None = None
    issuer: Issuer | None = None


def read_namespace(environ: Mapping[str, str]) -> str:
    """METRICS_NAMESPACE, under which CloudWatch keeps a stage's metrics; "" to leave none.

    "Privacy" if it is not set.
    """
    return environ.get("METRICS_NAMESPACE", "Privacy")


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read TABLE, AWS_REGION, KEYS_SECRET, ORIGINS, STATEMENT, SITE, SENDER, CONFIGURATION_SET,
    DOCUMENTS, TRUST_ROOTS and OIDC_*.

    Raises Misconfigured.
    """
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
    statement, roots = environ.get("STATEMENT", ""), environ.get("TRUST_ROOTS", "")
    return Settings(
        table=needed["TABLE"],
        region=region,
        keys_secret=needed["KEYS_SECRET"],
        origins=tuple(origin.rstrip("/") for origin in environ.get("ORIGINS", "").split()),
        statement=Path(statement) if statement else None,
        site=environ.get("SITE", "").rstrip("/"),
        sender=environ.get("SENDER", ""),
        configuration_set=environ.get("CONFIGURATION_SET", ""),
        documents=environ.get("DOCUMENTS", ""),
        trust_roots=Path(roots) if roots else None,
        issuer=_issuer(environ),
    )


def _issuer(environ: Mapping[str, str]) -> Issuer | None:
    """OIDC_ISSUER with OIDC_AUDIENCE, OIDC_ROLES_CLAIM and OIDC_CLIENT_ID; None if not set."""
    url, audience = environ.get("OIDC_ISSUER", ""), environ.get("OIDC_AUDIENCE", "")
    if url and not audience:
        message = "not set: OIDC_AUDIENCE"
        raise Misconfigured(message)
    if not url:
        return None
    return Issuer(
        url=url,
        audience=audience,
        roles_claim=environ.get("OIDC_ROLES_CLAIM") or "roles",
        client_id=environ.get("OIDC_CLIENT_ID", ""),
    )
