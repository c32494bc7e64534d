#!/bin/bash
# prometheus-up.sh DIR : Prometheus on 127.0.0.1 for the cluster of up.sh DIR; ends with down.sh DIR. Env: SCRAPE_INTERVAL,
# RETENTION, STATE (the port of something that stands for kube-state-metrics).
# History made by promtool goes into DIR/prometheus before the start.
. "$(dirname "$0")/lib.sh"
need prometheus
at "$1"; BASE=$(cat "$DIR/base"); P_API=$BASE P_ETCD=$((BASE+1)) P_SCHED=$((BASE+3)) P_KCM=$((BASE+4)) P_KWOK=$((BASE+5))
P_PROM=$((BASE+8))
mkdir -p "$DIR/prometheus"
"$BIN/kubectl" apply -f - >/dev/null <<'EOF'
apiVersion: v1
kind: ServiceAccount
metadata: {name: prometheus, namespace: kube-system}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: prometheus}
rules:
- {nonResourceURLs: [/metrics, /metrics/resources, /metrics/cadvisor], verbs: [get]}
- {apiGroups: [""], resources: [nodes/metrics, nodes/proxy], verbs: [get]}
- {apiGroups: [""], resources: [nodes, pods, services, endpoints], verbs: [get, list, watch]}
- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [get, list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: prometheus}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: prometheus}
subjects: [{kind: ServiceAccount, name: prometheus, namespace: kube-system}]
EOF
(umask 077; "$BIN/kubectl" -n kube-system create token prometheus --duration=24h > "$DIR/prometheus.token")
# kube-state-metrics cannot be had through the Go module proxy: STATE is the port of 127.0.0.1 where something stands for it
STATE=${STATE:+"- job_name: kube-state-metrics
    honor_labels: true
    static_configs: [{targets: [\"127.0.0.1:$STATE\"]}]
"}
AUTH="scheme: https
    authorization: {credentials_file: $DIR/prometheus.token}"
cat > "$DIR/prometheus.yml" <<EOF
global: {scrape_interval: ${SCRAPE_INTERVAL:-5s}, evaluation_interval: ${SCRAPE_INTERVAL:-5s}}
scrape_configs:
- job_name: apiserver
    $AUTH
    tls_config: {ca_file: $DIR/pki/ca.crt}
    static_configs: [{targets: ["127.0.0.1:$P_API"]}]
- job_name: control
    $AUTH
    tls_config: {insecure_skip_verify: true}
    static_configs: [{targets: ["127.0.0.1:$P_SCHED"], labels: {component: kube-scheduler}}, {targets: ["127.0.0.1:$P_KCM"], labels: {component: kube-controller-manager}}]
- job_name: scheduler-resources
    $AUTH
    tls_config: {insecure_skip_verify: true}
    metrics_path: /metrics/resources
    static_configs: [{targets: ["127.0.0.1:$P_SCHED"]}]
- job_name: etcd
    static_configs: [{targets: ["127.0.0.1:$P_ETCD"]}]
- job_name: cadvisor          # real nodes, by discovery: __address__ is InternalIP:kubelet port
    $AUTH
    tls_config: {ca_file: $DIR/pki/ca.crt}
    metrics_path: /metrics/cadvisor
    kubernetes_sd_configs: [{role: node, kubeconfig_file: $DIR/kubeconfig}]
    relabel_configs:
    - {source_labels: [__meta_kubernetes_node_label_type], regex: kwok, action: drop}
    - {source_labels: [__meta_kubernetes_node_name], target_label: node}
- job_name: pods              # those that are annotated with prometheus.io/scrape, at the port that they declare
    kubernetes_sd_configs: [{role: pod, kubeconfig_file: $DIR/kubeconfig}]
    relabel_configs:
    - {source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape], regex: "true", action: keep}
    - {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
    - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
    - {source_labels: [__meta_kubernetes_pod_container_name], target_label: container}
$STATE- job_name: kwok              # fake nodes: kwok answers for all of them
    $AUTH
    tls_config: {ca_file: $DIR/pki/ca.crt}
    kubernetes_sd_configs: [{role: node, kubeconfig_file: $DIR/kubeconfig}]
    relabel_configs:
    - {source_labels: [__meta_kubernetes_node_label_type], regex: kwok, action: keep}
    - {source_labels: [__meta_kubernetes_node_name], target_label: node}
    - {source_labels: [__meta_kubernetes_node_name], target_label: __metrics_path__, replacement: "/metrics/nodes/\${1}/metrics/resource"}
    - {target_label: __address__, replacement: "127.0.0.1:$P_KWOK"}
EOF
sed -i 's/^    /  /' "$DIR/prometheus.yml"
run_bg prometheus "$BIN/prometheus" --config.file="$DIR/prometheus.yml" --storage.tsdb.path="$DIR/prometheus" \
  --storage.tsdb.retention.time="${RETENTION:-400d}" --web.listen-address="127.0.0.1:$P_PROM" --log.level=warn
wait_for 30 prometheus curl -fsS "http://127.0.0.1:$P_PROM/-/ready"
echo "prometheus up in $SECONDS s: http://127.0.0.1:$P_PROM"
