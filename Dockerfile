# altmount in a container: `docker compose up` beside docker-compose.yml, or
#   docker build -t altmount .
#   docker run -p 8080:8080 -v ./config:/config -v ./metadata:/metadata altmount

FROM python:3.11-slim AS build

RUN python -m venv /opt/altmount
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY altmount altmount
RUN /opt/altmount/bin/pip install --no-cache-dir --disable-pip-version-check ".[postgresql]"

FROM python:3.11-slim

LABEL org.opencontainers.image.title="altmount" \
      org.opencontainers.image.licenses="GPL-3.0-or-later"

# pg_dump: without it no database of PostgreSQL is migrated, for no copy of it can be kept.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/*

COPY --from=build /opt/altmount /opt/altmount
COPY --chmod=755 docker/entrypoint /usr/local/bin/entrypoint
ENV PATH=/opt/altmount/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PUID=1000 \
    PGID=1000

# /config: config.yaml, the database and the log. /metadata: the library (metadata.root_path).
VOLUME ["/config", "/metadata"]
WORKDIR /config
EXPOSE 8080

# Straight to this container, whatever proxy the environment names.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:' + os.environ.get('PORT', '8080') + '/live', timeout=5)"]

ENTRYPOINT ["entrypoint"]
CMD ["altmount", "serve", "--config", "/config/config.yaml"]
