#!/bin/bash
# kwok-up.sh DIR [N] [CPU] [MEMORY] : N fake nodes kwok-000.. on the cluster of up.sh DIR, kept Ready by kwok;
# pods bound to them become Running at once, pods of a Job Succeeded. Ends with down.sh DIR.
. "$(dirname "$0")/lib.sh"
need kwok kwok.yaml
at "$1"; count=${2:-50} cpu=${3:-32} mem=${4:-256Gi}
BASE=$(cat "$DIR/base"); P_KWOK=$((BASE+5))
alive kwok || run_bg kwok "$BIN/kwok" --kubeconfig="$DIR/kubeconfig" --config="$BIN/kwok.yaml" \
  --manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake --node-lease-duration-seconds=40 \
  --cidr=10.245.0.0/16 --node-ip=127.0.0.1 --node-port="$P_KWOK" --server-address="127.0.0.1:$P_KWOK" \
  --tls-cert-file="$DIR/pki/apiserver.crt" --tls-private-key-file="$DIR/pki/apiserver.key"
for i in $(seq 0 $((count-1))); do
  name=$(printf kwok-%03d "$i")
  cat <<EOF
---
apiVersion: v1
kind: Node
metadata:
  name: $name
  annotations: {kwok.x-k8s.io/node: fake, node.alpha.kubernetes.io/ttl: "0"}
  labels: {type: kwok, kubernetes.io/hostname: $name, kubernetes.io/os: linux, kubernetes.io/arch: amd64, topology.kubernetes.io/zone: z$((i % 3))}
spec: {taints: [{key: kwok.x-k8s.io/node, value: fake, effect: NoSchedule}]}
status:
  allocatable: {cpu: "$cpu", memory: $mem, pods: "110", ephemeral-storage: 100Gi, example.com/widget: "16"}
  capacity: {cpu: "$cpu", memory: $mem, pods: "110", ephemeral-storage: 100Gi, example.com/widget: "16"}
EOF
done > "$DIR/nodes.yaml"
[ ! -s "$DIR/nodes.yaml" ] || "$BIN/kubectl" apply -f "$DIR/nodes.yaml" >/dev/null
ready() { [ "$("$BIN/kubectl" get nodes -l type=kwok --no-headers | awk '$2 == "Ready"' | wc -l)" -ge "$count" ]; }
wait_for 120 "all nodes Ready" ready   # not kubectl wait: that asks object by object, at 5 a second
echo "$count fake nodes Ready in $SECONDS s"
