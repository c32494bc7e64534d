"""Stands for kube-state-metrics, which the Go module proxy does not serve: the series of it that capmodel reads, from the
objects of the API server as they are at each scrape."""

import http.server
import json
import threading

UNITS = {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "m": 1e-3, "": 1}


def amount(quantity):
    """A Kubernetes quantity as a number."""
    digits = quantity.rstrip("KMGim")
    return float(digits) * UNITS[quantity[len(digits):]]


def series(nodes, pods, replica_sets):
    """The exposition, as https://github.com/kubernetes/kube-state-metrics/tree/main/docs names its metrics and labels."""
    lines = []

    def add(metric, value, **labels):
        lines.append(metric + "{" + ",".join(f'{key}="{text}"' for key, text in labels.items()) + f"}} {value}")

    def owner(metric, metadata, **labels):
        for it in metadata.get("ownerReferences", []):
            add(metric, 1, **labels, owner_kind=it["kind"], owner_name=it["name"], owner_is_controller="true")

    for node in nodes:
        name = node["metadata"]["name"]
        add("kube_node_info", 1, node=name, provider_id=node["spec"].get("providerID", ""))
        kept = {
            "label_" + key.replace(".", "_").replace("/", "_").replace("-", "_"): value
            for key, value in node["metadata"]["labels"].items()
        }
        add("kube_node_labels", 1, node=name, **kept)
        for resource, unit in [("cpu", "core"), ("memory", "byte")]:
            add("kube_node_status_capacity", amount(node["status"]["capacity"][resource]), node=name, resource=resource, unit=unit)
    for pod in pods:
        metadata, spec = pod["metadata"], pod["spec"]
        labels = {"namespace": metadata["namespace"], "pod": metadata["name"], "uid": metadata["uid"]}
        for phase in ["Pending", "Running", "Succeeded", "Failed", "Unknown"]:
            add("kube_pod_status_phase", int(pod["status"]["phase"] == phase), **labels, phase=phase)
        add("kube_pod_info", 1, **labels, node=spec.get("nodeName", ""))
        owner("kube_pod_owner", metadata, **labels)
        for container in spec["containers"]:
            for resource, asked in container.get("resources", {}).get("requests", {}).items():
                unit = "core" if resource == "cpu" else "byte"
                add("kube_pod_container_resource_requests", amount(asked), **labels, container=container["name"],
                    node=spec.get("nodeName", ""), resource=resource, unit=unit)
    for replica_set in replica_sets:
        metadata = replica_set["metadata"]
        owner("kube_replicaset_owner", metadata, namespace=metadata["namespace"], replicaset=metadata["name"])
    return "\n".join(lines) + "\n"


def serve(kubectl):
    """Serves it on a free port of 127.0.0.1, which is returned. `kubectl` gives what kubectl prints."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            kinds = ["nodes", "pods", "replicasets"]
            objects = [json.loads(kubectl("get", kind, "--all-namespaces", "-o", "json"))["items"] for kind in kinds]
            body = series(*objects).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]
