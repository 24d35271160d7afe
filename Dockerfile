# The image of axisync. It is built with the commit and version of the clone:
#
#   make image            (which passes VERSION, COMMIT and DATE)
#
# DuckDB is linked as C++ archives for glibc: an image of musl (Alpine) or an empty one
# cannot run it. Both stages are the same Debian, so that the program never asks for a
# newer libc than the image has. It runs as nobody in particular, on a root file system
# that is read-only, and writes to /state and /snapshots alone:
#
#   docker run --rm --read-only --env-file secrets.env \
#     -v ./pipelines:/pipelines:ro -v axisync-state:/state -v axisync-snapshots:/snapshots \
#     axisync run /pipelines/daily.yaml --state /state
#
# The tests of packaging/ read this file, run the commands of its first stage by hand in a
# folder that holds what .dockerignore lets in, and run that program as user 65532 where only
# its state can be written. No daemon takes part in them: the second stage is only read.

FROM golang:1.26-trixie AS build
WORKDIR /src
COPY . .
ARG VERSION=dev
ARG COMMIT=
ARG DATE=
ENV CGO_ENABLED=1 GOFLAGS=-tags=duckdb_arrow GOTOOLCHAIN=local
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=${VERSION} -X main.commit=${COMMIT} -X main.date=${DATE}" -o /out/axisync ./cmd/axisync \
    && cd packaging && go run . notices /out/THIRD-PARTY-LICENCES.txt

FROM debian:trixie-slim
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates libgcc-s1 libstdc++6 tzdata \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log \
    && install -d -o 65532 -g 65532 -m 0700 /state /snapshots
COPY LICENSE /usr/share/doc/axisync/
COPY --from=build /out/THIRD-PARTY-LICENCES.txt /usr/share/doc/axisync/
COPY --from=build /out/axisync /usr/local/bin/axisync
ARG VERSION=dev
ARG COMMIT=
LABEL org.opencontainers.image.title=axisync \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${COMMIT} \
      org.opencontainers.image.licenses=Apache-2.0
VOLUME ["/state", "/snapshots"]
USER 65532:65532
WORKDIR /state
ENTRYPOINT ["axisync"]
CMD ["help"]
