#!/bin/bash
# build.sh [PART...] : makes those parts of the kit that are not there yet in CAPMODEL_KIT (default ~/.cache/capmodel/kit);
# all of them without arguments. Each is made once: who wants a part that another is making waits for it. What is being
# made, and about how long that takes, is said on stderr.
# With Go 1.26 or later: etcd kube-apiserver kube-scheduler kube-controller-manager kubectl kubelet kwok kwok.yaml helm helm3
#   prometheus promtool pause.tar gin.tar openapi/vVERSION.json
# With Node.js 20 or later and npm: browser
# With Python 3.12 or later and pip: lake
# With Python 3.10 or later and pip: moto spark ca-certificates.crt; as root and with apt-get besides: fastapi.tar
. "$(dirname "$0")/lib.sh"
mkdir -p "$BIN"
[ $# -gt 0 ] || set -- prometheus promtool etcd kube-apiserver kube-scheduler kube-controller-manager kubectl kwok kwok.yaml \
  helm helm3 kubelet pause.tar moto ca-certificates.crt
# the same -trimpath and CGO_ENABLED in every build, or packages are compiled twice
export CGO_ENABLED=0 GOFLAGS=-buildvcs=false
K8S=1.36.3 HELM=4.3.1 HELM3=3.22.0 PROMETHEUS=3.16.0
s=k8s.io/component-base/version          # without these stamps /version says v0.0.0-master
stamps="-X $s.gitVersion=v$K8S -X $s.gitMajor=1 -X $s.gitMinor=36 -X k8s.io/client-go/pkg/version.gitVersion=v$K8S"

once() { # once LOCK PART HOW_LONG COMMAND... : lets COMMAND make a part in the folder "$new", unless it is there
  local lock=$1 part=$2 how_long=$3; shift 3
  [ ! -e "$BIN/$part" ] || return 0
  (
    flock 9
    [ ! -e "$BIN/$part" ] || exit 0
    SECONDS=0
    echo "test kit: making $part, once; about $how_long on two cores" >&2
    new=$(mktemp -d "$BIN/.new.XXXXXX"); trap 'rm -rf "$new"' EXIT
    # quiet tools are few: what they say counts only when they fail
    "$@" >"$new/log" 2>&1 9>&- || { cat "$new/log" >&2; echo "test kit: $part cannot be made; the reason stands above" >&2; exit 1; }
    mkdir -p "$(dirname "$BIN/$part")"; mv "$new/made" "$BIN/$part"
    echo "test kit: made $part in $SECONDS s" >&2
  ) 9> "$BIN/.lock-$lock"
}

need_go() { # need_go PART
  [ -e "$BIN/$1" ] || command -v go >/dev/null || {
    echo "the test kit makes $1 with Go 1.26 or later, and there is no 'go' in PATH: install it from https://go.dev/dl/, or set CAPMODEL_KIT to a folder that holds $1" >&2; exit 1; }
}
# Go compiles with all cores, and two builds at once would compile what they share twice: one at a time
go_once() { need_go "$1"; once go "$@"; } # go_once PART HOW_LONG COMMAND...
go_fetch() { need_go "$1"; once "${1//\//-}" "$@"; } # the same for what is not compiled
go_build() { # go_build MODULE LDFLAGS TAGS PACKAGE
  cd "$kit/mods/$1" && go build -trimpath -ldflags "-s -w $2" -tags "$3" -o "$new/made" "$4"
}
kwok_config() { # kwok's behaviour for fake nodes and pods, joined from the module's own kustomize files
  cd "$kit/mods/kwok" && go mod download sigs.k8s.io/kwok || return
  local from f; from=$(go list -m -f '{{.Dir}}' sigs.k8s.io/kwok)/kustomize
  for f in stage/node/fast/node-initialize stage/node/heartbeat-with-lease/node-heartbeat-with-lease stage/pod/fast/pod-ready \
           stage/pod/fast/pod-complete stage/pod/fast/pod-delete metrics/resource/metrics-resource metrics/usage/usage-from-annotation; do
    echo "---"; cat "$from/$f.yaml" || return; echo
  done > "$new/made"
}
pause_image() { # the sandbox process of every pod
  (cd "$kit/pause" && go build -trimpath -ldflags '-s -w' -o "$new/pause" .) && "$kit/mkimage.sh" kit.local/pause:1 "$new/pause" "$new/made"
}
gin_image() { # the article's endpoint in Gin, with the metrics of go-gin-prometheus
  (cd "$kit/services/gin" && go build -trimpath -ldflags '-s -w' -o "$new/server" .) && \
    IMAGE_USER=65532:65532 "$kit/mkimage.sh" kit.local/catalog:1 "$new/server" "$new/made"
}
fastapi_image() { # the same in FastAPI, on the distribution's own Python and nothing else of the distribution
  local root=$new/root version site deb
  mkdir -p "$new/debs/partial" "$root/app"; : > "$new/status"
  # as on a system where nothing is installed yet, so that apt says all that Python needs
  apt-get -qq -o Dir::State::status="$new/status" -o Dir::Cache::archives="$new/debs" -o Debug::NoLocking=1 \
    -o APT::Sandbox::User=root install -y --download-only --no-install-recommends python3-minimal libpython3-stdlib || return
  for deb in "$new"/debs/*.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -xf - -C "$root" --keep-directory-symlink || return; done
  for deb in bin lib lib64; do [ -e "$root/$deb" ] || ln -s "usr/$deb" "$root/$deb"; done
  rm -rf "$root"/usr/share/{doc,man,locale,info}
  version=$(chroot "$root" /usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])') || return
  site=$root/usr/local/lib/python$version/dist-packages
  python3 -m pip install --disable-pip-version-check --no-deps --no-compile --only-binary :all: --python-version "$version" \
    --platform manylinux2014_x86_64 --platform manylinux_2_28_x86_64 --target "$site" -r "$kit/services/fastapi/requirements.txt" || return
  cp "$kit/services/fastapi/main.py" "$root/app/"
  # as pip and a package's installation do
  chroot "$root" /usr/bin/python3 -m compileall -q /usr/lib/python"$version" "${site#"$root"}" /app || true
  IMAGE_USER=65532:65532 IMAGE_ENTRYPOINT='["/usr/bin/python3","-m","uvicorn","--app-dir=/app","--host=0.0.0.0","--port=8080","--no-access-log","main:app"]' \
    "$kit/mkimage.sh" kit.local/products:1 "" "$new/made" "$root"
}
openapi() { # openapi vVERSION : the OpenAPI (v2) of that Kubernetes release, from its own source
  # a module of its own, as `go mod download` outside of one may not be asked for a version
  cd "$new" && go mod init openapi && go mod download "k8s.io/kubernetes@$1" && \
    cp "$(go env GOMODCACHE)/k8s.io/kubernetes@$1/api/openapi-spec/swagger.json" "$new/made"
}

python_once() { # python_once PART HOW_LONG COMMAND...
  [ -e "$BIN/$1" ] || python3 -m pip --version >/dev/null 2>&1 || {
    echo "the test kit takes $1 from PyPI with Python 3.10 or later, and 'python3 -m pip' does not run: install them (Debian: apt-get install python3-pip)" >&2; exit 1; }
  once "$1" "$@"
}
moto() { # a local S3
  python3 -m pip install --disable-pip-version-check --no-deps --no-compile --target "$new/made" -r "$kit/moto.txt"
}
lake() { # the official validator of FOCUS, and DuckDB
  "$(python_of 12)" -m pip install --disable-pip-version-check --no-deps --no-compile --target "$new/made" -r "$kit/lake/requirements.txt"
}
spark() { # PySpark; the Java that it needs is a package of the system
  python3 -m pip install --disable-pip-version-check --no-deps --no-compile --target "$new/made" -r "$kit/lake/spark.txt"
}
browser() { # what drives a browser, and what judges a page; Chromium itself is a package, browser-packages.sh
  mkdir "$new/made" && cp "$kit"/browser/package*.json "$new/made/" && \
    npm ci --prefix "$new/made" --ignore-scripts --no-audit --no-fund --cache "$new/cache"
}
certificates() { # Mozilla's, and not this machine's, which may hold ones of its owner
  python3 -m pip download --disable-pip-version-check --no-deps --require-hashes --dest "$new" -r "$kit/certificates.txt" && \
    python3 -m zipfile -e "$new"/certifi-*.whl "$new/certifi" && mv "$new/certifi/certifi/cacert.pem" "$new/made"
}

for part in "$@"; do
  case $part in
    etcd)     go_once $part "a minute" go_build etcd "" "" go.etcd.io/etcd/server/v3 ;;
    kube-apiserver)
              go_once $part "4 minutes" go_build controlplane "$stamps" "" k8s.io/kubernetes/cmd/$part ;;
    kubelet)  go_once $part "3 minutes" go_build controlplane "$stamps" "" k8s.io/kubernetes/cmd/$part ;;
    kube-scheduler|kube-controller-manager|kubectl)
              go_once $part "a minute" go_build controlplane "$stamps" "" k8s.io/kubernetes/cmd/$part ;;
    helm)     go_once $part "2 minutes" go_build helm "-X helm.sh/helm/v4/internal/version.version=v$HELM" "" helm.sh/helm/v4/cmd/helm ;;
    helm3)    # without the last two stamps it takes every cluster it has not asked for one of 1.20
              v=helm.sh/helm/v3
              go_once $part "2 minutes" go_build helm3 "-X $v/internal/version.version=v$HELM3 -X $v/pkg/chartutil.k8sVersionMajor=1 \
                -X $v/pkg/chartutil.k8sVersionMinor=36" "" $v/cmd/helm ;;
    kwok)     go_once $part "a minute" go_build kwok "" "" sigs.k8s.io/kwok/cmd/kwok ;;
    kwok.yaml) go_fetch $part "2 seconds" kwok_config ;;
    prometheus|promtool)  # without the clouds' service discovery
              go_once $part "2 minutes" go_build prometheus "-X github.com/prometheus/common/version.Version=$PROMETHEUS" \
                "remove_all_sd enable_kubernetes_sd" github.com/prometheus/prometheus/cmd/$part ;;
    pause.tar) go_once $part "10 seconds" pause_image ;;
    gin.tar)  go_once $part "a minute" gin_image ;;
    fastapi.tar) python_once $part "a minute" fastapi_image ;;
    openapi/v*.json)
              v=${part#openapi/}; go_fetch $part "10 seconds" openapi "${v%.json}" ;;
    moto)     python_once $part "half a minute" moto ;;
    lake)     once $part $part "a minute" lake ;;
    spark)    python_once $part "two minutes" spark ;;
    browser)  "$kit/browser-packages.sh"; once $part $part "10 seconds" browser ;;
    ca-certificates.crt) python_once $part "5 seconds" certificates ;;
    *) echo "there is no part $part; the first lines of tests/kit/build.sh name them" >&2; exit 2 ;;
  esac
done
