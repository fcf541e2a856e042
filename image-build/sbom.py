#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is in the image, as a CycloneDX 1.5 document on standard output.

    sbom.py PACKAGES.tsv dependencies.json VERSION ONNXRUNTIME

PACKAGES.tsv has a line per Debian package: name, version, architecture, source package. dependencies.json, from depthd's
package, names the Swift packages that were resolved for it and the C libraries inside it (scripts/dependencies.py). The last two
are the versions of depthd and of the ONNX Runtime in its package.
"""
import json
import os
import sys
import uuid
from datetime import datetime, timezone


def debian(line):
    name, version, architecture, source = line.rstrip("\n").split("\t")
    purl = f"pkg:deb/debian/{name}@{version}?arch={architecture}"
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
            "properties": [{"name": "debian:source", "value": source}]}


def swift(package):
    location, version = package["location"].removeprefix("https://"), package["version"]
    purl = f"pkg:swift/{location}@{version}"
    return {"type": "library", "bom-ref": purl, "name": package["name"], "version": version, "purl": purl,
            "hashes": [{"alg": "SHA-1", "content": package["revision"]}]}


def inside(library):
    """A C library that was linked into depthd."""
    purl = f"pkg:generic/{library['name']}@{library['version']}"
    return {"type": "library", "bom-ref": purl, "name": library["name"], "version": library["version"], "purl": purl}


def onnxruntime(version):
    purl = f"pkg:pypi/onnxruntime@{version}"
    return {"type": "library", "bom-ref": purl, "name": "onnxruntime", "version": version, "purl": purl}


def document(packages, dependencies, version, runtime):
    with open(packages, encoding="utf-8") as lines:
        components = [debian(line) for line in lines]
    with open(dependencies, encoding="utf-8") as file:
        made_of = json.load(file)
    components += [swift(package) for package in made_of["packages"]] + [inside(library) for library in made_of["libraries"]]
    components.append(onnxruntime(runtime))
    made = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    references = " ".join(component["bom-ref"] for component in components)
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
            "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, references)}",
            "metadata": {"timestamp": made,
                         "component": {"type": "operating-system", "name": "depthd", "version": version}},
            "components": components}


if __name__ == "__main__":
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    json.dump(document(*sys.argv[1:]), sys.stdout, indent=1)
    print()
