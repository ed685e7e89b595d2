"""docs/deploy/ followed to the letter, on hosts that are namespaces: what its blocks say is written and run where they say it. Blocks
marked install= put packages on a machine; what they install is here already."""

import re

import pytest

from lib import watch
from lib.hosts import ROOT, Network, possible

ADDRESSES = {"m1": "10.77.0.11", "lb": "10.77.0.10"}
BLOCK = re.compile(r"^```(\w+)((?: \w+=\S+)*)\n(.*?)^```$", re.M | re.S)
CLIENT = """
export AWS_ACCESS_KEY_ID=OPERATIONS AWS_SECRET_ACCESS_KEY=$(cat /etc/haproxy/access.key) AWS_DEFAULT_REGION=us-east-1
export AWS_CA_BUNDLE=/etc/haproxy/cairn.crt
s3() {{ aws --endpoint-url https://s3.example.test s3 "$@"; }}
{script}
"""


def steps():
    """(words of the fence, text) of each block."""
    document = (ROOT / "docs/deploy/README.md").read_text()
    found = [(dict(word.split("=", 1) for word in words.split()), text) for _, words, text in BLOCK.findall(document)]
    assert 2 * len(found) == len(re.findall("^```", document, re.M)) and all({"hosts", "install"} & set(words) for words, _ in found)
    return found


@pytest.fixture()
def deployed(tmp_path):
    if not possible():
        pytest.skip("no namespaces here: this needs root and the right to mount")
    with Network(tmp_path) as network:
        for name, address in ADDRESSES.items():
            network.add(name, address)
        for words, text in steps():
            for name in words.get("hosts", "").split(",") if "hosts" in words else ():
                host = network.hosts[name]
                if "file" in words:
                    host.write(words["file"], text)
                else:
                    host.run(text)
        yield network.hosts


def test_what_was_acknowledged_outlives_a_killed_master(deployed):
    m1, lb = deployed["m1"], deployed["lb"]
    ask = "curl -s -o /dev/null -w '%{http_version} %{http_code}' --cacert /etc/haproxy/cairn.crt https://s3.example.test"
    assert lb.run(f"{ask}:8443/ipfs/bafkqaaa?format=raw") == "2 200"
    assert lb.run(f"{ask}:8443/admin/v1/fleet") == "2 403"
    lb.run(CLIENT.format(script="for n in 1 2 3; do echo $n | s3 cp - s3://first/before-$n; done"))
    before = m1.run("cat /run/cairnd.pid")
    m1.run(f"kill -9 {before}")
    watch.until("its unit starts it again", lambda: m1.run("cat /run/cairnd.pid") != before, 60)
    watch.until("HAProxy sends to it", lambda: lb.run(f"{ask}/") not in ("2 503", "2 502"), 60)
    assert lb.run(CLIENT.format(script="for n in 1 2 3; do s3 cp s3://first/before-$n -; done; echo 4 | s3 cp - s3://first/after")) == "1\n2\n3\n"
