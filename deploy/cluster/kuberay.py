"""KubeRay's RayService with deploy/serve/config.yaml in it: python -m deploy.cluster.kuberay | kubectl apply -f -"""

import argparse
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
CONFIG = HERE.parent / "serve" / "config.yaml"


def ray_service(image: str, cores: int) -> dict[str, Any]:
    """The one config file, opened to the cluster, each copy of the chat model with so many cores."""
    service: dict[str, Any] = yaml.safe_load((HERE / "kuberay.yaml").read_text(encoding="utf-8"))
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    config["http_options"]["host"] = "0.0.0.0"
    for deployment in config["applications"][0]["deployments"]:
        if deployment["name"] == "Chat":
            deployment["ray_actor_options"]["num_cpus"] = cores
            deployment["ray_actor_options"]["runtime_env"]["env_vars"]["THREADS"] = str(cores)
    service["spec"]["serveConfigV2"] = yaml.safe_dump(config, sort_keys=False)
    cluster = service["spec"]["rayClusterConfig"]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        group["template"]["spec"]["containers"][0]["image"] = image
    return service


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--image", required=True, help="of deploy/cluster/Dockerfile 由 deploy/cluster/Dockerfile 构建的镜像"
    )
    options.add_argument(
        "--cores", type=int, default=4, help="of each copy of the chat model 每个聊天模型副本的核心数"
    )
    asked = options.parse_args()
    print(yaml.safe_dump(ray_service(asked.image, asked.cores), sort_keys=False), end="")
