"""The pinning service on the API listener (docs/formats/pins.md): who may, what a pin is, where its blocks come from, what it
lets its owner read, and what happens when the master that works on it dies."""

import contextlib
import json
import sqlite3
import urllib.error
import urllib.parse
import urllib.request

import pytest

from conftest import running_fleet
from lib import s3, watch
from lib.pins import LONG, Origin, ask, cid_of, ended, jwt_settings, node, pin, raw_cid, user
from lib.wallets import Wallet

LOOPBACK = {"fetch": True, "private_networks": ["127.0.0.0/8"], "deadline": "10m"}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """Two masters that fetch from origins on this machine."""
    yield from running_fleet(masters=2, settings={"auth": jwt_settings(tmp_path_factory.mktemp("jwt")), "pins": LOOPBACK})


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """One master as it comes: nothing is fetched."""
    yield from running_fleet(masters=1, settings={"auth": jwt_settings(tmp_path_factory.mktemp("jwt"))})


@pytest.fixture()
def origin():
    made = Origin({})
    yield made
    made.close()


def test_what_an_object_of_ones_own_has_is_pinned(service):
    """JWT, access key and wallet; either master answers for it."""
    one, two = service.masters
    client = s3.client(one, service.access_key, service.secret_key)
    client.create_bucket(Bucket="own")
    put = client.put_object(Bucket="own", Key="k", Body=b"own content")
    cid = put["ResponseMetadata"]["HTTPHeaders"]["x-cairn-cid"]
    for bearer in (f"{service.access_key}:{service.secret_key}", user("demo")):
        made = pin(one, bearer, cid, name="mine", meta={"a": "b"})
        assert made["pin"] == {"cid": cid, "name": "mine", "meta": {"a": "b"}} and made["delegates"]
        done = ended(two, bearer, made)
        assert (done["requestid"], done["created"], done["pin"]) == (made["requestid"], made["created"], made["pin"])
        assert ask(two, "DELETE", f"/pins/{made['requestid']}", bearer)[:2] == (202, None)
        assert ask(one, "GET", f"/pins/{made['requestid']}", bearer)[0] == 404


def test_a_user_sees_his_own_pins_alone(service):
    one, _ = service.masters
    made = pin(one, user("alice"), raw_cid(b"alice's"))
    path = f"/pins/{made['requestid']}"
    for method, body in (("GET", None), ("DELETE", None), ("POST", {"cid": raw_cid(b"other")})):
        assert ask(one, method, path, user("bob"), body)[0] == 404
    statuses = "status=queued,pinning,pinned,failed"
    assert ask(one, "GET", f"/pins?{statuses}", user("bob"))[1] == {"count": 0, "results": []}
    assert ask(one, "GET", f"/pins?{statuses}", user("alice"))[1]["count"] == 1


