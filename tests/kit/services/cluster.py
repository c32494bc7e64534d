"""A cluster of the kit with one real node, Prometheus, and the services, each with a twin."""

import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import time
import urllib.error
import urllib.request

import state

KIT = pathlib.Path(__file__).resolve().parent.parent
PARTS = pathlib.Path(os.environ.get("CAPMODEL_KIT", pathlib.Path.home() / ".cache/capmodel/kit"))
BASE = int(os.environ.get("BASE", "17440"))
PROMETHEUS = f"http://127.0.0.1:{BASE + 8}"
# As the containers of two cgroup versions are found, and what of them is their CPU time in seconds.
CPU = [
    ("/sys/fs/cgroup/cpuacct/kubepods/burstable/pod{uid}/{id}/cpuacct.usage", lambda text: int(text) / 1e9),
    ("/sys/fs/cgroup/kubepods/burstable/pod{uid}/{id}/cpu.stat", lambda text: int(text.split()[1]) / 1e6),
]


def deployment(name, image):
    """One pod of an image. No name tells a language or a framework."""
    labels = {"app": name}
    container = {
        "name": "main",
        "image": image,
        "ports": [{"containerPort": 8080}],
        "resources": {"requests": {"cpu": "250m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "readinessProbe": {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1},
    }
    template = {
        "metadata": {"labels": labels, "annotations": {"prometheus.io/scrape": "true"}},
        "spec": {"automountServiceAccountToken": False, "containers": [container]},
    }
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}


class Pod:
    """A pod of one container."""

    def __init__(self, json):
        status = json["status"]["containerStatuses"][0]
        self.name, self.address = json["metadata"]["name"], json["status"]["podIP"]
        self.names = {"uid": json["metadata"]["uid"], "id": status["containerID"].split("//")[1]}

    def cpu_seconds(self):
        """The cgroup's own counter."""
        for path, read in CPU:
            path = pathlib.Path(path.format(**self.names))
            if path.exists():
                return read(path.read_text())
        raise SystemExit(f"there is no cgroup of {self.name}")


class Cluster:
    def __init__(self, services):
        self.services = services

    def __enter__(self):
        # As the tests do: a second node would take the first one's network.
        self.lock = open(pathlib.Path(tempfile.gettempdir()) / "capmodel-node.lock", "w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        # Short, as paths of unix sockets end at 107 bytes.
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="cms"))
        self.env = dict(os.environ, BASE=str(BASE), KUBECONFIG=str(self.dir / "kubeconfig"))
        self.kit("build.sh", "gin.tar", "fastapi.tar", "kubectl", folder=False)
        (self.dir / "images").mkdir()
        for image in ["gin.tar", "fastapi.tar"]:
            shutil.copy(PARTS / image, self.dir / "images")
        try:
            self.kit("up.sh")
            self.kit("node-up.sh")
            # So that the node has a price.
            self.kubectl("label", "node", "node-1", "node.kubernetes.io/instance-type=m6i.large",
                         "topology.kubernetes.io/region=us-east-1", "topology.kubernetes.io/zone=us-east-1a")
            self.kubectl("patch", "node", "node-1", "-p", '{"spec":{"providerID":"aws:///us-east-1a/i-1"}}')
            self.kit("prometheus-up.sh", STATE=str(state.serve(self.kubectl)))
            self.kubectl("create", "namespace", "shop")
            for name, image in self.services.items():
                self.deploy(name, image)
                self.deploy(f"{name}-held-out", image)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for script in ["node-down.sh", "down.sh"]:
            subprocess.run(["bash", KIT / script, self.dir], env=self.env, capture_output=True, check=False)
        shutil.rmtree(self.dir, ignore_errors=True)

    def kit(self, script, *arguments, folder=True, **environment):
        folder = [self.dir] if folder else []
        subprocess.run(["bash", KIT / script, *folder, *arguments], env={**self.env, **environment}, check=True)

    def kubectl(self, *arguments):
        environment = {**self.env, "HOME": str(self.dir)}
        return subprocess.run([PARTS / "kubectl", *arguments], env=environment, check=True, capture_output=True, text=True).stdout

    def deploy(self, name, image):
        """One at a time, so that none is slower to start for the others."""
        path = self.dir / f"{name}.json"
        path.write_text(json.dumps(deployment(name, image)))
        self.kubectl("apply", "-f", str(path))
        self.kubectl("-n", "shop", "rollout", "status", f"deployment/{name}", "--timeout=120s")

    def pods(self):
        """The pod of each Deployment."""
        pods = json.loads(self.kubectl("-n", "shop", "get", "pods", "-o", "json"))["items"]
        return {pod["metadata"]["labels"]["app"]: Pod(pod) for pod in pods}

    def ctr(self, *arguments):
        command = ["ctr", "--address", self.dir / "containerd.sock", "--namespace", "k8s.io", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def image_bytes(self, archive):
        """What an image takes on a node, by its archive: its layers as they are, and what describes them."""
        with tarfile.open(PARTS / archive) as archive:
            return sum(member.size for member in archive)

    def cold_start(self, image, port, command=()):
        """Seconds from the start of a container to the first answer, taken with a stopwatch; on this machine's own network."""
        name = f"by-hand-{port}"
        # Beside the pods, so that it gets as much of a busy machine as they do.
        begun = time.monotonic()
        self.ctr("run", "--detach", "--net-host", "--cgroup", f"/kubepods/burstable/{name}", "--env", f"PORT={port}", image, name,
                 *command)
        try:
            while not self.answers(port):
                time.sleep(0.005)
            return time.monotonic() - begun
        finally:
            subprocess.run(["ctr", "--address", self.dir / "containerd.sock", "--namespace", "k8s.io", "task", "kill",
                            "--signal", "SIGKILL", name], check=False, capture_output=True)
            time.sleep(1)
            self.ctr("task", "delete", name)
            self.ctr("container", "delete", name)

    @staticmethod
    def answers(port):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).status == 200
        except OSError:
            return False
