#!/bin/bash
# build.sh [PART...] : builds parts of a real cluster from source into CAPMODEL_KIT (default ~/.cache/capmodel/kit), one
# after another. Needs Go 1.26 or later, and about 10 minutes for all of them the first time; then seconds.
# Parts: etcd kube-apiserver kube-scheduler kube-controller-manager kubectl kubelet kwok helm helm3 crane prometheus promtool
set -euo pipefail
kit=$(cd "$(dirname "$0")" && pwd)
bin=${CAPMODEL_KIT:-$HOME/.cache/capmodel/kit}; mkdir -p "$bin"
command -v go >/dev/null || { echo "the test cluster is built with Go 1.26 or later, and there is no 'go' in PATH: install it, or set CAPMODEL_KIT to a folder that holds: $*" >&2; exit 1; }
exec 9> "$bin/.lock"; flock 9            # two tests that miss the same part
[ $# -gt 0 ] || set -- etcd kube-apiserver kube-scheduler kube-controller-manager kubectl kwok helm helm3 crane kubelet prometheus promtool
# the same -trimpath and CGO_ENABLED in every build, or packages are compiled twice
export CGO_ENABLED=0 GOFLAGS=-buildvcs=false
K8S=1.36.3 HELM=4.3.1 HELM3=3.22.0 PROMETHEUS=3.16.0
s=k8s.io/component-base/version          # without these stamps /version says v0.0.0-master
stamps="-X $s.gitVersion=v$K8S -X $s.gitMajor=1 -X $s.gitMinor=36 -X k8s.io/client-go/pkg/version.gitVersion=v$K8S"
build() { # build PART MODULE LDFLAGS TAGS PACKAGE
  local t0=$SECONDS
  [ ! -x "$bin/$1" ] || { echo "$1 is there"; return; }
  (cd "$kit/mods/$2" && go build -trimpath -ldflags "-s -w $3" -tags "$4" -o "$bin/.$1.new" "$5") && mv "$bin/.$1.new" "$bin/$1"
  echo "built $1 in $((SECONDS - t0)) s"
}
for part in "$@"; do
  case $part in
    etcd)     build $part etcd "" "" go.etcd.io/etcd/server/v3 ;;
    kube-apiserver|kube-scheduler|kube-controller-manager|kubectl|kubelet)
              build $part controlplane "$stamps" "" k8s.io/kubernetes/cmd/$part ;;
    helm)     build $part helm "-X helm.sh/helm/v4/internal/version.version=v$HELM" "" helm.sh/helm/v4/cmd/helm ;;
    helm3)    # without the last two stamps it takes every cluster it has not asked for one of 1.20
              v=helm.sh/helm/v3; build $part helm3 "-X $v/internal/version.version=v$HELM3 -X $v/pkg/chartutil.k8sVersionMajor=1 \
                -X $v/pkg/chartutil.k8sVersionMinor=36" "" $v/cmd/helm ;;
    kwok)     build $part kwok "" "" sigs.k8s.io/kwok/cmd/kwok ;;
    crane)    build $part crane "" "" github.com/google/go-containerregistry/cmd/crane ;;
    prometheus|promtool)  # without the clouds' service discovery
              build $part prometheus "-X github.com/prometheus/common/version.Version=$PROMETHEUS" \
                "remove_all_sd enable_kubernetes_sd" github.com/prometheus/prometheus/cmd/$part ;;
    *) echo "unknown part $part" >&2; exit 2 ;;
  esac
done
