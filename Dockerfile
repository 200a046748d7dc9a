# Our own images: `service` runs one of the services under a small supervisor, `console` holds the
# `lab` command. Everything else is an official image (docker-compose.yml).

# The services' packages, exactly as locked.
FROM python:3.11-slim-bookworm AS service-packages
COPY locks/services.lock /tmp/services.lock
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/services.lock

# Bytecode of the dependencies, where services look for it: they trust no other, and write none.
FROM service-packages AS bytecode
COPY stack /tmp/app/stack
RUN LAB_HOME=/lab PYTHONPATH=/tmp/app /opt/venv/bin/python -c \
    "from stack.home import Home; from stack.interpreter import fill_bytecode; fill_bytecode(Home.find().make())"

FROM python:3.11-slim-bookworm AS service
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
COPY --from=service-packages /opt/venv /opt/venv
COPY --from=bytecode /lab/cache/bytecode /lab/cache/bytecode
# What runs when no lab is in hand; a lab's own code is mounted. Nothing else of ours is in here.
COPY services /app/services
COPY stack/compose/supervisor.py /opt/supervisor.py
RUN mkdir -p /hands /lab/variants /lab/workspace && chmod 1777 /hands
USER 10002:10002
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-B", "/opt/supervisor.py"]

# The lab's packages on top of them.
FROM service-packages AS console-packages
COPY locks/run.lock /tmp/run.lock
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/run.lock

FROM python:3.11-slim-bookworm AS console
RUN apt-get update \
    && apt-get install -y --no-install-recommends git curl less postgresql-client redis-tools \
    && rm -rf /var/lib/apt/lists/*
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/app LAB_HOME=/lab LAB_RUNTIME=compose HOME=/tmp
COPY --from=console-packages /opt/venv /opt/venv
COPY --from=bytecode /lab/cache/bytecode /lab/cache/bytecode
COPY . /app
RUN printf '#!/bin/sh\nexec /opt/venv/bin/python -m labs "$@"\n' >/usr/local/bin/lab \
    && chmod 755 /usr/local/bin/lab \
    && PYTHONDONTWRITEBYTECODE= /opt/venv/bin/python -m compileall -q /app/labs /app/stack /app/chaos /app/loadtests \
    && mkdir -p /hands /lab/data /lab/variants /lab/workspace && chown -R 1000:1000 /lab && chmod 1777 /hands
WORKDIR /app
USER 1000:1000
STOPSIGNAL SIGTERM
CMD ["/opt/venv/bin/python", "-B", "-m", "stack.compose.console"]
