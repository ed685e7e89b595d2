"""`ipfs pin add ROOT` on the kubo of a stranger brings a whole bucket from us: by bitswap from a master's kubo, and by HTTP retrieval
from the trustless gateway behind HAProxy with TLS and HTTP/2; `ipfs dag get` reads it there. The stranger knows nobody else."""

import contextlib
import http.server
import json
import re
import urllib.request

import pytest

import fleet as fleets
from conftest import running_fleet
from kubo import Kubo
from lib import blocks, programs, s3, watch
from lib.content import BLOCK, content
from lib.haproxy import certificate, haproxy
from lib.serving import Serving

OPEN = {"api": {"open_gateway": True}}
OBJECTS = {"small": b"hello, stranger\n", "large": content(3 * BLOCK + 17), **{f"many/{n:03}": f"number {n}".encode() for n in range(150)}}
REQUEST = re.compile(r"(HTTP/[0-9.]+) (HEAD|GET) \S*/ipfs/([a-z0-9]+)\S* ([0-9]+)")
HAPROXY = """
defaults
    mode http
    timeout connect 10s
    timeout client 60s
    timeout server 60s

frontend gateway
    log stdout format raw local0
    log-format "%HV %HM %HU %ST"
    bind {at} ssl crt {pem} alpn h2,http/1.1
    http-request deny unless {{ path_beg /ipfs/ }}
    default_backend masters

backend masters
    option httpchk GET /healthz/ready
    {servers}
"""


class Providers(http.server.BaseHTTPRequestHandler):
    """A delegated router (/routing/v1) that names one provider, the server's `record`, of everything that is asked for."""

    def do_GET(self):
        known = self.path.startswith("/routing/v1/providers/")
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/x-ndjson")
        self.end_headers()
        if known:
            self.wfile.write(json.dumps(self.server.record).encode() + b"\n")

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def router(address, gateway):
    """The address of a router that says: the gateway at https://address:port has it."""
    peer = blocks.text(bytes([1, 0x72, 0, 0x24, 8, 1, 0x12, 0x20]) + bytes(range(32)))  # nobody has its key: by libp2p it is not found
    record = {"Schema": "peer", "ID": peer, "Addrs": [f"/ip4/{address}/tcp/{gateway}/tls/http"], "Protocols": ["transport-ipfs-gateway-http"]}
    with contextlib.closing(Serving(address, Providers)) as server:
        server.record = record
        yield f"http://{server.at}"


@contextlib.contextmanager
def stranger(directory, settings=None, **environment):
    """A kubo that knows nobody, with these changes of its configuration."""
    address = fleets.own_loopback()
    made = Kubo(programs.kubo(), directory / "stranger", address, fleets.free_port(address), swarm=fleets.free_port(address))
    made.make()
    path = made.repository / "config"
    path.write_text(json.dumps({**json.loads(path.read_text()), **(settings or {})}))
    made.environment.update(environment)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def filled(fleet, name):
    """(root, CID of each object) of a bucket that was written through all masters in turn."""
    clients = [s3.client(m, fleet.access_key, fleet.secret_key) for m in fleet.masters]
    clients[0].create_bucket(Bucket=name)
    cids = {key: clients[n % len(clients)].put_object(Bucket=name, Key=key, Body=body)["ResponseMetadata"]["HTTPHeaders"]["x-cairn-cid"]
            for n, (key, body) in enumerate(OBJECTS.items())}
    return watch.pointer(fleet.masters[0], "demo", name)[0], cids


def brings_it_all(kubo, root, cids):
    """Pins the root and reads without a network from then on. All CIDs that were brought."""
    programs.run(kubo.ipfs, "pin", "add", root, env=kubo.environment, timeout=240)
    assert root in kubo.run("pin", "ls", "--type=recursive", "-q").decode().split()
    assert isinstance(json.loads(kubo.run("dag", "get", "--offline", root)), dict)
    brought = {root, *kubo.run("refs", "-r", "--offline", root).decode().split()}
    assert set(cids.values()) <= brought
    for key in ("small", "large", "many/000", "many/149"):
        assert kubo.run("cat", "--offline", cids[key]) == OBJECTS[key]
    return brought


def over_http(fleet, tmp_path, root, cids):
    address = fleet.address
    port = fleets.free_port(address)
    pem, ca = certificate(tmp_path, address)
    servers = "\n    ".join(f"server {m.name} {m.api} check inter 1s" for m in fleet.masters)
    settings = {"HTTPRetrieval": {"Enabled": True, "Allowlist": [address]}, "Bitswap": {"ServerEnabled": False},
                "Provide": {"Enabled": False}}
    with haproxy(tmp_path, HAPROXY.format(at=f"{address}:{port}", pem=pem, servers=servers), address, port) as log, router(address, port) as at:
        settings["Routing"] = {"Type": "delegated", "DelegatedRouters": [at]}
        with stranger(tmp_path, settings, SSL_CERT_FILE=str(ca)) as kubo:
            brought = brings_it_all(kubo, root, cids)
            asked = REQUEST.findall(log.read_text())
    assert ("HTTP/2.0", "HEAD", "bafkqaaa", "200") in asked  # its probe of the gateway
    assert {version for version, *_ in asked} == {"HTTP/2.0"}
    assert brought <= {cid for _, method, cid, status in asked if (method, status) == ("GET", "200")}


@pytest.fixture(scope="module")
def embedded():
    yield from running_fleet(masters=2, settings=OPEN)


@pytest.fixture(scope="module")
def on_kubo():
    yield from running_fleet(masters=2, kubo=programs.kubo(), kubo_swarm=True, settings=OPEN)


def test_by_bitswap_from_a_masters_kubo(on_kubo, tmp_path):
    root, cids = filled(on_kubo, "bitswap")
    ours = on_kubo.masters[0].kubo
    watch.until("the master's kubo has the bucket", lambda: root in ours.run("pin", "ls", "--type=recursive", "-q").decode().split(), 120)
    with stranger(tmp_path) as kubo:
        kubo.run("swarm", "connect", f"/ip4/{ours.address}/tcp/{ours.swarm}/p2p/{json.loads(ours.run('id'))['ID']}")
        brings_it_all(kubo, root, cids)
        assert json.loads(kubo.call("bitswap/stat"))["BlocksReceived"] > len(OBJECTS)


def test_over_the_gateway_from_embedded_blocks(embedded, tmp_path):
    over_http(embedded, tmp_path, *filled(embedded, "gateway"))


def test_over_the_gateway_from_blocks_in_kubo(on_kubo, tmp_path):
    over_http(on_kubo, tmp_path, *filled(on_kubo, "gateway"))
