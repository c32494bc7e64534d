#!/bin/bash
# down.sh DIR : ends, by pid, only what up.sh DIR started; DIR's files stay (remove DIR for a new cluster)
. "$(dirname "$0")/lib.sh"
at "$1"
for n in prometheus kwok kube-controller-manager kube-scheduler kube-apiserver etcd; do stop $n; done
