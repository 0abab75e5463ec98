"""The files of `deploy/`: what they name is here, and what a host relies on is in them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from core.host import HOST
from tests.core.runs.test_scheduler_elsewhere import ROOT

DEPLOY = ROOT / "deploy"
PATHS = {"/readyz", "/healthz", "/_stcore/health"}
DOCUMENTS: list[dict[str, Any]] = [
    document
    for file in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    for document in yaml.safe_load_all(file.read_text(encoding="utf-8"))
]


def named(kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in DOCUMENTS if each["kind"] == kind}


WORKLOADS = named("Deployment") | named("StatefulSet")


def container(name: str) -> dict[str, Any]:
    (found,) = WORKLOADS[name]["spec"]["template"]["spec"]["containers"]
    return dict(found)


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_workload_selects_its_own_pods_and_is_bounded(name: str) -> None:
    spec, held = WORKLOADS[name]["spec"], container(name)
    assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
    assert {"memory"} <= set(held["resources"]["limits"])
    volumes = {volume["name"] for volume in spec["template"]["spec"].get("volumes", ())}
    volumes |= {volume["metadata"]["name"] for volume in spec.get("volumeClaimTemplates", ())}
    assert {mount["name"] for mount in held["volumeMounts"]} == volumes
    for variable in held.get("env", ()):
        assert "PASSWORD" not in variable["name"] or set(variable) == {"name", "valueFrom"}
    if not held["image"].startswith("postgres"):
        assert spec["template"]["spec"]["securityContext"]["runAsUser"] == 1000
        assert held["securityContext"]["readOnlyRootFilesystem"]
        assert not spec["template"]["spec"]["enableServiceLinks"]  # variables of this prefix that are no settings


def test_services_reach_pods_at_ports_that_they_open() -> None:
    for name, service in named("Service").items():
        (port,) = service["spec"]["ports"]
        pods = [
            each
            for each in WORKLOADS.values()
            if each["spec"]["selector"]["matchLabels"] == service["spec"]["selector"]
        ]
        assert [each["metadata"]["name"] for each in pods] == [name]
        assert {"containerPort": port["targetPort"]} in container(name)["ports"]
    settings = named("ConfigMap")["heteroscope"]["data"]
    assert settings["DASK_SCHEDULER_ADDRESS"] == "tcp://heteroscope-scheduler:8786"
    assert "@heteroscope-postgres/" in settings["HETEROSCOPE_STORE"]
    known = {row.variable for row in HOST.values()}
    assert {name for name in settings if name.startswith("HETEROSCOPE_")} <= known


def test_apps_are_asked_whether_they_are_ready_and_keep_their_visitors() -> None:
    app = container("heteroscope-app")
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert app[probe]["httpGet"]["path"] in PATHS
        assert app[probe]["httpGet"]["port"] == 8501
    ingress = named("Ingress")["heteroscope"]
    assert ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/affinity"] == "cookie"
    (rule,) = ingress["spec"]["rules"]
    backend = rule["http"]["paths"][0]["backend"]["service"]
    assert backend["name"] in named("Service")
    assert ingress["spec"]["tls"][0]["hosts"] == [rule["host"]]


def test_the_unit_starts_what_is_here() -> None:
    lines = (DEPLOY / "heteroscope.service").read_text(encoding="utf-8").splitlines()
    unit = [line.partition("=") for line in lines if "=" in line and not line.startswith("#")]
    (starts,) = (value for name, _, value in unit if name == "ExecStart")
    (waits,) = (value for name, _, value in unit if name == "ExecStartPost")
    assert "streamlit run app.py --server.address 127.0.0.1" in starts
    assert (ROOT / waits.split()[1]).is_file()
    host = {value.partition("=")[0] for name, _, value in unit if name == "Environment"}
    assert {name for name in host if name.startswith("HETEROSCOPE_")} <= {row.variable for row in HOST.values()}


@pytest.mark.parametrize("file", sorted(DEPLOY.glob("*.conf")), ids=lambda file: file.name)
def test_a_proxy_passes_websockets_on_and_keeps_the_numbers_to_itself(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert "proxy_set_header Upgrade $http_upgrade;" in text
    assert "proxy_set_header X-Forwarded-For" in text
    assert "/metrics { return 404; }" in text
    assert text.count("{") == text.count("}")
