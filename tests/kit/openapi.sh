#!/bin/bash
# openapi.sh VERSION : prints where the OpenAPI (v2, JSON) of that Kubernetes version is, from Kubernetes' own source.
set -euo pipefail
out=${CAPMODEL_KIT:-$HOME/.cache/capmodel/kit}/openapi/v$1.json
if [ ! -s "$out" ]; then
  mkdir -p "$(dirname "$out")"
  t=$(mktemp -d "$out.XXXX"); trap 'rm -rf "$t"' EXIT
  # a module of its own, as `go mod download` outside of one may not be asked for a version
  (cd "$t" && go mod init openapi && go mod download "k8s.io/kubernetes@v$1") >&2
  cp "$(go env GOMODCACHE)/k8s.io/kubernetes@v$1/api/openapi-spec/swagger.json" "$t/swagger.json" && mv "$t/swagger.json" "$out"
fi
echo "$out"
