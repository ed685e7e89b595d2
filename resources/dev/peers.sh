# Sourced by ./dev: the real programs that tests and benches stand beside Cairn, built from their Go modules into
# $cache/bin. Each has a go.mod and go.sum under tests/e2e/peers that pin every byte of it.

# peer_stamp DIR: changes when what would be built changes.
peer_stamp() { cat "tests/e2e/peers/$1/go.mod" "tests/e2e/peers/$1/go.sum" | sha256sum | cut -c1-64; }

# build_peer DIR PACKAGE...: minutes on a small machine the first time, nothing afterwards.
build_peer() {
  local dir=$1 stamp package
  shift
  stamp=$(peer_stamp "$dir")
  if [ "$(cat "$cache/bin/.$dir" 2>/dev/null)" = "$stamp" ]; then return; fi
  need_packages ca-certificates git
  need_go 25
  mkdir -p "$cache/bin"
  for package in "$@"; do
    say "building $package (minutes the first time)"
    (cd "tests/e2e/peers/$dir" && CGO_ENABLED=0 nice go build -trimpath -o "$cache/bin/" "$package") ||
      die "$package did not build; tests that want it will use recorded answers or be skipped"
  done
  echo "$stamp" >"$cache/bin/.$dir"
}

build_kubo() { build_peer kubo github.com/ipfs/kubo/cmd/ipfs; }

build_cluster() {
  build_peer cluster github.com/ipfs-cluster/ipfs-cluster/cmd/ipfs-cluster-service \
    github.com/ipfs-cluster/ipfs-cluster/cmd/ipfs-cluster-ctl github.com/ipfs-cluster/ipfs-cluster/cmd/ipfs-cluster-follow
}

# Debian's etcd, without its package: that would run it at every start of the machine.
fetch_etcd() {
  local work
  if [ -x "$cache/bin/etcd" ]; then return; fi
  work=$(mktemp -d)
  chmod 755 "$work" # apt-get downloads as another user
  (cd "$work" && apt-get -q download etcd-server >&2 && dpkg-deb -x etcd-server_*.deb . && mkdir -p "$cache/bin" &&
    install -m 755 usr/bin/etcd "$cache/bin/etcd") || { rm -rf "$work"; die "etcd-server could not be fetched; tests of Patroni are skipped"; }
  rm -rf "$work"
}

build_minio() { build_peer minio github.com/minio/minio; }
