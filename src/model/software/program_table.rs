//! The table of well-known programs.

use super::known_software::{Kind, KnownSoftware, Strength};

use Kind::{Etl, Infrastructure, MachineLearning};
use Strength::Good;

const fn of(name: &'static str, language: &'static str) -> KnownSoftware {
    KnownSoftware::of(name, language, Good)
}

const fn infrastructure(name: &'static str, language: &'static str) -> KnownSoftware {
    of(name, language).kind(Infrastructure)
}

/// Interpreters, servers and tools by the names of their executables or modules.
pub(super) const PROGRAMS: &[KnownSoftware] = &[
    of("python", "python"),
    of("python3", "python"),
    of("pypy3", "python"),
    of("uvicorn", "python").server("uvicorn"),
    of("gunicorn", "python").server("gunicorn"),
    of("hypercorn", "python").server("hypercorn"),
    of("daphne", "python").server("daphne"),
    of("granian", "python").server("granian"),
    of("uwsgi", "python").server("uwsgi"),
    of("waitress-serve", "python").server("waitress"),
    of("fastapi", "python").framework("fastapi"),
    of("flask", "python").framework("flask"),
    of("django-admin", "python").framework("django"),
    of("manage.py", "python").framework("django"),
    of("litestar", "python").framework("litestar"),
    of("streamlit", "python").framework("streamlit"),
    of("celery", "python").kind(Etl),
    of("rq", "python").kind(Etl),
    of("airflow", "python").kind(Etl),
    of("dbt", "python").kind(Etl),
    of("dagster", "python").kind(Etl),
    of("prefect", "python").kind(Etl),
    of("luigi", "python").kind(Etl),
    of("meltano", "python").kind(Etl),
    of("spark-submit", "jvm").kind(Etl),
    of("jupyter", "python").kind(MachineLearning),
    of("mlflow", "python").kind(MachineLearning),
    of("torchrun", "python").kind(MachineLearning),
    of("torch", "python").kind(MachineLearning),
    of("torchserve", "jvm").kind(MachineLearning),
    of("accelerate", "python").kind(MachineLearning),
    of("deepspeed", "python").kind(MachineLearning),
    of("transformers", "python").kind(MachineLearning),
    of("vllm", "python").kind(MachineLearning),
    of("sglang", "python").kind(MachineLearning),
    of("bentoml", "python").kind(MachineLearning),
    of("tritonserver", "cpp").kind(MachineLearning),
    of("tensorflow_model_server", "cpp").kind(MachineLearning),
    of("text-generation-launcher", "rust").kind(MachineLearning),
    of("ollama", "go").kind(MachineLearning),
    of("go", "go"),
    of("node", "nodejs"),
    of("npm", "nodejs"),
    of("yarn", "nodejs"),
    of("pnpm", "nodejs"),
    of("next", "nodejs").framework("nextjs"),
    of("nest", "nodejs").framework("nestjs"),
    of("pm2-runtime", "nodejs"),
    of("ts-node", "nodejs"),
    of("java", "jvm"),
    of("catalina.sh", "jvm"),
    of("dotnet", "dotnet"),
    of("ruby", "ruby"),
    of("puma", "ruby").server("puma"),
    of("unicorn", "ruby").server("unicorn"),
    of("rails", "ruby").framework("rails"),
    of("rackup", "ruby"),
    of("sidekiq", "ruby").kind(Etl),
    of("php", "php"),
    of("php-fpm", "php").server("php-fpm"),
    of("apache2-foreground", "php"),
    of("frankenphp", "php").server("frankenphp"),
    of("beam.smp", "erlang"),
    of("mix", "erlang"),
    infrastructure("nginx", "c"),
    infrastructure("httpd", "c"),
    infrastructure("haproxy", "c"),
    infrastructure("envoy", "cpp"),
    infrastructure("traefik", "go"),
    infrastructure("caddy", "go"),
    infrastructure("postgres", "c"),
    infrastructure("pgbouncer", "c"),
    infrastructure("mysqld", "cpp"),
    infrastructure("mongod", "cpp"),
    infrastructure("redis-server", "c"),
    infrastructure("valkey-server", "c"),
    infrastructure("memcached", "c"),
    infrastructure("rabbitmq-server", "erlang"),
    infrastructure("kafka-server-start.sh", "jvm"),
    infrastructure("etcd", "go"),
    infrastructure("coredns", "go"),
    infrastructure("kube-apiserver", "go"),
    infrastructure("kube-controller-manager", "go"),
    infrastructure("kube-scheduler", "go"),
    infrastructure("kube-proxy", "go"),
    infrastructure("fluent-bit", "c"),
];

/// Programs that start another one, and the program in the table that they identify themselves.
pub(super) const STARTERS: &[(&str, Option<&str>)] = &[
    ("tini", None),
    ("dumb-init", None),
    ("catatonit", None),
    ("env", None),
    ("exec", None),
    ("nice", None),
    ("nohup", None),
    ("docker-entrypoint.sh", None),
    ("newrelic-admin", Some("python")),
    ("ddtrace-run", Some("python")),
    ("opentelemetry-instrument", Some("python")),
    ("poetry", Some("python")),
    ("pipenv", Some("python")),
    ("pdm", Some("python")),
    ("uv", Some("python")),
    ("bundle", Some("ruby")),
    ("npx", Some("node")),
];

/// The subcommands with which some of these start a program.
pub(super) const START_VERBS: &[&str] = &["run", "run-program"];
