"""Masters stopped and killed while their pins are in flight, kubos stopped under the cluster, and what a cluster saves."""

import shutil
import signal

import pytest

from conftest import running_fleet
from lib import s3
from lib.clusters import followed, over
from lib.content import content
from lib.programs import finish, load
from lib.watch import pointer, until
from test_kill import wait_for_flips


def client_of(fleet, number=0):
    return s3.client(fleet.masters[number], fleet.access_key, fleet.secret_key)


@pytest.mark.parametrize("rule", ["strict", "mixed"])
def test_a_master_stopped_and_killed_with_pins_in_flight_loses_nothing(cluster, request, rule):
    fleet = request.getfixturevalue(rule)
    client_of(fleet).create_bucket(Bucket=f"kills-{rule}")
    victim = fleet.masters[1]
    writer = load(fleet, "race", bucket=f"kills-{rule}", c=16, d="200s", timeout="30s")
    try:
        for _ in range(3):
            wait_for_flips(fleet, 5)
            victim.kill()
            wait_for_flips(fleet, 2)
            victim.start()
            wait_for_flips(fleet, 5)
            victim.terminate()
            assert victim.wait(60) == ""
            victim.start()
        wait_for_flips(fleet, 5)
    finally:
        writer.send_signal(signal.SIGTERM)
        report = finish(writer)
    assert report["audited"] and report["lost"] == 0 and report["acked"] > 100, report
    if rule == "mixed":
        followed(fleet)
    root, _ = pointer(fleet.masters[0], "demo", f"kills-{rule}")
    for kubo in cluster.kubos:
        until("the last root is pinned", lambda kubo=kubo: root in kubo.pins(), 60)


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL], ids=["frozen", "killed"])
def test_a_kubo_that_stops_under_the_cluster_stops_only_who_waits_for_it(cluster, strict, mixed, how):
    bucket = f"kubo-{how.name.lower()}"
    for fleet in (strict, mixed):
        client_of(fleet).create_bucket(Bucket=bucket)
    before = pointer(strict.masters[0], "demo", bucket)
    kubo = cluster.kubos[1]
    kubo.signal(how)
    try:
        client_of(mixed).put_object(Bucket=bucket, Key="meanwhile", Body=b"1")
        with pytest.raises(s3.botocore.exceptions.ClientError) as refused:
            client_of(strict).put_object(Bucket=bucket, Key="never", Body=b"2")
        answer = refused.value.response
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 503 and answer["ResponseMetadata"]["HTTPHeaders"]["retry-after"]
        assert "cluster: " in answer["Error"]["Message"], answer
        assert pointer(strict.masters[0], "demo", bucket) == before
        assert all(fleet.masters[n].alive() for fleet in (strict, mixed) for n in (0, 1))
    finally:
        if how == signal.SIGSTOP:
            kubo.signal(signal.SIGCONT)
        else:
            kubo.kill()
            kubo.start()
        cluster.whole()
    until("writes go on", lambda: s3.status_of(client_of(strict, 1).put_object, Bucket=bucket, Key="again", Body=b"3")[0] == 200, 120)
    followed(mixed)
    for fleet, key in ((strict, "again"), (mixed, "meanwhile")):
        root, _ = pointer(fleet.masters[0], "demo", bucket)
        assert all(root in k.pins() for k in cluster.kubos), key


@pytest.mark.parametrize("pinning, saved", [({"quorum": "cluster:2"}, True), ({"quorum": "local", "follow": "cluster:2"}, True),
                                            ({"quorum": "local"}, False)], ids=["waited-for", "follows", "control"])
def test_what_a_master_lost_with_its_disk_comes_back_from_the_cluster(cluster, pinning, saved):
    for fleet in running_fleet(masters=1, settings=over(cluster, pinning, timeout="20s")):
        client, master = client_of(fleet), fleet.masters[0]
        bodies = {"small": content(1000), "large": content(3 << 20)}
        client.create_bucket(Bucket="disk")
        for key, body in bodies.items():
            client.put_object(Bucket="disk", Key=key, Body=body)
        if "follow" in pinning:
            followed(fleet)
        master.terminate()
        assert master.wait(60) == ""
        shutil.rmtree(master.directory / "data" / "blocks")
        master.start()
        for key, body in bodies.items():
            if saved:
                assert client.get_object(Bucket="disk", Key=key)["Body"].read() == body
            else:
                assert s3.status_of(client.get_object, Bucket="disk", Key=key)[0] >= 500
        assert s3.status_of(client.put_object, Bucket="disk", Key="more", Body=b"x")[0] == (200 if saved else 503)
