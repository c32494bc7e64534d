# Recipes for contributors. `just --list` prints them; CONTRIBUTING.md says when to use which.

# What must pass before a commit: format, lints, the offline build, the quick tests.
check:
    cargo fmt --check
    cargo clippy --locked --all-targets --all-features -- -D warnings
    cargo check --locked --no-default-features
    cargo test --locked --features buckets --lib --test offline

# The quick tests: Rust alone, no network.
test *ARGS:
    cargo test --locked --features buckets --lib --test offline -- {{ARGS}}

# The tests that start a real API server, Prometheus, Helm, S3 and node. The first run builds them.
live *ARGS:
    cargo test --locked --features buckets --test live -- {{ARGS}}

# Rewrites the pinned screens and documents after a change of words or keys on purpose. Read the diff before you commit it.
snap:
    TRYCMD=overwrite INSTA_UPDATE=always cargo test --locked --features buckets --test offline

# The benchmarks of the README and of docs/trust.md.
bench:
    cargo bench --locked --bench estimate -- --quick
    cargo bench --locked --bench packing
    cargo bench --locked --bench snapshot

# Makes the price tables from copies of their public sources; tools/prices/README.md says which.
prices SOURCES:
    python3 tools/prices/build.py --sources {{SOURCES}} --out profiles/prices

# Measures the services of tools/bench under CPU quotas, as root on a machine that does nothing else; `just measure --list` says what.
measure *ARGS:
    tools/bench/run {{ARGS}}

# The model beside what was measured.
measured:
    cargo test --locked --features buckets --test offline -- measured --nocapture

# Everything that continuous integration runs.
ci:
    bash .ci/run
