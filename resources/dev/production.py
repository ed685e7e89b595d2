"""The fleet of ./dev run --stack production: two masters and a holder on one PostgreSQL, over the two kubos of an ipfs-cluster."""

import pathlib

from cluster import Cluster
from fleet import Fleet


class ProductionFleet(Fleet):
    """Contract: as Fleet. A commit waits for the other master or the holder, and the cluster follows; each master keeps its
    blocks in the kubo of a cluster peer of its own. `programs`: the directory of ipfs and ipfs-cluster-service."""

    def __init__(self, programs, cairnd, directory, settings=None, ephemeral=True):
        self.cluster = Cluster(programs, pathlib.Path(directory).resolve() / "cluster")
        self.common = settings or {}
        super().__init__(cairnd, directory, masters=2, settings=self._of, ephemeral=ephemeral, postgres={})

    def _of(self, node):
        peer = self.cluster.peers[self.masters.index(node)]
        return {
            **self.common,
            "blocks": {"engine": "kubo", "kubo_api": peer.kubo.url, "kubo_repository": str(peer.kubo.directory)},
            "pinning": {"follow": "cluster:2"},
            "cluster": {"url": peer.url, "kubo_api": [peer.kubo.url], "timeout": "30s"},
        }

    def start(self):
        self.cluster.start()
        super().start()

    def stop(self):
        complaints = super().stop()
        self.cluster.stop()
        return complaints
