# Sourced by ./dev: everything that has to be on a machine before Cairn builds, is tested or measured. Installs only
# what is missing, says what it does, asks nothing. Nothing is written into the source tree.

cache=${CAIRN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cairn}

# README.md gives the reason and the licence of each.
build_packages="clang-19 lld-19 libclang-rt-19-dev ccache cmake ninja-build pkg-config git ca-certificates
  libboost1.81-dev libboost-url1.81-dev libssl-dev libsecp256k1-dev libsqlite3-dev libpq-dev librocksdb-dev libxxhash-dev
  libsystemd-dev libtomlplusplus-dev libcli11-dev libpugixml-dev prometheus-cpp-dev zlib1g-dev
  qt6-base-dev qt6-charts-dev libqt6opengl6-dev qt6-svg-dev qt6-tools-dev qt6-tools-dev-tools qt6-l10n-tools
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev"
run_packages="python3 curl"
test_packages="clang-format-19 python3 python3-venv curl sqlite3 systemd postgresql patroni haproxy openssl iproute2 rclone restic s3cmd awscli
  fontconfig qt6-qpa-plugins"

say() { printf 'dev: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else
    command -v sudo >/dev/null || die "needs root for: $* (no sudo here; run it as root once)"
    sudo "$@"
  fi
}

# need_packages NAME...: apt-get installs those that dpkg does not know as installed.
need_packages() {
  command -v apt-get >/dev/null || { say "no apt-get here: make sure that these are installed: $*"; return; }
  local known missing="" name
  known=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' || true)
  for name in "$@"; do
    grep -qxF -- "$name" <<<"$known" || missing+=" $name"
  done
  [ -n "$missing" ] || return 0
  say "installing with apt-get:$missing"
  as_root apt-get -q update >&2 || say "apt-get update failed; trying with the lists that are here"
  # shellcheck disable=SC2086
  install_without_services $missing >&2 ||
    die "apt-get could not install:$missing (Debian 12 has them all; see its message above)"
}

# install_without_services NAME...: the services that a package brings are not started: tests start servers of their own.
install_without_services() {
  # shellcheck disable=SC2016
  as_root sh -c 'policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
      trap "rm -f $policy" EXIT
      trap "exit 1" HUP INT TERM
      printf "#!/bin/sh\nexit 101\n" >"$policy" && chmod 755 "$policy"
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"' sh "$@"
}

# need_python: a virtual environment with what the end-to-end tests import; prints its interpreter.
need_python() {
  local wanted=$1 venv=$cache/venv stamp
  stamp=$(sha256sum "$wanted" | cut -c1-64)
  if [ "$(cat "$venv/.stamp" 2>/dev/null)" != "$stamp" ]; then
    say "making the Python environment $venv"
    rm -rf "$venv"
    /usr/bin/python3 -m venv "$venv" >&2
    "$venv/bin/pip" install -q --disable-pip-version-check -r "$wanted" >&2 || die "pip could not install $wanted"
    echo "$stamp" >"$venv/.stamp"
  fi
}

# need_oracles: the npm packages that tests compare with, as their lock files pin them, outside the tree.
need_oracles() {
  # Debian's npm brings hundreds of packages; any node from 18 on will do.
  command -v node >/dev/null && command -v npm >/dev/null || need_packages nodejs npm
  [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ] || die "node is $(node --version); the tests need 18 or newer"
  install_npm tests/oracles "$cache/oracles"
  install_npm tests/oracles/pinning "$cache/oracles-pinning"
}

# install_npm FOLDER MODULES: what the folder's lock file pins, anew when that has changed.
install_npm() {
  local pinned=$1 modules=$2 stamp
  stamp=$(cat "$pinned/package.json" "$pinned/package-lock.json" | sha256sum | cut -c1-64)
  if [ "$(cat "$modules/.stamp" 2>/dev/null)" != "$stamp" ]; then
    say "installing the npm packages of $pinned into $modules"
    rm -rf "$modules"
    mkdir -p "$modules"
    cp "$pinned/package.json" "$pinned/package-lock.json" "$modules"
    (cd "$modules" && npm ci --ignore-scripts --no-audit --no-fund >&2) || die "npm could not install $pinned/package-lock.json"
    echo "$stamp" >"$modules/.stamp"
  fi
}

# The newest Go that anything here asks for (kubo and MinIO); Debian's 1.19 is enough for our own programs.
go_toolchain=1.26.8

go_minor() { "$1" env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p'; }

# need_go MINOR: puts a `go` of at least 1.MINOR first on PATH. Go itself is a module: an old one fetches a new one.
need_go() {
  local minor=$1 go toolchain=$cache/go$go_toolchain version
  go=$(command -v go || true)
  if [ -z "$go" ]; then
    need_packages golang-go
    go=$(command -v go) || die "golang-go is installed, but there is no go on PATH"
  fi
  [ "$(go_minor "$go")" -ge "$minor" ] && return
  if [ ! -x "$toolchain/bin/go" ]; then
    version=v0.0.1-go$go_toolchain.linux-$("$go" env GOARCH)
    say "fetching Go $go_toolchain as the module golang.org/toolchain (this one is 1.$(go_minor "$go"))"
    (cd / && GOFLAGS=-mod=mod GOTOOLCHAIN=local "$go" mod download "golang.org/toolchain@$version") >&2 ||
      die "the Go toolchain could not be fetched; install Go 1.$minor or newer and put it on PATH"
    rm -rf "$toolchain.new"
    mkdir -p "$cache"
    cp -r "$("$go" env GOMODCACHE)/golang.org/toolchain@$version" "$toolchain.new"
    chmod -R u+w "$toolchain.new"
    chmod -R +x "$toolchain.new/bin" "$toolchain.new/pkg/tool" # modules carry no executable bit
    mv "$toolchain.new" "$toolchain"
  fi
  export PATH=$toolchain/bin:$PATH GOTOOLCHAIN=local
}

need_build_tools() {
  # shellcheck disable=SC2086
  need_packages $build_packages
}

need_test_tools() {
  # shellcheck disable=SC2086
  need_packages $build_packages $test_packages
  need_go 19
  need_python tests/e2e/requirements.txt
  need_oracles
}
