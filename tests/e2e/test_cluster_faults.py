"""What a master makes of a cluster that is slow, fails, or answers nonsense; the cluster is an imposter."""

import base64
import concurrent.futures

import pytest

from conftest import running_fleet
from fleet import own_loopback
from lib import s3
from lib.clusters import followed, history, lag
from lib.imposter import Imposter
from lib.watch import pointer, until

LOGIN = "cairn:hunter2"


@pytest.fixture(scope="module")
def imposter():
    playing = Imposter(own_loopback())
    yield playing
    playing.close()


@pytest.fixture(scope="module")
def master(imposter, tmp_path_factory):
    """A master whose commits need both peers of the imposter."""
    login = tmp_path_factory.mktemp("login") / "cluster.login"
    login.touch(mode=0o600)
    login.write_text(LOGIN + "\n")
    cluster = {"url": imposter.url, "kubo_api": [imposter.url], "credentials_file": str(login), "timeout": "5s"}
    for fleet in running_fleet(masters=1, settings={"pinning": {"quorum": "cluster:2"}, "cluster": cluster}):
        fleet.client = s3.client(fleet.masters[0], fleet.access_key, fleet.secret_key)
        fleet.client.create_bucket(Bucket="faults")
        yield fleet


@pytest.fixture(autouse=True)
def healthy(imposter):
    yield
    imposter.heal()


def refusal(fleet, key="never"):
    """What a put is refused with; the bucket must not have changed."""
    before = pointer(fleet.masters[0], "demo", "faults")
    with pytest.raises(s3.botocore.exceptions.ClientError) as refused:
        fleet.client.put_object(Bucket="faults", Key=key, Body=b"x")
    answer = refused.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 503 and answer["ResponseMetadata"]["HTTPHeaders"]["retry-after"]
    assert pointer(fleet.masters[0], "demo", "faults") == before
    return answer["Error"]["Message"]


def test_a_commit_sends_its_blocks_and_updates_the_pin_of_its_base(master, imposter):
    master.client.put_object(Bucket="faults", Key="base", Body=b"1")
    base, _ = pointer(master.masters[0], "demo", "faults")
    imposter.blocks.clear()
    master.client.put_object(Bucket="faults", Key="next", Body=b"2")
    root, _ = pointer(master.masters[0], "demo", "faults")
    assert imposter.pinned[root] == {"mode": "recursive", "name": "cairn", "replication-min": "-1", "replication-max": "-1", "pin-update": base}
    assert 3 <= len(imposter.blocks) <= 6 and set(imposter.blocks.values()) == {1}, "the root, the index node and the body, once each"
    assert history(master.masters[0], "faults")[-1]["holders"] == ["m1", "cluster"]
    login = "Basic " + base64.b64encode(LOGIN.encode()).decode()
    for _, path, _, headers in imposter.requests:
        assert headers.get("Authorization") == (None if path.startswith("/api/v0/") else login), path


def test_a_base_that_the_cluster_does_not_have_is_sent_whole(master, imposter):
    master.client.put_object(Bucket="faults", Key="a", Body=b"before")
    imposter.heal()  # which forgets all pins and blocks
    master.client.put_object(Bucket="faults", Key="b", Body=b"after")
    root, _ = pointer(master.masters[0], "demo", "faults")
    assert "pin-update" not in imposter.pinned[root]
    master.client.put_object(Bucket="faults", Key="c", Body=b"more")
    assert imposter.pinned[pointer(master.masters[0], "demo", "faults")[0]]["pin-update"] == root


def test_a_peer_that_fails_is_named_and_asked_to_try_again(master, imposter):
    imposter.status = lambda cid: {"c1": ("pinned", ""), "c2": ("pin_error", "disk\x1b[31m is full")}
    reason = refusal(master)
    assert "1 of the 2 peers needed have it pinned; c2: pin_error (disk [31m is full)" in reason, reason

    def recovered(cid):
        again = any(path.endswith("/recover") for _, path, _, _ in imposter.requests)
        return {"c1": ("pinned", ""), "c2": ("pinned" if again else "pin_error", "")}
    imposter.requests.clear()
    imposter.status = recovered
    master.client.put_object(Bucket="faults", Key="recovered", Body=b"x")


@pytest.mark.parametrize("answer", [b"<html>", b'{"peer_map": {}}', b"[" * (2 << 20)], ids=["html", "no-cid", "large"])
def test_nonsense_counts_for_nothing(master, imposter, answer):
    imposter.answer = answer
    assert "pin quorum not met: " in refusal(master)


def test_a_kubo_that_takes_less_than_it_was_sent_is_not_believed(master, imposter):
    imposter.taken = lambda count: count - 1
    assert "did not take all blocks" in refusal(master)


def test_errors_are_passed_on_without_the_login(master, imposter):
    imposter.refuse = lambda path: (401, b'{"code":401,"message":"Unauthorized"}') if path.startswith("/pins") else None
    reason = refusal(master)
    assert "answered 401: Unauthorized" in reason and "hunter2" not in reason and "Basic" not in reason
    assert "hunter2" not in master.masters[0].log.read_text()


