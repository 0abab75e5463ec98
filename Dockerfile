# docker build -t heteroscope .        without PyTorch, which only the plain implementation and GPUs need
# docker build -t heteroscope --build-arg REQUIREMENTS=requirements.txt .
# docker run -p 8501:8501 -v heteroscope:/data --memory 2g heteroscope
FROM python:3.11-slim
ARG REQUIREMENTS=requirements-small.txt
RUN useradd --uid 1000 --create-home lab && install -d -o lab -g lab /app /data
WORKDIR /app
COPY requirements.txt requirements-small.txt ./
RUN pip install --no-cache-dir -r $REQUIREMENTS "psycopg[binary]>=3.2,<4"
COPY --chown=lab .streamlit .streamlit
COPY --chown=lab core core
COPY --chown=lab pages pages
COPY --chown=lab app.py ./
USER lab
ENV HOME=/home/lab PYTHONPATH=/app PYTHONUNBUFFERED=1 OMP_NUM_THREADS=1
ENV XDG_CACHE_HOME=/data HETEROSCOPE_STORE=sqlite:////data/runs.sqlite HETEROSCOPE_TABLES=/data/tables
ENV HETEROSCOPE_WORKER_MEMORY=1GB
# Compiles the fast code for processors like this one; on another it is compiled once more.
RUN python -c "from core import Experiment, train; train(Experiment.from_settings({'data.n': 100, 'training.steps': 1}))"
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=15s --start-period=90s CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8501/healthz', timeout=14)"]
CMD ["python", "-m", "streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=8501", "--server.headless=true"]
