# The production image:  docker build -t glossator .
# A demo that needs no secret:  docker build -t glossator-demo --build-arg EXTRAS=embedded .
ARG EXTRAS=none

FROM python:3.13-slim AS builder
WORKDIR /build
RUN python -m venv --without-pip /opt/glossator
COPY requirements-build.lock ./
RUN pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r requirements-build.lock

FROM builder AS libraries-none
COPY requirements-image.lock ./
RUN pip --python /opt/glossator/bin/python install --no-cache-dir --require-hashes --no-deps --only-binary :all: \
    -r requirements-image.lock

FROM builder AS libraries-embedded
COPY requirements.lock ./
RUN pip --python /opt/glossator/bin/python install --no-cache-dir --require-hashes --no-deps --only-binary :all: \
    -r requirements.lock

# Our own code changes most often, so it comes last and a new version does not reinstall the libraries.
# The test suites that come with libraries are removed.
FROM libraries-${EXTRAS:-none} AS installed
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY plugins plugins
RUN pip wheel --no-cache-dir --no-index --no-deps --no-build-isolation --wheel-dir dist . \
    && pip --python /opt/glossator/bin/python install --no-cache-dir --no-index --no-deps dist/*.whl \
    && find /opt/glossator -type d -name tests -prune -exec rm -r {} +

FROM python:3.13-slim AS runtime-none
# The base image contains no bytecode, and a read-only container would compile the standard library at every start.
RUN useradd --create-home --uid 1000 glossator \
    && python -m compileall -q -x '/(ensurepip|idlelib|site-packages|tkinter|turtledemo)/' /usr/local/lib/python3.13
ENV PATH=/opt/glossator/bin:$PATH \
    HOME=/home/glossator \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PORT=7860 \
    SERVER__HOST=0.0.0.0 \
    DATA_PATH=/tmp/glossator
WORKDIR /app
COPY --chown=glossator:glossator settings.toml ./

FROM runtime-none AS runtime-embedded
ENV GLOSSATOR_ENV=embedded \
    INGEST_ON_START=1
COPY --chown=glossator:glossator sample-book sample-book

FROM runtime-${EXTRAS:-none}
COPY --from=installed /opt/glossator /opt/glossator
USER glossator
EXPOSE 7860
# urllib would use a proxy from the environment, even for our own port.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); c.request('GET', '/health'); sys.exit(c.getresponse().status != 200)"]
# Our own entry point keeps our exit codes: the hypercorn command exits with 0 when startup fails.
CMD ["python", "-m", "glossator", "serve"]
