"""A timestamping authority on loopback, made with openssl, and a calendar of OpenTimestamps."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

_CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[stamper]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_chain = no
ess_cert_id_alg = sha256
tsa_name = no
ordering = yes
"""


def make_authority(folder: Path, name: str = "Test") -> Path:
    """Make an authority's keys and certificates in `folder`; return the certificate to be trusted."""
    config = folder / "openssl.cnf"
    config.write_text(_CONFIG.format(folder=folder, name=f"{name} root"))
    _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-keyout", folder / "ca.key",
             "-out", folder / "ca.pem", "-config", config, "-extensions", "root")  # fmt: skip
    config.write_text(_CONFIG.format(folder=folder, name=f"{name} stamper"))
    _openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "tsa.key", "-out", folder / "tsa.csr",
             "-config", config)  # fmt: skip
    _openssl("x509", "-req", "-in", folder / "tsa.csr", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key",
             "-CAcreateserial", "-days", "30", "-out", folder / "tsa.pem", "-extfile", config, "-extensions",
             "stamper")  # fmt: skip
    (folder / "serial").write_text("01\n")
    return folder / "ca.pem"


def reply(folder: Path, query: bytes) -> bytes:
    """Return what the authority in `folder` answers to a query."""
    (folder / "query.tsq").write_bytes(query)
    _openssl("ts", "-reply", "-queryfile", folder / "query.tsq", "-out", folder / "answer.tsr",
             "-config", folder / "openssl.cnf", "-section", "here")  # fmt: skip
    return (folder / "answer.tsr").read_bytes()


@contextmanager
def answering(answer: Callable[[bytes], bytes], status: int = 200) -> Iterator[str]:
    """Serve a service that answers what is posted to it; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
