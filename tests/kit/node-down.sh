#!/bin/bash
# node-down.sh DIR : ends the pods and the processes of node-up.sh DIR and removes its network, cgroups and mounts
. "$(dirname "$0")/lib.sh"
at "$1"; NODE=$(cat "$DIR/node")
if alive kube-apiserver && alive kubelet; then   # let the kubelet end its pods (this also frees their network)
  timeout 10 "$BIN/kubectl" cordon "$NODE" >/dev/null || true
  timeout 40 "$BIN/kubectl" delete pods -A --field-selector "spec.nodeName=$NODE" --grace-period=1 --wait=true >/dev/null || true
fi
stop kubelet
if alive containerd; then                        # whatever is left: containers by name, then their shims end by themselves
  read -r pid _ < "$DIR/pid/containerd"
  CTR="$(dirname "$(readlink "/proc/$pid/exe")")/ctr --address $DIR/containerd.sock --namespace k8s.io"
  for c in $($CTR tasks ls -q); do $CTR tasks kill -s KILL "$c" || true; done 2>/dev/null
  sleep 0.5
  for c in $($CTR tasks ls -q); do $CTR tasks rm -f "$c" || true; done >/dev/null 2>&1
  for c in $($CTR containers ls -q); do $CTR containers rm "$c" || true; done >/dev/null 2>&1
fi
stop containerd
# if containerd was dead already, its shims and the containers in our cgroup are still there: end them one by one, by pid
for p in /proc/[0-9]*; do
  if { tr '\0' ' ' < "$p/cmdline"; } 2>/dev/null | grep -q -- "containerd-shim-runc-v2 .*-address $DIR/containerd.sock"; then kill -KILL "${p#/proc/}" || true; fi
done
for f in $(find /sys/fs/cgroup/memory/kubepods -name cgroup.procs 2>/dev/null); do for p in $(cat "$f"); do kill -KILL "$p" || true; done; done
for i in $(seq 30); do [ -z "$(find /sys/fs/cgroup/memory/kubepods -name cgroup.procs -exec cat {} + 2>/dev/null)" ] && break; sleep 0.1; done
awk -v d="$DIR/" 'index($2, d) == 1 || $2 ~ "^/run/netns/cni-" {print $2}' /proc/mounts | sort -r | while read -r m; do umount "$m" || umount -l "$m"; done
nft delete table ip capmodel_kit 2>/dev/null || true
rm -f /run/netns/cni-* 2>/dev/null || true
[ ! -s "$DIR/ip_forward" ] || { cat "$DIR/ip_forward" > /proc/sys/net/ipv4/ip_forward; rm -f "$DIR/ip_forward"; }
ip link del capkit0 2>/dev/null || true
for c in /sys/fs/cgroup/*/kubepods; do [ -d "$c" ] && find "$c" -depth -type d -exec rmdir {} \; ; done 2>/dev/null || true
