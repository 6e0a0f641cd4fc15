"""The files for clusters, held to what their readers demand. No cluster is there to try them on."""

from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from deploy.cluster.kuberay import ray_service

ROOT = Path(__file__).parents[2]


def test_kuberay_gets_the_one_config_file_with_its_own_cores() -> None:
    service = ray_service("registry.example/kit", cores=8)
    config = yaml.safe_load((ROOT / "deploy" / "serve" / "config.yaml").read_text(encoding="utf-8"))

    served = yaml.safe_load(service["spec"]["serveConfigV2"])

    chat = served["applications"][0]["deployments"][1]
    assert chat["ray_actor_options"]["num_cpus"] == 8
    assert chat["ray_actor_options"]["runtime_env"]["env_vars"]["THREADS"] == "8"
    assert served["http_options"]["host"] == "0.0.0.0"
    assert (
        chat["request_router_config"] == config["applications"][0]["deployments"][1]["request_router_config"]
    )
    cluster = service["spec"]["rayClusterConfig"]
    images = {
        group["template"]["spec"]["containers"][0]["image"]
        for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"])
    }
    assert images == {"registry.example/kit"}


def test_the_service_of_kubernetes_is_the_port_that_serve_listens_on() -> None:
    service = ray_service("registry.example/kit", cores=4)
    [head] = service["spec"]["rayClusterConfig"]["headGroupSpec"]["template"]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in head["ports"]}

    assert ports["serve"] == yaml.safe_load(service["spec"]["serveConfigV2"])["http_options"]["port"]


def test_every_file_names_one_version_of_ray() -> None:
    service = ray_service("registry.example/kit", cores=4)
    dockerfile = (ROOT / "deploy" / "cluster" / "Dockerfile").read_text(encoding="utf-8")

    assert f"FROM rayproject/ray:{service['spec']['rayClusterConfig']['rayVersion']}-" in dockerfile


@pytest.mark.filterwarnings("ignore")  # Ray's own
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
def test_ray_reads_the_config_file() -> None:
    from ray.serve.schema import ServeDeploySchema

    for host in ("config", "kuberay"):
        text = (ROOT / "deploy" / "serve" / "config.yaml").read_text(encoding="utf-8")
        if host == "kuberay":
            text = ray_service("registry.example/kit", cores=4)["spec"]["serveConfigV2"]
        assert ServeDeploySchema.model_validate(yaml.safe_load(text)).applications[0].name == "kit"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
def test_ray_up_reads_the_file_for_machines() -> None:
    from ray.autoscaler._private.util import prepare_config, validate_config

    file = ROOT / "deploy" / "cluster" / "machines.yaml"
    config = yaml.safe_load(file.read_text(encoding="utf-8"))

    validate_config(prepare_config(config))
