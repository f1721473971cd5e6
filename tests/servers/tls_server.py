"""A server that only presents a certificate, and the authority that signed it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SIGNS_CERTIFICATES: Final = x509.KeyUsage(
    digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
    key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
)  # fmt: skip


@dataclass(frozen=True)
class Authority:
    """Stores its own certificate, `ca.pem`, and the signed ones in a folder."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    name: x509.Name

    @classmethod
    def made_in(cls, folder: Path) -> "Authority":
        authority = cls(folder, ec.generate_private_key(ec.SECP256R1()), common_name("Test authority"))
        signed = authority.sign(authority.name, authority.key.public_key(), days=30, authority=True)
        authority.file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        return authority

    @property
    def file(self) -> Path:
        return self.folder / "ca.pem"

    def context(self, host: str, days: float) -> ssl.SSLContext:
        """For a server with this host name, and a certificate that expires in `days`."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self.sign(common_name(host), key.public_key(), days=days, host=host)
        path = self.folder / f"{host}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        *,
        days: float,
        host: str = "",
        authority: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(
            issuer_name=self.name,
            subject_name=subject,
            public_key=key,
            serial_number=x509.random_serial_number(),
            not_valid_before=now - timedelta(days=90),
            not_valid_after=now + timedelta(days=days),
        )
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = (
            builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(issuer, critical=False)
        )
        if authority:
            builder = builder.add_extension(SIGNS_CERTIFICATES, critical=True)
        if host:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return builder.sign(self.key, hashes.SHA256())


def common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@asynccontextmanager
async def tls_server(context: ssl.SSLContext, *, tls_answer: bytes = b"") -> AsyncIterator[int]:
    """Yields the port. With a `tls_answer` it first reads eight bytes and sends that; `S` starts TLS."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if tls_answer:
                await reader.readexactly(8)
                writer.write(tls_answer)
                if tls_answer == b"S":
                    await writer.start_tls(context)
            await reader.read()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=None if tls_answer else context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
