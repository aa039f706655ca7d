# One image; the command chooses the program: serve, work, schedule, migrate.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.lock .
RUN pip download --quiet --require-hashes --no-deps --dest /wheels --requirement requirements.lock
COPY . .
# From these wheels alone, so every version is the locked one, and of them only what the program needs.
RUN python -m venv /opt/foyer && /opt/foyer/bin/pip install --quiet --no-index --find-links /wheels ".[s3]"

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home foyer
COPY --from=build /opt/foyer /opt/foyer
ENV PATH=/opt/foyer/bin:$PATH PYTHONUNBUFFERED=1 FOYER_HOST=0.0.0.0
WORKDIR /tmp
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["foyer"]
CMD ["serve"]
