"""A real HAProxy of a test's own, and certificates that only this test's clients trust."""

import contextlib
import socket
import subprocess
import time

from lib.programs import run, tool


def certificate(directory, address):
    """(PEM file of certificate and key for the address, file of the authority that vouches for it)."""
    ca, ca_key, pem = directory / "ca.pem", directory / "ca.key", directory / "server.pem"
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-x509"]
    run(tool("openssl"), "req", *curve, "-subj", "/CN=an authority", "-keyout", ca_key, "-out", ca)
    run(tool("openssl"), "req", *curve, "-subj", "/CN=gateway", "-addext", f"subjectAltName=IP:{address}", "-addext",
        "basicConstraints=critical,CA:FALSE", "-CA", ca, "-CAkey", ca_key, "-keyout", directory / "server.key", "-out", directory / "server.crt")
    pem.touch(mode=0o600)
    pem.write_text((directory / "server.crt").read_text() + (directory / "server.key").read_text())
    return pem, ca


@contextlib.contextmanager
def haproxy(directory, config, address, port, seconds=60):
    """Runs HAProxy with the configuration until the end; what it logs to stdout is in the file that is given."""
    file, log = directory / "haproxy.cfg", directory / "haproxy.log"
    file.write_text(config)
    program = tool("haproxy")
    with open(log, "wb") as out:
        process = subprocess.Popen([program, "-db", "-f", str(file)], stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        end = time.monotonic() + seconds
        while True:
            assert process.poll() is None and time.monotonic() < end, log.read_text()
            with contextlib.suppress(OSError), socket.create_connection((address, port), timeout=5):
                break
            time.sleep(0.05)
        yield log
    finally:
        process.kill()
        process.wait()