def test_a_slow_cluster_is_asked_a_few_questions_at_a_time(master, imposter):
    imposter.delay = 0.3
    names = [f"slow-{n}" for n in range(12)]
    with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(lambda name: s3.client(master.masters[0], master.access_key, master.secret_key).create_bucket(Bucket=name), names))
    assert 1 < imposter.most_at_once <= 4


@pytest.mark.parametrize("past", ["slow", "stop"])
def test_past_its_bound_a_follower_slows_writes_or_stops_them(imposter, past):
    settings = {"pinning": {"quorum": "local", "follow": "cluster", "follow_max_roots": 3, "follow_past_bound": past},
                "cluster": {"url": imposter.url, "kubo_api": [imposter.url], "timeout": "1s"}}
    imposter.refuse = lambda path: (500, b"broken") if path.startswith("/pins") else None
    for fleet in running_fleet(masters=1, settings=settings):
        client, master = s3.client(fleet.masters[0], fleet.access_key, fleet.secret_key), fleet.masters[0]
        client.create_bucket(Bucket="bound")
        for n in range(3):
            client.put_object(Bucket="bound", Key=f"k{n}", Body=b"x%d" % n)
        until("the trouble is told", lambda: "answered 500: broken" in lag(master)[2], 60)
        assert lag(master)[0] == 4
        assert s3.status_of(client.put_object, Bucket="bound", Key="past", Body=b"x")[0] == (200 if past == "slow" else 503)
        imposter.heal()
        followed(fleet)
        assert pointer(master, "demo", "bound")[0] in imposter.pinned
        assert s3.status_of(client.put_object, Bucket="bound", Key="after", Body=b"x")[0] == 200


def test_a_master_that_starts_brings_the_cluster_along_from_where_it_was(imposter):
    settings = {"pinning": {"quorum": "local", "follow": "cluster"}, "cluster": {"url": imposter.url, "kubo_api": [imposter.url], "timeout": "1s"}}
    for fleet in running_fleet(masters=1, settings=settings):
        client, master = s3.client(fleet.masters[0], fleet.access_key, fleet.secret_key), fleet.masters[0]
        client.create_bucket(Bucket="again")
        followed(fleet)
        known, _ = pointer(master, "demo", "again")
        sent = set(imposter.blocks)
        imposter.refuse = lambda path: (500, b"broken")
        for n in range(3):
            client.put_object(Bucket="again", Key=f"k{n}", Body=b"x%d" % n)
        root, _ = pointer(master, "demo", "again")
        master.kill()
        imposter.refuse = lambda path: None
        imposter.blocks.clear()
        master.start()
        until("the root of before is pinned", lambda: root in imposter.pinned, 60)
        assert imposter.pinned[root]["pin-update"] == known
        assert len(imposter.blocks) >= 5, "the root, the index node, three bodies"
        assert not sent & set(imposter.blocks), "what the cluster had before is not sent again"
        followed(fleet)


@pytest.mark.parametrize("at", ["/api/v0/dag/import", "/pins/"], ids=["import", "pin"])
@pytest.mark.parametrize("rule", [{"quorum": "cluster:2"}, {"quorum": "local", "follow": "cluster:2"}], ids=["strict", "follows"])
def test_a_master_that_is_stopped_while_the_cluster_hangs_ends_in_order(imposter, rule, at):
    settings = {"pinning": rule, "node": {"drain": "1s"}, "cluster": {"url": imposter.url, "kubo_api": [imposter.url], "timeout": "2m"}}
    for fleet in running_fleet(masters=1, settings=settings):
        master, client = fleet.masters[0], s3.client(fleet.masters[0], fleet.access_key, fleet.secret_key)
        client.create_bucket(Bucket="stopped")
        until("the cluster has the bucket", lambda: pointer(master, "demo", "stopped")[0] in imposter.pinned, 60)
        imposter.hangs = lambda path: path.startswith(at)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            puts = [pool.submit(s3.status_of, client.put_object, Bucket="stopped", Key=f"k{n}", Body=b"x%d" % n) for n in range(8)]
            until("the cluster hangs", lambda: imposter.hanging, 60)
            if "follow" in rule:
                concurrent.futures.wait(puts)
            master.terminate()
            assert master.wait(60) == ""
        # What a commit waited for longer than the drain takes was cut off: its outcome is unknown.
        answered = {n: put.result()[0] for n, put in enumerate(puts) if not put.exception()}
        assert list(answered.values()) == ([200] * 8 if "follow" in rule else []), answered
        imposter.hangs = lambda path: False
        master.start()
        for n in answered:
            assert client.get_object(Bucket="stopped", Key=f"k{n}")["Body"].read() == b"x%d" % n
        client.put_object(Bucket="stopped", Key="after", Body=b"x")
        until("the cluster has it, too", lambda: pointer(master, "demo", "stopped")[0] in imposter.pinned, 60)
