#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is in the image, as a CycloneDX 1.5 document on standard output.

    sbom.py PACKAGES.tsv Package.resolved VERSION ONNXRUNTIME

PACKAGES.tsv has a line per Debian package: name, version, architecture, source package. Package.resolved names the Swift
packages that are linked into depthd. The last two are the versions of depthd and of the ONNX Runtime in its package.
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


def swift(pin):
    location = pin["location"].removesuffix(".git").removeprefix("https://")
    state = pin["state"]
    version = state.get("version", state["revision"])
    purl = f"pkg:swift/{location}@{version}"
    return {"type": "library", "bom-ref": purl, "name": pin["identity"], "version": version, "purl": purl,
            "hashes": [{"alg": "SHA-1", "content": state["revision"]}]}


def onnxruntime(version):
    purl = f"pkg:pypi/onnxruntime@{version}"
    return {"type": "library", "bom-ref": purl, "name": "onnxruntime", "version": version, "purl": purl}


def document(packages, resolved, version, runtime):
    with open(packages, encoding="utf-8") as lines:
        components = [debian(line) for line in lines]
    with open(resolved, encoding="utf-8") as file:
        components += [swift(pin) for pin in json.load(file)["pins"]]
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