def test_who_may(service, tmp_path):
    one = service.masters[0]
    wallet = Wallet(tmp_path)
    whole = wallet.issue(one)
    assert ask(one, "GET", "/pins", whole)[:2] == (200, {"count": 0, "results": []})
    made = pin(one, whole, raw_cid(b"wallet's"))
    read = wallet.issue(one, "--operations", "read")
    assert ask(one, "GET", f"/pins/{made['requestid']}", read)[0] == 200
    for method, path, body in (("POST", "/pins", {"cid": raw_cid(b"w")}), ("DELETE", f"/pins/{made['requestid']}", None),
                               ("POST", f"/pins/{made['requestid']}", {"cid": raw_cid(b"w")})):
        status, why, _ = ask(one, method, path, read, body)
        assert (status, why["error"]["reason"]) == (403, "FORBIDDEN")
    bucket = wallet.issue(one, "--bucket", "photos")
    assert ask(one, "GET", "/pins", bucket)[0] == 403
    for bad in (None, "nonsense", "a.b.c", f"{service.access_key}:wrong", "nobody:" + service.secret_key, service.secret_key):
        status, why, headers = ask(one, "GET", "/pins", bad)
        assert (status, why["error"]["reason"], headers["WWW-Authenticate"]) == (401, "UNAUTHORIZED", "Bearer"), bad
    # The secret of an access key as a bearer is for this door alone.
    request = urllib.request.Request(f"http://{one.s3}/", headers={"Authorization": f"Bearer {service.access_key}:{service.secret_key}"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    assert refused.value.code == 403


BAD = [
    (b"{", "no JSON"), (b"[]", "JSON object"), ({}, "cid"), ({"cid": 5}, "cid"), ({"cid": "bafyno"}, "not a CID"),
    ({"cid": "bafkqaaa"}, "cid"), ({"cid": "QmCIDToBePinned"}, "cid"), ({"name": "n" * 256}, "255"), ({"name": 1}, "name"),
    ({"name": "a\0b"}, "NUL"), ({"origins": "x"}, "origins"), ({"origins": ["nonsense"]}, "multiaddr"),
    ({"origins": ["/ip4/1.2.3/tcp/80/http"]}, "ip4"), ({"origins": ["/ip4/1.2.3.4/tcp/99999"]}, "tcp"),
    ({"origins": ["/warp/9"]}, "protocol"), ({"origins": [f"/ip4/192.0.2.{i}/tcp/80/http" for i in range(21)]}, "20"),
    ({"meta": []}, "meta"), ({"meta": {"a": 1}}, "meta"), ({"meta": {str(i): "" for i in range(1001)}}, "1000"),
]


def test_bad_pins_are_refused_and_say_why(closed):
    master, bearer = closed.masters[0], user("careless")
    for body, word in BAD:
        sent = body if isinstance(body, bytes) or "cid" in body or not body else {"cid": raw_cid(b"x"), **body}
        status, why, _ = ask(master, "POST", "/pins", bearer, sent)
        assert (status, why["error"]["reason"]) == (400, "BAD_REQUEST") and word in why["error"]["details"], (body, why)
    assert ask(master, "POST", "/pins", bearer, {"cid": raw_cid(b"x"), "meta": {"a": "x" * 70_000}})[0] == 413
    for query, word in (("cid=no", "cid"), ("&".join(f"cid={raw_cid(bytes([i]))}" for i in range(11)), "10"), ("status=done", "status"),
                        ("limit=0", "1000"), ("limit=1001", "1000"), ("limit=x", "limit"), ("limit=1&limit=2", "twice"),
                        ("match=fuzzy", "match"), ("before=yesterday", "before"), ("after=2020-13-01T00:00:00Z", "after"),
                        ("meta=%7B", "meta"), ("meta=%5B%5D", "meta"), ("name=" + "n" * 256, "255"), ("name=%ff", "UTF-8"),
                        ("stauts=pinned", "parameter"), ("name=%4", "%")):
        status, why, _ = ask(master, "GET", "/pins?" + query, bearer)
        assert status == 400 and word in why["error"]["details"], (query, why)
    for method, path, wanted in (("PUT", "/pins", 405), ("DELETE", "/pins", 405), ("GET", "/pins/", 404), ("GET", "/pins/x", 404),
                                 ("GET", "/pins/" + "0" * 32, 404), ("DELETE", "/pins/" + "0" * 32, 404)):
        status, why, _ = ask(master, method, path, bearer)
        assert status == wanted and why["error"]["reason"], (method, path)
    assert ask(master, "GET", "/pins?status=queued,pinning,pinned,failed", bearer)[1]["count"] == 0


def test_filters_and_pages(closed):
    master, bearer = closed.masters[0], user("collector")
    made = [pin(master, bearer, raw_cid(b"%d" % i), name=f"Pin {i}", meta={"odd": str(i % 2)}) for i in range(12)]
    every = "status=queued&status=pinning&status=pinned&status=failed"

    def found(query):
        status, page, _ = ask(master, "GET", "/pins?" + query, bearer)
        assert status == 200, page
        return page["count"], [int(p["pin"]["name"].removeprefix("Pin ")) for p in page["results"]]

    assert found(every) == (12, list(range(11, 1, -1)))
    assert found(f"{every}&limit=3&before={made[5]['created']}") == (5, [4, 3, 2])
    assert found(f"{every}&after={made[9]['created']}") == (2, [11, 10])
    assert found(f"cid={made[3]['pin']['cid']}&cid={made[7]['pin']['cid']}") == (2, [7, 3])
    assert found("name=Pin%203") == (1, [3]) and found("name=pin%203") == (0, [])
    assert found("name=pin%203&match=iexact") == (1, [3])
    assert found("name=n%201&match=partial") == (3, [11, 10, 1])
    assert found("name=N%201&match=ipartial&limit=1") == (3, [11])
    meta = urllib.parse.quote(json.dumps({"odd": "1"}))
    assert found(f"{every}&meta={meta}&limit=2") == (6, [11, 9])
    assert found("") == (0, []), "without a filter only what is pinned"


def test_without_fetching_a_pin_fails_and_tells_nothing_of_others_content(closed):
    """What others keep here and what nobody has look the same, and a replacement is tried anew."""
    master = closed.masters[0]
    client = s3.client(master, closed.access_key, closed.secret_key)
    client.create_bucket(Bucket="private")
    put = client.put_object(Bucket="private", Key="k", Body=b"private content")
    theirs = put["ResponseMetadata"]["HTTPHeaders"]["x-cairn-cid"]
    seen = []
    for cid in (theirs, raw_cid(b"nobody has this")):
        made = pin(master, user("nosy"), cid)
        seen.append(ended(master, user("nosy"), made, "failed")["info"])
        assert ask(master, "GET", f"/ipfs/{cid}?format=raw", user("nosy"), x_cairn_pin=made["requestid"])[0] == 403
    assert seen[0] == seen[1] and "fetches nothing" in seen[0]["status_details"]
    # Its owner may pin it, in the place of a pin that failed.
    owner = f"{closed.access_key}:{closed.secret_key}"
    failed = pin(master, owner, raw_cid(b"nobody has this"))
    ended(master, owner, failed, "failed")
    status, again, _ = ask(master, "POST", f"/pins/{failed['requestid']}", owner, {"cid": theirs})
    assert status == 202 and again["requestid"] != failed["requestid"]
    ended(master, owner, again)
    assert ask(master, "GET", f"/pins/{failed['requestid']}", owner)[0] == 404


def test_an_origin_gives_every_block_and_the_pin_its_bytes(service, origin):
    """Also what somebody else keeps here already: so the pin shows a right to it, and only then."""
    one, two = service.masters
    client = s3.client(one, service.access_key, service.secret_key)
    client.create_bucket(Bucket="elsewhere")
    client.put_object(Bucket="elsewhere", Key="k", Body=b"kept by demo")
    leaves = [b"kept by demo", b"new", b"x" * 2_000_000]
    root, data = node([raw_cid(leaf) for leaf in leaves])
    origin.blocks.update({raw_cid(leaf): leaf for leaf in leaves} | {root: data})
    made = pin(one, user("carol"), root, origins=[origin.address])
    ended(two, user("carol"), made)
    assert set(origin.asked) == set(origin.blocks)
    for leaf in leaves:
        request = urllib.request.Request(f"http://{two.api}/ipfs/{raw_cid(leaf)}?format=raw",
                                         headers={"Authorization": "Bearer " + user("carol"), "x-cairn-pin": made["requestid"]})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.read() == leaf
    for bearer in (user("dave"), None):
        assert ask(two, "GET", f"/ipfs/{root}?format=raw", bearer, x_cairn_pin=made["requestid"])[0] in (401, 404)
    assert ask(two, "GET", f"/ipfs/{raw_cid(b'elsewhere')}?format=raw", user("carol"), x_cairn_pin=made["requestid"])[0] == 403


def test_origins_that_lie_or_lack_or_may_not_be_asked(service, closed, origin):
    one = service.masters[0]
    big, other = b"y" * (2 * 1024 * 1024 + 1), raw_cid(b"truth")
    origin.blocks.update({raw_cid(big): big, other: b"a lie"})
    made = pin(one, user("erin"), raw_cid(big), origins=[origin.address])
    assert "2 MiB" in ended(one, user("erin"), made, "failed")["info"]["status_details"]
    made = pin(one, user("erin"), other, origins=[origin.address])
    watch.until("the lie is told", lambda: "other bytes" in json.dumps(ask(one, "GET", f"/pins/{made['requestid']}", user("erin"))[1]), LONG)
    # A link to a format that is not read here (identity CID).
    data = bytes.fromhex("81d82a450001550000")
    odd = cid_of(0x71, data)
    origin.blocks[odd] = data
    made = pin(one, user("erin"), odd, origins=[origin.address])
    assert odd in ended(one, user("erin"), made, "failed")["info"]["status_details"]
    made = pin(one, user("erin"), raw_cid(b"?"), origins=["/ip4/127.0.0.1/tcp/4001"])
    assert "gateway" in ended(one, user("erin"), made, "failed")["info"]["status_details"]
    # 169.254.0.0/16 is not among the networks that were allowed.
    for address in ("/ip4/169.254.169.254/tcp/80/http", "/ip6/::ffff:169.254.169.254/tcp/80/http", "/ip6/::1/tcp/80/http"):
        made = pin(one, user("erin"), raw_cid(b"?"), origins=[address])
        assert "private or reserved" in ended(one, user("erin"), made, "failed")["info"]["status_details"]


def test_a_name_that_leads_to_a_private_address_is_not_asked(tmp_path, origin):
    """localhost, which is asked for its address at the time of connecting."""
    settings = {"auth": jwt_settings(tmp_path), "pins": {"fetch": True}}
    for running in running_fleet(masters=1, settings=settings):
        master, port = running.masters[0], origin.server.server_address[1]
        made = pin(master, user("frank"), raw_cid(b"?"), origins=[f"/dns4/localhost/tcp/{port}/http"])
        assert "private or reserved" in ended(master, user("frank"), made, "failed")["info"]["status_details"]
        assert origin.asked == []


def test_another_master_goes_on_when_one_dies(tmp_path, origin):
    """kill -9 of the master that works on a pin: the other one takes it over when the lease is out, and only then."""
    settings = {"auth": jwt_settings(tmp_path), "pins": LOOPBACK}
    for running in running_fleet(masters=2, settings=settings):
        cid = raw_cid(b"taken over")
        origin.blocks[cid] = b"taken over"
        origin.gate.clear()
        made = pin(running.masters[0], user("grace"), cid, origins=[origin.address])
        watch.until("somebody asks the origin", lambda: origin.asked, LONG)
        with contextlib.closing(sqlite3.connect(running.directory / "registry.sqlite")) as registry:
            name, = registry.execute("SELECT worker FROM pins").fetchone()
        victim, other = sorted(running.masters, key=lambda m: m.name != name)
        victim.kill()
        origin.gate.set()
        ended(other, user("grace"), made)
        victim.start()
        assert ended(victim, user("grace"), made)["status"] == "pinned"


def test_pins_are_counted_and_an_owner_has_no_more_than_he_may(tmp_path):
    settings = {"auth": {**jwt_settings(tmp_path), "eip712": False}, "pins": {"max_pins": 2}}
    for running in running_fleet(masters=1, settings=settings):
        master = running.masters[0]
        for name in (b"one", b"two"):
            ended(master, user("many"), pin(master, user("many"), raw_cid(name)), "failed")
        status, why, _ = ask(master, "POST", "/pins", user("many"), {"cid": raw_cid(b"three")})
        assert (status, why["error"]["reason"]) == (409, "INSUFFICIENT_FUNDS")
        pin(master, user("few"), raw_cid(b"three"))
        counted = {"queued": 0, "pinning": 0, "pinned": 0, "failed": 3}
        watch.until("the master counts its pins",
                    lambda: json.loads(master.run("--json", "status")).get("pins") == counted, LONG)
        assert "pins: 0 queued, 0 pinning, 0 pinned, 3 failed" in master.run("status")
