"""Papers to send: made and signed here, by issuers that exist for one test run."""

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

YEAR = timedelta(days=365)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
JPEG = b"\xff\xd8\xff\xe0" + bytes(64)
HTML = b"<!doctype html><script>alert(1)</script>"


@dataclass(frozen=True)
class Issuer:
    """Who vouches for one signer."""

    root: x509.Certificate
    signer: signers.SimpleSigner

    def pem(self, folder: Path) -> Path:
        path = folder / "roots.pem"
        path.write_bytes(self.root.public_bytes(serialization.Encoding.PEM))
        return path


@cache
def issuer(name: str) -> Issuer:
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate(f"{name} root", root_key, f"{name} root", root_key, ca=True)
    leaf = _certificate("Kari Nordmann", key, f"{name} root", root_key, ca=False)
    der = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    signer = signers.SimpleSigner(
        signing_cert=_asn1(leaf),
        signing_key=asn1_keys.PrivateKeyInfo.load(der),
        cert_registry=SimpleCertificateStore.from_certs([_asn1(root)]),
    )
    return Issuer(root, signer)


def _asn1(one: x509.Certificate) -> Any:
    return asn1_x509.Certificate.load(one.public_bytes(serialization.Encoding.DER))


def _certificate(name: str, key: Any, by: str, by_key: Any, *, ca: bool) -> x509.Certificate:
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    usage |= {"key_cert_sign": True} if ca else {"content_commitment": True}
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, by)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + YEAR)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .sign(by_key, hashes.SHA256())
    )


def unsigned() -> bytes:
    writer = PdfFileWriter(stream_xrefs=False)
    text = b"BT 72 720 Td (I ask for what you hold about me.) Tj ET"
    content = RawContent(text, box=BoxConstraints(width=200, height=200))
    stream = writer.add_object(generic.StreamObject(stream_data=content.render()))
    writer.insert_page(PageObject(contents=stream, media_box=(0, 0, 612, 792)))
    return _written(writer)


def signed(by: Issuer, content: bytes | None = None, field: str = "Signature") -> bytes:
    """As PAdES (ETSI.CAdES.detached)."""
    writer = IncrementalPdfFileWriter(BytesIO(content or unsigned()))
    told = signers.PdfSignatureMetadata(field_name=field, subfilter=SigSeedSubFilter.PADES)
    spec = SigFieldSpec(field)
    return bytes(signers.PdfSigner(told, by.signer, new_field_spec=spec).sign_pdf(writer).read())


def flipped(content: bytes) -> bytes:
    """With one letter of the page's text changed."""
    assert b"I ask for" in content
    return content.replace(b"I ask for", b"I ask fur", 1)


def appended(content: bytes) -> bytes:
    """With a revision that changes what the page shows."""
    writer = IncrementalPdfFileWriter(BytesIO(content))
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    stream = generic.StreamObject(stream_data=b"BT 72 600 Td (And all her money.) Tj ET")
    page["/Contents"] = writer.add_object(stream)
    writer.update_container(page)
    return _written(writer)


def with_validation_data(content: bytes, by: Issuer) -> bytes:
    """PAdES B-LT: certificates are added after signing, in a revision of their own."""
    output = BytesIO(content)
    DocumentSecurityStore.add_dss(output, sig_contents=None, certs=[_asn1(by.root)])
    return output.getvalue()


def _written(writer: Any) -> bytes:
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def raw(*objects: bytes, root: int = 1) -> bytes:
    """A PDF of objects as they are given, from number 1."""
    output, places = bytearray(b"%PDF-1.7\n"), []
    for number, one in enumerate(objects, start=1):
        places.append(len(output))
        output += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    start = len(output)
    output += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    output += b"".join(b"%010d 00000 n \n" % place for place in places)
    output += b"trailer\n<</Size %d /Root %d 0 R>>\n" % (len(places) + 1, root)
    return bytes(output + b"startxref\n%d\n%%%%EOF\n" % start)


def declaring_100_mb() -> bytes:
    """A stream that says it is far longer than the file."""
    catalog = b"<</Type /Catalog /AcroForm 2 0 R>>"
    return raw(catalog, b"<</Length 104857600>>\nstream\nabc\nendstream")


def bomb(megabytes: int) -> bytes:
    """The catalogue lies in a stream that grows a thousandfold, packed twice: a small file."""
    packer = zlib.compressobj(9)
    packed = packer.compress(b"2 0 <</Type /Catalog>>")
    chunk = b" " * (1 << 20)
    packed += b"".join(packer.compress(chunk) for _ in range(megabytes)) + packer.flush()
    twice = zlib.compress(packed, 9)
    filters = b"/Filter [/FlateDecode /FlateDecode]"
    head = b"%PDF-1.7\n"
    stream = (
        b"1 0 obj\n<</Type /ObjStm /N 1 /First 4 %b /Length %d>>\nstream\n%b\nendstream\nendobj\n"
    )
    body = head + stream % (filters, len(twice), twice)
    places = ((0, 0, 0), (1, len(head), 0), (2, 1, 0), (1, len(body), 0))
    table = b"".join(
        bytes([kind]) + place.to_bytes(4, "big") + bytes([index]) for kind, place, index in places
    )
    named = b"<</Type /XRef /Size 4 /W [1 4 1] /Root 2 0 R /Length %d>>" % len(table)
    tail = b"3 0 obj\n%b\nstream\n%b\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n"
    return body + tail % (named, table, len(body))


def nested(depth: int) -> bytes:
    """Arrays in arrays."""
    return raw(b"<</Type /Catalog /AcroForm " + b"[" * depth + b"]" * depth + b">>")


def circular() -> bytes:
    """A form whose fields are their own children."""
    return raw(
        b"<</Type /Catalog /AcroForm <</Fields [2 0 R]>>>>",
        b"<</T (a) /Kids [2 0 R]>>",
    )


def many_fields(fields: int) -> bytes:
    """A form that takes long to look through."""
    kids = b" ".join(b"%d 0 R" % number for number in range(2, fields + 2))
    catalog = b"<</Type /Catalog /AcroForm <</Fields [%b]>>>>" % kids
    return raw(catalog, *(b"<</T (f%d) /FT /Sig /V %d 0 R>>" % (n, n + 2) for n in range(fields)))
