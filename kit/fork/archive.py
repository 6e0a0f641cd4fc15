"""One archive of a project, with a manifest of what is in it."""

import hashlib
import json
import platform
import zipfile
from datetime import datetime
from pathlib import Path

from kit.doctor.finding import Finding
from kit.fork import tree

MANIFEST = "MANIFEST.json"


def write(target: Path, root: Path, files: list[str], name: str, findings: list[Finding]) -> None:
    """Everything in a folder of the project's name, so that unpacking spills nothing."""
    manifest = {
        "name": name,
        "commit": tree.commit(root) + (" with changes" if tree.changed(root)[0] else ""),
        "packed": datetime.now().astimezone().isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "checks": [{"check": finding.code, "found": finding.en} for finding in findings],
        "files": {file: _entry(root / file) for file in files},
    }
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        archive.writestr(f"{name}/{MANIFEST}", json.dumps(manifest, ensure_ascii=False, indent=1))
        for file in files:
            archive.write(root / file, f"{name}/{file}")


def _entry(path: Path) -> dict[str, object]:
    data = path.read_bytes()
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
