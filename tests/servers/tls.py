"""Certificates, and a front that speaks TLS for a server that does not."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Authority:
    """Signs certificates; its own is in `file`."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder, self._key, self._name = folder, ec.generate_private_key(ec.SECP256R1()), _name(name)
        self.file = folder / f"{name}.pem"
        own = _builder(self._name, self._name, self._key, days=100)
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.file.write_bytes(own.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def certify(self, host: str, *, days: int = 100) -> Path:
        """A certificate and its key in one file; a negative number of days has it expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        signed = _for_host(_builder(_name(host), self._name, key, days=days), host)
        return _write(self._folder / f"{host}{days}.pem", signed.sign(self._key, hashes.SHA256()), key)


def self_signed(folder: Path, host: str) -> Path:
    """A certificate that nobody else has signed, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = _for_host(_builder(_name(host), _name(host), key, days=100), host)
    return _write(folder / f"self-{host}.pem", own.sign(key, hashes.SHA256()), key)


def server_context(file: Path) -> ssl.SSLContext:
    """What a server with this certificate needs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


class TlsFront:
    """Speaks TLS and passes everything on to a port of this host that does not."""

    def __init__(self, certificate: Path, port: int) -> None:
        self._context, self._behind = server_context(certificate), port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> TlsFront:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                visitor, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(visitor,), daemon=True).start()

    def _serve(self, visitor: socket.socket) -> None:
        with suppress(OSError):
            near = self._context.wrap_socket(visitor, server_side=True)
            # A client may refuse the certificate after the handshake of the server: it has trusted once it talks.
            said = near.recv(65536)
            if not said:
                return
            far = socket.create_connection(("127.0.0.1", self._behind))
            far.sendall(said)
            threading.Thread(target=_pump, args=(near, far), daemon=True).start()
            _pump(far, near)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError, ssl.SSLError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    end = now + datetime.timedelta(days=days)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, end) - datetime.timedelta(days=1))
        .not_valid_after(end)
    )


def _for_host(builder: x509.CertificateBuilder, host: str) -> x509.CertificateBuilder:
    try:
        name: x509.GeneralName = x509.IPAddress(ip_address(host))
    except ValueError:
        name = x509.DNSName(host)
    return builder.add_extension(x509.SubjectAlternativeName([name]), critical=False)


def _write(file: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Path:
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return file
