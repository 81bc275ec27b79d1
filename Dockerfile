# Two stages: the first builds a virtual environment, the second has nothing but it.
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /venv
COPY pyproject.toml constraints.txt README.md CHANGELOG.md ./
COPY domain domain
COPY projections projections
COPY adapters adapters
COPY orgledger orgledger
RUN /venv/bin/pip install --no-cache-dir -c constraints.txt .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --create-home --home-dir /ledger ledger \
    && install --directory --owner ledger --mode 700 /ledger/.orgledger
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
USER ledger
WORKDIR /ledger
VOLUME /ledger/.orgledger
ENTRYPOINT ["orgledger"]
CMD ["--help"]
