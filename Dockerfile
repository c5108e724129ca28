# syntax=docker/dockerfile:1
# One image for server, worker and migrate: a static binary on an empty, non-root base. No shell, no package manager.
# Not built by the project's own tests (they have no container engine); deploy/composecheck parses it with BuildKit's
# parser and e2e/compose runs the same binary with the same settings as plain processes.

FROM --platform=$BUILDPLATFORM node:24.21.0-bookworm-slim AS ui
WORKDIR /src/ui
COPY ui/package.json ui/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY ui/ ./
RUN npm run build

FROM --platform=$BUILDPLATFORM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
COPY --from=ui /src/ui/dist/ ui/dist/
ARG TARGETOS=linux
ARG TARGETARCH
ENV CGO_ENABLED=0
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags "-s -w" -o /out/sojourn ./cmd/sojourn

# Certificates for TLS, an unprivileged user and nothing else. Time zones are compiled into the binary.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/sojourn /usr/local/bin/sojourn
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=6 CMD ["/usr/local/bin/sojourn", "health"]
ENTRYPOINT ["/usr/local/bin/sojourn"]
CMD ["server"]
