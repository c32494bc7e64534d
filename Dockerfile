# capmodel and nothing else: no shell, no C library, not root. For amd64 and arm64:
#
#   docker buildx build --platform linux/amd64,linux/arm64 --tag registry.example.com/capmodel:0.1.0 --push .
#
# tests/kit/image.sh makes the same image without a container engine.
FROM rust:1-bookworm AS build
WORKDIR /src
COPY . .
# A target that is named, so that the flags are not those of build scripts and macros.
RUN target="$(uname -m)-unknown-linux-gnu" \
 && RUSTFLAGS="-C target-feature=+crt-static" cargo build --release --locked --features buckets --bin capmodel --target "$target" \
 && install -D "target/$target/release/capmodel" /out/capmodel \
 && install -d -m 1777 /out/tmp

FROM scratch
COPY --from=build /out/ /
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
USER 65532:65532
ENTRYPOINT ["/capmodel"]
