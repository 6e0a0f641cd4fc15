"""Every instruction of the Dockerfile in a clean Debian, without Docker: python deploy/docker/rehearse.py FOLDER

For Linux, as root, with debootstrap. The folder becomes the container's root; a second run keeps its Debian.
What it cannot show: layers, volumes, the base image's own Python, networks between containers.
"""

import argparse
import fnmatch
import io
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

from dockerfile_parse import DockerfileParser

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# What python:3.13-slim is made of.
DEBIAN, PACKAGES = "trixie", "ca-certificates,python3,python3-venv"
READY_SECONDS = 300


class Container:
    """A folder as a root, with the user, the folder and the variables that the instructions so far have set."""

    def __init__(self, root: Path) -> None:
        self.root, self.user, self.folder = root, "root", "/"
        network = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
        index = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        self.variables = (
            network | index | {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
        )

    def inside(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def start(self, command: str, user: str = "") -> subprocess.Popen[bytes]:
        user = user or self.user
        home = "/root" if user == "root" else f"/home/{user}"
        enter = ["chroot", f"--userspec={user}:{user}", str(self.root)]
        return subprocess.Popen(
            [*enter, "/bin/sh", "-c", f"cd {self.folder} && {command}"], env=self.variables | {"HOME": home}
        )

    def run(self, command: str, user: str = "") -> int:
        return self.start(command, user).wait()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--port", default="8080", help="in the place of 8080, where that is taken")
    arguments.add_argument("--models", type=Path, help="a folder of models, so that none is downloaded")
    arguments.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="as docker run -e does"
    )
    arguments.add_argument("--command", help="in the place of CMD, as compose.yaml has for the agents")
    given = arguments.parse_args()
    container = Container(given.folder.resolve())
    _debian(container)
    proc = container.inside("/proc")
    subprocess.run(["mount", "-t", "proc", "proc", proc], check=True)
    try:
        _build_and_serve(container, given)
    finally:
        subprocess.run(["umount", "--lazy", proc], check=True)


def _build_and_serve(container: Container, given: argparse.Namespace) -> None:
    text = (HERE / "Dockerfile").read_text(encoding="utf-8").replace("8080", given.port)
    healthcheck = command = ""
    for step in DockerfileParser(fileobj=io.BytesIO(text.encode())).structure:
        kind, value = step["instruction"], step["value"]
        if kind != "COMMENT":
            print(f"== {kind} {value}", flush=True)
        match kind:
            case "ENV" | "ARG":
                _set(container, value)
            case "WORKDIR":
                container.folder = value
                container.inside(value).mkdir(exist_ok=True)
            case "USER":
                container.user = value
            case "COPY":
                _copy(container.inside(value.split()[-1]))
            case "RUN":
                if code := container.run(value):
                    raise SystemExit(f"RUN ended with {code}: {value}")
            case "HEALTHCHECK":
                healthcheck = _shell(value[value.index("CMD") + 3 :])
            case "CMD":
                command = f"exec {given.command}" if given.command else _shell(value)
    if given.models:
        shutil.copytree(given.models, container.inside("/models"), dirs_exist_ok=True)
        container.run("chown -R kit /models", user="root")
    container.variables |= dict(pair.split("=", 1) for pair in given.set)
    _serve(container, command, healthcheck)


def _debian(container: Container) -> None:
    if not container.inside("/usr/bin/python3").exists():
        create = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", DEBIAN, str(container.root)]
        subprocess.run(create, check=True)
    if not container.inside("/usr/local/bin/python").exists():
        container.run("python3 -m venv /usr/local")  # `python` and `pip`, as the base image has them
    for file in ("/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt"):
        shutil.copy(file, container.inside(file))
    # Another build of the image begins without what the last one made.
    for made in ("app", "data", "home/kit"):
        shutil.rmtree(container.inside(made), ignore_errors=True)
    container.run("userdel kit 2>/dev/null; rm -rf /models")


def _set(container: Container, value: str) -> None:
    for pair in value.split():
        name, _, text = pair.partition("=")
        # An argument that the builder did not give has its default, unless that is empty.
        if stripped := text.strip('"'):
            container.variables[name] = stripped


def _copy(target: Path) -> None:
    """The files of git but those of .dockerignore, which names folders and endings."""
    lines = (HERE / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    kept = [line[1:] for line in lines if line.startswith("!")]
    left_out = [line.removeprefix("**/") for line in lines if not line.startswith("!")]
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, encoding="utf-8"
    )
    for file in filter(None, listed.stdout.split("\0")):
        first = Path(file).parts[0]
        if file in kept or not any(fnmatch.fnmatch(first, pattern) for pattern in left_out):
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, target / file)


def _shell(form: str) -> str:
    return "exec " + " ".join(f"'{word}'" for word in json.loads(form))


def _serve(container: Container, command: str, healthcheck: str) -> None:
    """Run CMD until HEALTHCHECK is content, then end it as `docker stop` would."""
    began = time.monotonic()
    process = container.start(command)
    try:
        while container.run(healthcheck):
            if process.poll() is not None or time.monotonic() - began > READY_SECONDS:
                raise SystemExit(
                    f"not healthy after {time.monotonic() - began:.0f} s, exit code {process.poll()}"
                )
            time.sleep(2)
        print(f"== healthy after {time.monotonic() - began:.0f} s", flush=True)
    finally:
        process.terminate()
        print(f"== stopped, exit code {process.wait(60)}")


if __name__ == "__main__":
    main()
