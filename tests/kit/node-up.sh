#!/bin/bash
# node-up.sh DIR [NODE] : a real node (containerd, runc, bridge CNI, kubelet) for the cluster of up.sh DIR. Root only; one per machine.
# Env: KUBELET, CONTAINERD (binaries), CNI_BIN (folder); EXPOSE, ports of 127.0.0.1 that pods reach at 10.244.0.1.
# kubelet and containerd listen on 127.0.0.1 and unix sockets only.
. "$(dirname "$0")/lib.sh"
"$kit/node-packages.sh"
need kubelet pause.tar
at "$1"; NODE=${2:-node-1}; BASE=$(cat "$DIR/base"); P_API=$BASE; P_KUBELET=$((BASE+6)) P_KHEALTH=$((BASE+7))
KUBELET=${KUBELET:-$BIN/kubelet} CONTAINERD=${CONTAINERD:-$(command -v containerd)} CNI_BIN=${CNI_BIN:-/usr/lib/cni}
GW=10.244.0.1
mkdir -p "$DIR"/{cni,kubelet,podlogs,images}; echo "$NODE" > "$DIR/node"
trap 'rc=$?; [ $rc = 0 ] || "$kit/node-down.sh" "$DIR"' EXIT

# network: a bridge that holds the node's address; the API server's service address and the node's kubelet port lead to 127.0.0.1
ip link add capkit0 type bridge 2>/dev/null || true
ip addr replace $GW/24 dev capkit0; ip link set capkit0 up; ip route replace "$SVC_CIDR" dev capkit0
[ -s "$DIR/ip_forward" ] || cat /proc/sys/net/ipv4/ip_forward > "$DIR/ip_forward"   # the bridge plugin sets it too; node-down.sh puts it back
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.capkit0.route_localnet=1
nft -f - <<EOF
table ip capmodel_kit
delete table ip capmodel_kit
table ip capmodel_kit {
  chain pre { type nat hook prerouting priority -120; policy accept; jump to-loopback; }
  chain out { type nat hook output priority -120; policy accept; jump to-loopback; }
  # before the addresses are changed: pods reach the API server and EXPOSE; what else they try is dropped and counted
  counter elsewhere { }
  chain pods {
    type filter hook prerouting priority -150; policy accept;
    iifname != "capkit0" accept
    ct state established,related accept
    ip daddr $SVC_IP tcp dport 443 accept
    ip daddr $GW tcp dport { ${EXPOSE:-$P_KUBELET} } accept
    counter name elsewhere drop
  }
  chain to-loopback {
    ip daddr $SVC_IP tcp dport 443 dnat to 127.0.0.1:$P_API
    ip daddr $GW tcp dport { $P_KUBELET, ${EXPOSE:-$P_KUBELET} } dnat to 127.0.0.1
  }
}
EOF
cat > "$DIR/cni/10-kit.conflist" <<EOF
{"cniVersion": "0.4.0", "name": "kit", "plugins": [{"type": "bridge", "bridge": "capkit0", "isGateway": true, "hairpinMode": true,
 "ipam": {"type": "host-local", "dataDir": "$DIR/cni-data", "ranges": [[{"subnet": "10.244.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
EOF


# containerd
# without CAP_SYS_RESOURCE (bit 24) nothing can lower oom_score_adj, and runc dies with "can't get final child's PID from pipe: EOF"
restrict=$( (( 0x$(awk '/CapEff/{print $2}' /proc/self/status) >> 24 & 1 )) && echo false || echo true)
case $("$CONTAINERD" --version) in *" v2."*|*" 2."*)
cat > "$DIR/containerd.toml" <<EOF
version = 3
root = "$DIR/containerd"
state = "$DIR/containerd-run"
[grpc]
  address = "$DIR/containerd.sock"
[plugins.'io.containerd.cri.v1.images']
  snapshotter = "overlayfs"
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = "kit.local/pause:1"
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = $restrict
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      SystemdCgroup = false
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ["$CNI_BIN"]
    conf_dir = "$DIR/cni"
[plugins.'io.containerd.grpc.v1.cri']
  stream_server_address = "127.0.0.1"
[plugins.'io.containerd.internal.v1.opt']
  path = "$DIR/containerd-opt"
EOF
;; *)
cat > "$DIR/containerd.toml" <<EOF
version = 2
root = "$DIR/containerd"
state = "$DIR/containerd-run"
[grpc]
  address = "$DIR/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "kit.local/pause:1"
  stream_server_address = "127.0.0.1"
  restrict_oom_score_adj = $restrict
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$CNI_BIN"
    conf_dir = "$DIR/cni"
[plugins."io.containerd.internal.v1.opt"]
  path = "$DIR/containerd-opt"
EOF
esac
# the shim binary is looked up in PATH: the folder of the containerd in use comes first
run_bg containerd env PATH="$(dirname "$CONTAINERD"):$PATH" "$CONTAINERD" --config "$DIR/containerd.toml"
CTR="$(dirname "$CONTAINERD")/ctr --address $DIR/containerd.sock --namespace k8s.io"
wait_for 30 containerd $CTR version
for t in "$BIN/pause.tar" "$DIR"/images/*.tar; do [ ! -e "$t" ] || $CTR images import "$t" >/dev/null; done

# kubelet
[ -s "$DIR/pki/kubelet.crt" ] || new_cert kubelet ca "/CN=$NODE" serverAuth "DNS:$NODE,DNS:localhost,IP:$GW,IP:127.0.0.1"
[ -s "$DIR/pki/node.crt" ] || new_cert node ca "/O=system:nodes/CN=system:node:$NODE" clientAuth
new_kubeconfig "$DIR/node.kubeconfig" node
: > "$DIR/resolv.conf"
cat > "$DIR/kubelet.yaml" <<EOF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
cgroupDriver: cgroupfs
failSwapOn: false
address: 127.0.0.1
port: $P_KUBELET
healthzBindAddress: 127.0.0.1
healthzPort: $P_KHEALTH
readOnlyPort: 0
tlsCertFile: $DIR/pki/kubelet.crt
tlsPrivateKeyFile: $DIR/pki/kubelet.key
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $DIR/pki/ca.crt}}
authorization: {mode: Webhook}
containerRuntimeEndpoint: unix://$DIR/containerd.sock
podLogsDir: $DIR/podlogs
volumePluginDir: $DIR/volumeplugins
resolvConf: $DIR/resolv.conf
makeIPTablesUtilChains: false
imageGCHighThresholdPercent: 100
imageMaximumGCAge: 0s
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 1%}
nodeStatusUpdateFrequency: 10s
syncFrequency: 10s
EOF
run_bg kubelet "$KUBELET" --config="$DIR/kubelet.yaml" --kubeconfig="$DIR/node.kubeconfig" --root-dir="$DIR/kubelet" \
  --hostname-override="$NODE" --node-ip=$GW --housekeeping-interval=5s --containerd="$DIR/containerd.sock" ${KUBELET_FLAGS:-}
wait_for 60 "kubelet" curl -fsS "http://127.0.0.1:$P_KHEALTH/healthz"
wait_for 60 "node object" "$BIN/kubectl" get node "$NODE"
"$BIN/kubectl" wait --for=condition=Ready "node/$NODE" --timeout=90s
"$BIN/kubectl" uncordon "$NODE" >/dev/null   # an earlier node-down.sh has cordoned it
echo "node $NODE up in $SECONDS s"
