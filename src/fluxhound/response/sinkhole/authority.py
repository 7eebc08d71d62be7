"""The sinkhole's own certificate authority: made at the first start, trusted by nobody.

It exists so that a client that checks nothing, as much malicious software does, goes on to say what
it wants. Do not install it on clients: whoever has its key could then pose as any site to them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import os
import secrets
import stat
from pathlib import Path

from fluxhound.errors import MissingExtraError, StoreError

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
except ImportError as _error:  # pragma: no cover - the tests have it
    raise MissingExtraError(
        "The sinkhole makes certificates: pip install 'fluxhound[respond]'."
    ) from _error

KEY_FILE = "ca.key"
CERTIFICATE_FILE = "ca.pem"
#: Ten years: nobody relies on it, and a sinkhole must not stop because of it.
_CA_DAYS = 3_650
#: Certificates of names live as long as the process that made them; a month is enough.
_NAME_DAYS = 30
#: Some clocks are wrong by a day.
_SLACK = dt.timedelta(days=1)
_LARGEST_FILE = 65_536
_LONGEST_COMMON_NAME = 64  # X.520, ub-common-name


class Authority:
    """Key and certificate of the CA, and one key for all the certificates that it gives out."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self._key = key
        self.certificate = certificate
        self._name_key = ec.generate_private_key(ec.SECP256R1())
        self._name_key_pem = self._name_key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        self._issuer_pem = certificate.public_bytes(Encoding.PEM)

    def issue(self, name: str, *, now: dt.datetime) -> bytes:
        """Return key, certificate for *name* (a host name or an address) and chain, as PEM."""
        short = len(name) <= _LONGEST_COMMON_NAME
        builder = (
            x509.CertificateBuilder()
            .subject_name(_common_name(name if short else "sinkhole"))
            .issuer_name(self.certificate.subject)
            .public_key(self._name_key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _SLACK)
            .not_valid_after(now + dt.timedelta(days=_NAME_DAYS))
            .add_extension(x509.SubjectAlternativeName([_alternative(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )
        signed = builder.sign(self._key, hashes.SHA256())
        return self._name_key_pem + signed.public_bytes(Encoding.PEM) + self._issuer_pem


def load_authority(folder: Path, *, now: dt.datetime) -> Authority:
    """Return the CA in *folder*, made when there is none; its key can be read by its owner alone.

    Raises:
        StoreError: it cannot be read or made, is none, or others can read its key.
    """
    key_path, certificate_path = folder / KEY_FILE, folder / CERTIFICATE_FILE
    try:
        if not key_path.exists() or not certificate_path.exists():
            _make(key_path, certificate_path, now)
        if stat.S_IMODE(key_path.stat().st_mode) & 0o077:
            raise StoreError(f"{key_path}: others can read this key. Run chmod 600 on it.")
        key = load_pem_private_key(_content(key_path), password=None)
        certificate = x509.load_pem_x509_certificate(_content(certificate_path))
    except OSError as error:
        raise StoreError(
            f"{error.filename or folder}: the sinkhole's CA cannot be used ({error.strerror}). "
            "Check the path and its permissions."
        ) from error
    except (ValueError, TypeError) as error:
        raise StoreError(
            f"{folder}: {KEY_FILE} or {CERTIFICATE_FILE} is damaged. Remove both, and a new CA is "
            "made."
        ) from error
    if (
        not isinstance(key, ec.EllipticCurvePrivateKey)
        or key.public_key() != certificate.public_key()
    ):
        raise StoreError(
            f"{folder}: {KEY_FILE} and {CERTIFICATE_FILE} do not belong together. Remove both, and "
            "a new CA is made."
        )
    return Authority(key, certificate)


def _make(key_path: Path, certificate_path: Path, now: dt.datetime) -> None:
    """Write a new key, then the certificate that says whose it is."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _common_name(f"Fluxhound sinkhole {secrets.token_hex(4)}")
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLACK)
        .not_valid_after(now + dt.timedelta(days=_CA_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(key_path, private, 0o600)
    _write(certificate_path, certificate.public_bytes(Encoding.PEM), 0o644)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write *content* whole or not at all, under a mode that it has from the first octet on."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST_FILE)


def _common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
