//! The table of well-known images.

use super::known_software::{Kind, KnownSoftware, Strength};

use Kind::{Etl, Infrastructure, MachineLearning};
use Strength::{Good, Hint};

/// The part of an image name in which a known name must occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NamePart {
    /// The last parts of the repository, as published or mirrored.
    Repository,
    /// The beginning of the repository: everything of this publisher.
    Publisher,
    /// The whole last part of the repository.
    Image,
    /// A word in the last part.
    Word,
    /// The last of at least two words of the last part: alone or elsewhere, it is ambiguous.
    LastWord,
}

const fn base(name: &'static str, language: &'static str) -> (NamePart, KnownSoftware) {
    (NamePart::Repository, KnownSoftware::of(name, language, Good))
}

const fn infrastructure(name: &'static str, language: &'static str) -> (NamePart, KnownSoftware) {
    (NamePart::Image, KnownSoftware::of(name, language, Good).kind(Infrastructure))
}

const fn publisher(name: &'static str) -> (NamePart, KnownSoftware) {
    (NamePart::Publisher, KnownSoftware::of_kind(name, Infrastructure))
}

const fn word(name: &'static str, language: &'static str) -> (NamePart, KnownSoftware) {
    (NamePart::Word, KnownSoftware::of(name, language, Hint))
}

const fn last(name: &'static str, language: &'static str) -> (NamePart, KnownSoftware) {
    (NamePart::LastWord, KnownSoftware::of(name, language, Hint))
}

const fn kind(name: &'static str, kind: Kind) -> (NamePart, KnownSoftware) {
    (NamePart::Word, KnownSoftware { strength: Hint, ..KnownSoftware::of_kind(name, kind) })
}

const fn framework((place, known): (NamePart, KnownSoftware), name: &'static str) -> (NamePart, KnownSoftware) {
    (place, known.framework(name))
}

const fn server((place, known): (NamePart, KnownSoftware), name: &'static str) -> (NamePart, KnownSoftware) {
    (place, known.server(name))
}

/// Infrastructure with a generic name: only matched under its publisher's repository.
const fn published(name: &'static str, language: &'static str) -> (NamePart, KnownSoftware) {
    (NamePart::Repository, KnownSoftware::of(name, language, Good).kind(Infrastructure))
}

