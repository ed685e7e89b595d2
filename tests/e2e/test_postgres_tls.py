"""TLS to PostgreSQL: a fleet serves over it, and what cannot be trusted is refused with the reason, before a password is sent."""

import shutil
import urllib.parse

import fleet as fleets
import pytest
from conftest import running_fleet
from postgres import Postgres

from lib import s3
from lib.programs import built, run, tool

CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-x509"]


class Authority:
    """What vouches for a name or an address, by certificates in `directory`."""

    def __init__(self, directory):
        self.directory, self.ca, self.key = directory, directory / "ca.pem", directory / "ca.key"
        directory.mkdir(parents=True, exist_ok=True)
        run(tool("openssl"), "req", *CURVE, "-subj", "/CN=an authority", "-keyout", self.key, "-out", self.ca)

    def issue(self, name, alternative=None):
        """(certificate, key)."""
        certificate, key = self.directory / f"{name}.crt", self.directory / f"{name}.key"
        more = ["-addext", f"subjectAltName={alternative}"] if alternative else []
        run(tool("openssl"), "req", *CURVE, "-subj", f"/CN={name}", *more, "-addext", "basicConstraints=critical,CA:FALSE", "-CA", self.ca,
            "-CAkey", self.key, "-keyout", key, "-out", certificate)
        key.chmod(0o600)
        return certificate, key


class TlsPostgres(Postgres):
    """A server that speaks TLS on a port, and takes `certified` by certificate alone."""

    def __init__(self, authority):
        self.address = fleets.own_loopback()
        self.port = fleets.free_port(self.address)
        super().__init__({"listen_addresses": self.address, "port": str(self.port), "ssl": "on"})
        self.authority = authority

    def create(self):
        super().create()
        certificate, key = self.authority.issue("server", f"IP:{self.address}")
        for source, name in ((certificate, "server.crt"), (key, "server.key"), (self.authority.ca, "root.crt")):
            target = self.directory / "data" / name
            shutil.copy(source, target)
            target.chmod(0o600)
            shutil.chown(target, (self.directory / "data").owner())
        self.settings["ssl_ca_file"] = "root.crt"
        hba = self.directory / "data/pg_hba.conf"
        hba.write_text("local all all scram-sha-256\nhostssl all certified 127.0.0.0/8 cert\nhost all all 127.0.0.0/8 scram-sha-256\n")

    def at(self, user="postgres", password=True, **options):
        secret = f":{self.password}" if password else ""
        host = options.pop("host", self.address)
        options = urllib.parse.urlencode({"sslmode": "verify-full", "sslrootcert": self.authority.ca, **options})
        return f"postgresql://{user}{secret}@{host}:{self.port}/postgres?{options}"

    @property
    def url(self):
        return self.at()


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    authority = Authority(tmp_path_factory.mktemp("authority"))
    yield from running_fleet(masters=2, postgres=TlsPostgres(authority))


def tried(fleet, url):
    """What `cairnd migrate` says of a registry there; the password is nowhere in it."""
    master, kept = fleet.masters[0], (fleet.directory / "registry.url").read_text().strip()
    fleet.point_at(url)
    try:
        done = run(built("cairnd"), "migrate", "--config", master.config, check=False)
    finally:
        fleet.point_at(kept)
    assert fleet.postgres.password not in done.stdout + done.stderr
    return done


def refused(fleet, url, why):
    done = tried(fleet, url)
    assert done.returncode == 1 and why in done.stderr, done


def test_a_fleet_serves_over_tls_alone(secure):
    one, two = (s3.client(m, secure.access_key, secure.secret_key, retries=5) for m in secure.masters)
    one.create_bucket(Bucket="over-tls")
    one.put_object(Bucket="over-tls", Key="k", Body=b"sealed")
    assert two.get_object(Bucket="over-tls", Key="k")["Body"].read() == b"sealed"
    sessions = secure.postgres.rows("SELECT ssl, version FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'cairnd'")
    assert len(sessions) >= 2 and all(s.startswith("t|TLSv1.") for s in sessions), sessions


def test_another_authority_is_refused(secure, tmp_path):
    other = Authority(tmp_path / "other")
    refused(secure, secure.postgres.at(sslrootcert=other.ca), "certificate verify failed")


def test_another_name_is_refused(secure):
    refused(secure, secure.postgres.at(host="database.example", hostaddr=secure.postgres.address), "does not match host name")


def test_a_missing_authority_is_named(secure, tmp_path):
    refused(secure, secure.postgres.at(sslrootcert=tmp_path / "nowhere.pem"), "nowhere.pem")


def test_a_client_is_known_by_its_certificate(secure, tmp_path):
    server = secure.postgres
    server.sql("CREATE ROLE certified SUPERUSER LOGIN")
    certificate, key = server.authority.issue("certified")
    known = tried(secure, server.at("certified", password=False, sslcert=certificate, sslkey=key))
    assert known.returncode == 0, known
    refused(secure, server.at("certified", password=False), "certificate")
    stranger, stranger_key = Authority(tmp_path / "other").issue("certified")
    assert tried(secure, server.at("certified", password=False, sslcert=stranger, sslkey=stranger_key)).returncode == 1
    key.chmod(0o644)
    refused(secure, server.at("certified", password=False, sslcert=certificate, sslkey=key), "has group or world access")


def test_a_server_without_tls_is_refused(secure):
    server = secure.postgres
    server.settings["ssl"] = "off"
    server.terminate()
    server.start()
    try:
        refused(secure, server.url, "does not support SSL")
        for master in secure.masters:
            assert server.password not in master.log.read_text()
    finally:
        server.settings["ssl"] = "on"
        server.terminate()
        server.start()
