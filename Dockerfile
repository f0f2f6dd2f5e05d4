# The tagger as a container: `pumsa serve` on port 8000, or any other command of pumsa.
# docs/deploying.md says how to run it; .ci/container builds and tries it.
FROM python:3.13-slim AS build
WORKDIR /source
COPY setup.cfg setup.py pyproject.toml constraints.txt README.md LICENSE NOTICE ./
COPY LICENSES LICENSES
COPY corpora corpora
COPY tagger tagger
RUN python -m venv /opt/pumsa
RUN /opt/pumsa/bin/pip install --no-cache-dir -c constraints.txt '.[server]'
RUN /opt/pumsa/bin/pip uninstall -y pip && find /opt/pumsa -name tests -prune -exec rm -r {} +

FROM python:3.13-slim
COPY --from=build /opt/pumsa /opt/pumsa
ENV PATH=/opt/pumsa/bin:$PATH
USER nobody
WORKDIR /data
EXPOSE 8000
HEALTHCHECK --start-period=30s --timeout=5s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health')"]
ENTRYPOINT ["pumsa"]
CMD ["serve", "--host", "0.0.0.0"]
