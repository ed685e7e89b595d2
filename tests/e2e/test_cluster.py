"""Pinning by a real ipfs-cluster: two masters, two kubo, two cluster peers."""


import pytest

from conftest import running_fleet
from lib import s3
from lib.clusters import buckets, followed, history, lag, over
from lib.content import content
from lib.programs import built, run
from lib.watch import metric, pointer, until
from test_drills import drill


def clients(fleet):
    return [s3.client(m, fleet.access_key, fleet.secret_key) for m in fleet.masters]


def put_through_both(fleet, bucket, bodies):
    """Puts them through the masters in turn; key -> CID."""
    both = clients(fleet)
    both[0].create_bucket(Bucket=bucket)
    put = {key: both[n % 2].put_object(Bucket=bucket, Key=key, Body=body) for n, (key, body) in enumerate(bodies.items())}
    return {key: answer["ResponseMetadata"]["HTTPHeaders"]["x-cairn-cid"] for key, answer in put.items()}


BODIES = {**{f"k{n}": content(1000 + n) for n in range(6)}, "large": content(3 << 20)}


def test_roots_are_pinned_on_both_before_they_are_visible(cluster, strict):
    cids = put_through_both(strict, "strict", BODIES)
    clients(strict)[1].delete_object(Bucket="strict", Key="k0")
    rows = history(strict.masters[0], "strict")
    assert all("cluster" in row["holders"] for row in rows)
    for kubo in cluster.kubos:
        assert {row["root"] for row in rows} <= kubo.pins()
        for key, cid in cids.items():
            assert kubo.cat(cid) == BODIES[key]
    for client in clients(strict):
        assert client.get_object(Bucket="strict", Key="large")["Body"].read() == BODIES["large"]


def test_a_race_through_the_cluster_loses_nothing(cluster, strict):
    report = drill(strict, "cas-race", "--writes", "300")
    assert report["lost"] == 0 and report["acknowledged"] + report["refused"] == 300, report
    roots = {row["root"] for name in buckets(strict.masters[0]) for row in history(strict.masters[0], name)}
    for kubo in cluster.kubos:
        assert roots <= kubo.pins()


def test_the_cluster_follows_a_mixed_quorum(cluster, mixed):
    cids = put_through_both(mixed, "mixed", BODIES)
    assert all("cluster" not in row["holders"] for row in history(mixed.masters[0], "mixed"))
    followed(mixed)
    root, _ = pointer(mixed.masters[0], "demo", "mixed")
    for kubo in cluster.kubos:
        assert root in kubo.pins()
        for key, cid in cids.items():
            assert kubo.cat(cid) == BODIES[key]


def test_a_race_through_a_mixed_quorum_loses_nothing(cluster, mixed):
    report = drill(mixed, "cas-race", "--writes", "3000")
    assert report["lost"] == 0 and report["acknowledged"] + report["refused"] == 3000, report
    followed(mixed)
    for name in buckets(mixed.masters[0]):
        root, _ = pointer(mixed.masters[0], "demo", name)
        for kubo in cluster.kubos:
            assert root in kubo.pins()


def test_with_a_peer_lost_a_mixed_quorum_goes_on_and_the_strict_one_says_why_not(cluster, strict, mixed):
    put_through_both(mixed, "lost", {"before": b"1"})
    followed(mixed)
    before = pointer(strict.masters[0], "demo", "strict")
    cluster.peers[1].kill()
    try:
        for n in range(5):
            clients(mixed)[0].put_object(Bucket="lost", Key=f"k{n}", Body=b"2")
        until("the trouble is told", lambda: "1 of the 2 peers needed have it pinned" in lag(mixed.masters[0])[2], 60)
        assert lag(mixed.masters[0])[0] >= 5
        with pytest.raises(s3.botocore.exceptions.ClientError) as refused:
            clients(strict)[0].put_object(Bucket="strict", Key="never", Body=b"3")
        answer = refused.value.response
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 503
        assert answer["ResponseMetadata"]["HTTPHeaders"]["retry-after"]
        assert "1 of the 2 peers needed have it pinned" in answer["Error"]["Message"], answer
        assert pointer(strict.masters[0], "demo", "strict") == before
    finally:
        cluster.restart(cluster.peers[1:])
    # A root that is pinned while the peers find one another again may reach the other only with the next rebroadcast: 503 until then.
    again = {"Bucket": "strict", "Key": "again", "Body": b"4"}
    until("the strict quorum takes writes again", lambda: s3.status_of(clients(strict)[1].put_object, **again)[0] == 200, 180)
    followed(mixed)
    root, _ = pointer(mixed.masters[0], "demo", "lost")
    assert all(root in kubo.pins() for kubo in cluster.kubos)


def test_the_lag_grows_is_shown_and_bounded_while_the_cluster_is_away(cluster):
    settings = over(cluster, {"quorum": "local", "follow": "cluster", "follow_max_roots": 5, "follow_max_lag": "1h", "follow_past_bound": "stop"}, timeout="2s")
    for fleet in running_fleet(masters=1, settings=settings):
        master, (client,) = fleet.masters[0], clients(fleet)
        client.create_bucket(Bucket="bounded")
        followed(fleet)
        for peer in cluster.peers:
            peer.kill()
        try:
            for n in range(6):
                client.put_object(Bucket="bounded", Key=f"k{n}", Body=b"x")
            assert lag(master)[0] == 6
            until("the reason is known", lambda: "REST API" in lag(master)[2], 60)
            until("metrics say so, too", lambda: metric(master, "cairn_cluster_roots_behind") == 6, 60)
            said = run(built("cairnd"), "status", "--api", master.api, check=False)
            assert "cluster: 6 roots" in said.stdout and said.returncode != 0, said.stdout
            assert s3.status_of(client.put_object, Bucket="bounded", Key="more", Body=b"x") == (503, "ServiceUnavailable")
            assert s3.status_of(client.get_object, Bucket="bounded", Key="k5")[0] == 200
        finally:
            cluster.restart(cluster.peers)
        followed(fleet)
        client.put_object(Bucket="bounded", Key="more", Body=b"x")
        followed(fleet)
        root, _ = pointer(master, "demo", "bounded")
        assert any(root in kubo.pins() for kubo in cluster.kubos)  # "cluster" is one of its peers