/// Official images (<https://hub.docker.com/u/library>) and base images of large publishers
/// (<https://github.com/GoogleContainerTools/distroless>, <https://mcr.microsoft.com>,
/// <https://images.chainguard.dev>, <https://catalog.redhat.com>, <https://github.com/tiangolo>); infrastructure
/// images as their projects publish them; and words that teams use in their own image names. The first matching row
/// of each place applies.
pub(super) const IMAGES: &[(NamePart, KnownSoftware)] = &[
    base("library/python", "python"),
    base("library/pypy", "python"),
    base("library/golang", "go"),
    base("library/node", "nodejs"),
    base("library/openjdk", "jvm"),
    base("library/eclipse-temurin", "jvm"),
    base("library/amazoncorretto", "jvm"),
    base("library/sapmachine", "jvm"),
    base("library/ibm-semeru-runtimes", "jvm"),
    base("library/tomcat", "jvm"),
    base("library/jetty", "jvm"),
    base("library/ruby", "ruby"),
    base("library/php", "php"),
    base("library/rust", "rust"),
    base("library/elixir", "erlang"),
    base("library/erlang", "erlang"),
    base("distroless/python3", "python"),
    base("distroless/python3-debian12", "python"),
    base("distroless/python3-debian13", "python"),
    base("distroless/nodejs20-debian12", "nodejs"),
    base("distroless/nodejs22-debian12", "nodejs"),
    base("distroless/nodejs24-debian12", "nodejs"),
    base("distroless/java17-debian12", "jvm"),
    base("distroless/java21-debian12", "jvm"),
    base("distroless/java25-debian13", "jvm"),
    base("chainguard/python", "python"),
    base("chainguard/node", "nodejs"),
    base("chainguard/jre", "jvm"),
    base("chainguard/go", "go"),
    base("bitnami/python", "python"),
    base("bitnami/node", "nodejs"),
    base("bitnami/java", "jvm"),
    base("azul/zulu-openjdk", "jvm"),
    base("dotnet/runtime", "dotnet"),
    base("dotnet/runtime-deps", "dotnet"),
    base("dotnet/sdk", "dotnet"),
    framework(base("dotnet/aspnet", "dotnet"), "aspnetcore"),
    base("ubi9/python-311", "python"),
    base("ubi9/python-312", "python"),
    base("ubi9/nodejs-20", "nodejs"),
    base("ubi9/nodejs-22", "nodejs"),
    base("ubi9/openjdk-17", "jvm"),
    base("ubi9/openjdk-21", "jvm"),
    framework(base("tiangolo/uvicorn-gunicorn-fastapi", "python"), "fastapi"),
    framework(base("tiangolo/uvicorn-gunicorn-starlette", "python"), "starlette"),
    server(base("tiangolo/uvicorn-gunicorn", "python"), "uvicorn"),
    framework(base("tiangolo/meinheld-gunicorn-flask", "python"), "flask"),
    framework(base("tiangolo/uwsgi-nginx-flask", "python"), "flask"),
    infrastructure("nginx", "c"),
    infrastructure("nginx-unprivileged", "c"),
    infrastructure("httpd", "c"),
    infrastructure("haproxy", "c"),
    infrastructure("envoy", "cpp"),
    infrastructure("traefik", "go"),
    infrastructure("caddy", "go"),
    published("library/kong", "lua"),
    infrastructure("oauth2-proxy", "go"),
    infrastructure("postgres", "c"),
    infrastructure("postgresql", "c"),
    infrastructure("postgis", "c"),
    infrastructure("spilo-17", "c"),
    infrastructure("pgbouncer", "c"),
    infrastructure("mysql", "cpp"),
    infrastructure("mariadb", "cpp"),
    infrastructure("mongo", "cpp"),
    infrastructure("mongodb", "cpp"),
    infrastructure("redis", "c"),
    infrastructure("redis-stack", "c"),
    infrastructure("valkey", "c"),
    infrastructure("memcached", "c"),
    infrastructure("cassandra", "jvm"),
    infrastructure("scylla", "cpp"),
    infrastructure("clickhouse-server", "cpp"),
    infrastructure("cockroach", "go"),
    infrastructure("influxdb", "go"),
    infrastructure("elasticsearch", "jvm"),
    infrastructure("opensearch", "jvm"),
    infrastructure("kibana", "nodejs"),
    infrastructure("logstash", "jvm"),
    infrastructure("solr", "jvm"),
    infrastructure("kafka", "jvm"),
    infrastructure("cp-kafka", "jvm"),
    infrastructure("zookeeper", "jvm"),
    infrastructure("redpanda", "cpp"),
    infrastructure("rabbitmq", "erlang"),
    published("library/nats", "go"),
    infrastructure("pulsar", "jvm"),
    infrastructure("activemq", "jvm"),
    infrastructure("minio", "go"),
    infrastructure("etcd", "go"),
    published("hashicorp/consul", "go"),
    published("hashicorp/vault", "go"),
    infrastructure("keycloak", "jvm"),
    published("dexidp/dex", "go"),
    infrastructure("argocd", "go"),
    infrastructure("coredns", "go"),
    infrastructure("kube-proxy", "go"),
    infrastructure("metrics-server", "go"),
    infrastructure("kube-state-metrics", "go"),
    infrastructure("cluster-autoscaler", "go"),
    infrastructure("external-dns", "go"),
    infrastructure("aws-load-balancer-controller", "go"),
    infrastructure("keda", "go"),
    infrastructure("prometheus", "go"),
    infrastructure("alertmanager", "go"),
    infrastructure("node-exporter", "go"),
    infrastructure("pushgateway", "go"),
    infrastructure("victoria-metrics", "go"),
    published("thanos/thanos", "go"),
    infrastructure("grafana", "go"),
    infrastructure("promtail", "go"),
    published("jaegertracing/jaeger", "go"),
    infrastructure("opentelemetry-collector", "go"),
    infrastructure("opentelemetry-collector-contrib", "go"),
    infrastructure("telegraf", "go"),
    infrastructure("filebeat", "go"),
    infrastructure("fluentd", "ruby"),
    infrastructure("fluent-bit", "c"),
    published("timberio/vector", "rust"),
    published("library/registry", "go"),
    infrastructure("jenkins", "jvm"),
    infrastructure("sonarqube", "jvm"),
    publisher("registry.k8s.io/"),
    publisher("k8s.gcr.io/"),
    publisher("gke.gcr.io/"),
    publisher("public.ecr.aws/eks/"),
    publisher("mcr.microsoft.com/oss/kubernetes/"),
    publisher("quay.io/prometheus/"),
    publisher("quay.io/jetstack/"),
    publisher("quay.io/cilium/"),
    publisher("quay.io/calico/"),
    publisher("quay.io/strimzi/"),
    publisher("docker.io/calico/"),
    publisher("docker.io/istio/"),
    publisher("docker.io/envoyproxy/"),
    publisher("docker.io/grafana/"),
    publisher("docker.io/datadog/"),
    publisher("cr.l5d.io/linkerd/"),
    word("python", "python"),
    word("python3", "python"),
    framework(word("fastapi", "python"), "fastapi"),
    framework(word("starlette", "python"), "starlette"),
    framework(word("flask", "python"), "flask"),
    framework(word("django", "python"), "django"),
    framework(word("aiohttp", "python"), "aiohttp"),
    server(word("uvicorn", "python"), "uvicorn"),
    server(word("gunicorn", "python"), "gunicorn"),
    server(word("hypercorn", "python"), "hypercorn"),
    (NamePart::Word, KnownSoftware::of("celery", "python", Hint).kind(Etl)),
    word("golang", "go"),
    word("nodejs", "nodejs"),
    framework(word("nextjs", "nodejs"), "nextjs"),
    framework(word("nestjs", "nodejs"), "nestjs"),
    framework(word("springboot", "jvm"), "spring-boot"),
    framework(word("quarkus", "jvm"), "quarkus"),
    word("dotnet", "dotnet"),
    framework(word("aspnet", "dotnet"), "aspnetcore"),
    framework(word("rails", "ruby"), "rails"),
    framework(word("laravel", "php"), "laravel"),
    framework(last("gin", "go"), "gin"),
    framework(last("fiber", "go"), "fiber"),
    framework(last("echo", "go"), "echo"),
    last("py", "python"),
    last("go", "go"),
    last("java", "jvm"),
    last("ruby", "ruby"),
    last("php", "php"),
    last("rust", "rust"),
    kind("torch", MachineLearning),
    kind("pytorch", MachineLearning),
    kind("torchserve", MachineLearning),
    kind("tensorflow", MachineLearning),
    kind("transformers", MachineLearning),
    kind("huggingface", MachineLearning),
    kind("triton", MachineLearning),
    kind("tritonserver", MachineLearning),
    kind("vllm", MachineLearning),
    kind("sglang", MachineLearning),
    kind("sagemaker", MachineLearning),
    kind("ollama", MachineLearning),
    kind("onnx", MachineLearning),
    kind("onnxruntime", MachineLearning),
    kind("xgboost", MachineLearning),
    kind("sklearn", MachineLearning),
    kind("mlflow", MachineLearning),
    kind("kserve", MachineLearning),
    kind("seldon", MachineLearning),
    kind("bentoml", MachineLearning),
    kind("jupyter", MachineLearning),
    (NamePart::Image, KnownSoftware::of_kind("text-generation-inference", MachineLearning)),
    (NamePart::Image, KnownSoftware::of_kind("text-embeddings-inference", MachineLearning)),
    kind("pandas", Etl),
    kind("spark", Etl),
    kind("pyspark", Etl),
    kind("airflow", Etl),
    kind("dbt", Etl),
    kind("dagster", Etl),
    kind("prefect", Etl),
    kind("luigi", Etl),
    kind("flink", Etl),
    kind("nifi", Etl),
    kind("airbyte", Etl),
    kind("meltano", Etl),
    kind("debezium", Etl),
    kind("etl", Etl),
    kind("elt", Etl),
];
