#!/bin/bash
# up.sh DIR : a control plane on 127.0.0.1, all its state under DIR; writes DIR/kubeconfig (admin). Env: CAPMODEL_KIT, BASE (lib.sh).
. "$(dirname "$0")/lib.sh"
programs "a control plane" openssl curl
need etcd kube-apiserver kube-scheduler kube-controller-manager kubectl
mkdir -p "$1"; at "$1"; mkdir -p "$DIR"/{pki,log,pid,etcd}; chmod 700 "$DIR"
trap 'rc=$?; [ $rc = 0 ] || "$kit/down.sh" "$DIR"' EXIT
echo "$BASE" > "$DIR/base"
if [ ! -s "$DIR/pki/ca.crt" ]; then
  new_ca ca kubernetes-ca; new_ca front-proxy-ca front-proxy-ca
  new_cert apiserver ca "/CN=kube-apiserver" serverAuth \
    "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:127.0.0.1,IP:$SVC_IP"
  new_cert apiserver-kubelet-client ca "/O=system:masters/CN=kube-apiserver-kubelet-client" clientAuth
  new_cert front-proxy-client front-proxy-ca "/CN=front-proxy-client" clientAuth
  new_cert admin ca "/O=system:masters/CN=admin" clientAuth
  new_cert scheduler ca "/CN=system:kube-scheduler" clientAuth
  new_cert kcm ca "/CN=system:kube-controller-manager" clientAuth
  openssl ecparam -name prime256v1 -genkey -noout -out "$DIR/pki/sa.key" && openssl ec -in "$DIR/pki/sa.key" -pubout -out "$DIR/pki/sa.pub" 2>/dev/null
fi
new_kubeconfig "$DIR/kubeconfig" admin
new_kubeconfig "$DIR/scheduler.kubeconfig" scheduler
new_kubeconfig "$DIR/kcm.kubeconfig" kcm

run_bg etcd "$BIN/etcd" --name=e --data-dir="$DIR/etcd" --unsafe-no-fsync --log-level=warn \
  --listen-client-urls="http://127.0.0.1:$P_ETCD" --advertise-client-urls="http://127.0.0.1:$P_ETCD" \
  --listen-peer-urls="http://127.0.0.1:$P_PEER" --initial-advertise-peer-urls="http://127.0.0.1:$P_PEER" \
  --initial-cluster="e=http://127.0.0.1:$P_PEER"

# endpoint-reconciler-type=none: an Endpoints object may not hold a loopback address, so the API server cannot publish its own
run_bg kube-apiserver "$BIN/kube-apiserver" \
  --bind-address=127.0.0.1 --advertise-address=127.0.0.1 --secure-port="$P_API" --endpoint-reconciler-type=none \
  --etcd-servers="http://127.0.0.1:$P_ETCD" --service-cluster-ip-range="$SVC_CIDR" \
  --tls-cert-file="$DIR/pki/apiserver.crt" --tls-private-key-file="$DIR/pki/apiserver.key" --client-ca-file="$DIR/pki/ca.crt" \
  --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true \
  --service-account-issuer=https://kubernetes.default.svc.cluster.local \
  --service-account-key-file="$DIR/pki/sa.pub" --service-account-signing-key-file="$DIR/pki/sa.key" \
  --kubelet-client-certificate="$DIR/pki/apiserver-kubelet-client.crt" --kubelet-client-key="$DIR/pki/apiserver-kubelet-client.key" \
  --kubelet-certificate-authority="$DIR/pki/ca.crt" --kubelet-preferred-address-types=InternalIP,Hostname \
  --requestheader-client-ca-file="$DIR/pki/front-proxy-ca.crt" --requestheader-allowed-names=front-proxy-client \
  --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group \
  --requestheader-extra-headers-prefix=X-Remote-Extra- \
  --proxy-client-cert-file="$DIR/pki/front-proxy-client.crt" --proxy-client-key-file="$DIR/pki/front-proxy-client.key" \
  --profiling=false ${APISERVER_FLAGS:-}
wait_for 90 "API server" curl -fsS --cacert "$DIR/pki/ca.crt" "https://127.0.0.1:$P_API/readyz"

run_bg kube-scheduler "$BIN/kube-scheduler" --kubeconfig="$DIR/scheduler.kubeconfig" \
  --authentication-kubeconfig="$DIR/scheduler.kubeconfig" --authorization-kubeconfig="$DIR/scheduler.kubeconfig" \
  --bind-address=127.0.0.1 --secure-port="$P_SCHED" --leader-elect=false --kube-api-qps=300 --kube-api-burst=600 ${SCHEDULER_FLAGS:-}
run_bg kube-controller-manager "$BIN/kube-controller-manager" --kubeconfig="$DIR/kcm.kubeconfig" \
  --authentication-kubeconfig="$DIR/kcm.kubeconfig" --authorization-kubeconfig="$DIR/kcm.kubeconfig" \
  --bind-address=127.0.0.1 --secure-port="$P_KCM" --leader-elect=false --use-service-account-credentials=true \
  --service-account-private-key-file="$DIR/pki/sa.key" --root-ca-file="$DIR/pki/ca.crt" \
  --cluster-signing-cert-file="$DIR/pki/ca.crt" --cluster-signing-key-file="$DIR/pki/ca.key" \
  --requestheader-client-ca-file="$DIR/pki/front-proxy-ca.crt" --service-cluster-ip-range="$SVC_CIDR" \
  --kube-api-qps=300 --kube-api-burst=600 ${KCM_FLAGS:-}
wait_for 60 "kube-scheduler" curl -fsSk "https://127.0.0.1:$P_SCHED/readyz"
wait_for 60 "kube-controller-manager" curl -fsSk "https://127.0.0.1:$P_KCM/healthz"
# the controller-manager is at work once the default namespace has its ServiceAccount (pods are refused before that)
adm() { curl -fsS --cacert "$DIR/pki/ca.crt" --cert "$DIR/pki/admin.crt" --key "$DIR/pki/admin.key" "https://127.0.0.1:$P_API$1"; }
wait_for 60 "default ServiceAccount" adm /api/v1/namespaces/default/serviceaccounts/default
echo "up in $SECONDS s: export KUBECONFIG=$DIR/kubeconfig"
