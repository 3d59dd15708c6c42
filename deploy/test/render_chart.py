"""Lints and renders the Helm chart by Helm's own engine, and checks the objects against Kubernetes' schemas.

Arguments: the chart's folder, the Kubernetes version. Standard input: values as JSON. Standard output, as JSON: `refused`, why Helm
does not take the values, or `lint` and `schema` (what is wrong, as texts) and `objects`.
"""

import json
import sys

import helm_python as helm
import kubernetes_validate
import yaml


def problems_of(obj, version):
    try:
        kubernetes_validate.validate(obj, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{obj['kind']}: {error.message}"]
    return []


def render(folder, version, values):
    lint = helm.lint(folder, values, strict=True, kube_version=f"v{version}.0")
    with helm.Chart.load(folder) as chart:
        chart.validate_schema(values)
        files = chart.render(values, name="shop", namespace="prod")
    texts = [text for path, text in files.items() if path.endswith(".yaml")]
    objects = [obj for text in texts for obj in yaml.safe_load_all(text) if obj]
    # Severity 1 is advice.
    found = [f"{message['path']}: {message['error']}" for message in lint["messages"] if message["severity"] > 1]
    return {"lint": found, "schema": [problem for obj in objects for problem in problems_of(obj, version)], "objects": objects}


def main():
    folder, version = sys.argv[1:]
    try:
        answer = render(folder, version, json.load(sys.stdin))
    except helm.HelmError as error:
        answer = {"refused": str(error)}
    json.dump(answer, sys.stdout)


main()
