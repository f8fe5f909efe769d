# Kneecoach as one image: web, worker, and the one-shot command that prepares the database. Built by docker-compose.yml.

# In front of web. The base image belongs to root; here two folders belong to the user that it runs as, and a new volume
# takes that over.
FROM caddy:2 AS caddy
RUN mkdir -p /caddy/data /caddy/config && chown -R 10002:10002 /caddy
ENV XDG_DATA_HOME=/caddy/data XDG_CONFIG_HOME=/caddy/config
USER 10002:10002
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]


FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /app
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH

# For a network with its own package index or its own certificates; both may stay empty (docs/hosting.md).
# Nothing of either reaches the final image.
ARG PIP_INDEX_URL=
COPY requirements.txt ./
RUN --mount=type=secret,id=build_ca \
    if [ -s /run/secrets/build_ca ]; then export PIP_CERT=/run/secrets/build_ca; fi; \
    pip install --require-hashes --no-deps --only-binary :all: -r requirements.txt

COPY . .
# The settings want values; these serve for this one command and are real nowhere.
RUN SECRET_KEY=for-collectstatic-only-never-a-real-key DATABASE_URL=postgresql://nobody@localhost/none \
    python manage.py collectstatic --noinput --verbosity 0 \
 && python -m compileall -q . \
 && chmod -R a+rX,go-w .


FROM python:3.13-slim
# What PDFs are drawn with, and fonts with Latin, Greek and Cyrillic letters (kneecoach/pdf.py).
RUN apt-get update --quiet=2 \
 && apt-get install --yes --quiet=2 --no-install-recommends \
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/*
ENV PATH=/venv/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
COPY --from=build /venv /venv
COPY --from=build /app /app
# A new volume takes over whose folder it is (docker-compose.yml, migrate).
RUN install -d -o 10001 -g 10001 -m 750 /erasures && install -d -o 10001 -g 10001 -m 700 /assets
WORKDIR /app
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["python", "deploy/healthcheck.py"]
CMD ["python", "deploy/start.py"]
