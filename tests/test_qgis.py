"""The QGIS project beside the GeoPackage: as it is written, and as QGIS itself opens it."""

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pyogrio
import pytest
from PIL import Image
from test_reports import published, tables  # noqa: F401 (fixtures)

from catchment.reports.qgis_project import TREE

LOOK = Path(__file__).parent / "qgis_look.py"
PYTHON = "/usr/bin/python3"


def project_of(folder: Path) -> ET.Element:
    with zipfile.ZipFile(folder / "study.qgz") as archive:
        assert archive.namelist() == ["study.qgs"]
        return ET.fromstring(archive.read("study.qgs"))


def test_every_layer_of_the_geopackage_is_in_the_project(published):  # noqa: F811
    project = project_of(published)
    layers = {name for name, _ in pyogrio.list_layers(published / "study.gpkg") if name != "layer_styles"}
    leaves = list(project.iter("layer-tree-layer"))
    assert {leaf.get("source") for leaf in leaves} == {f"./study.gpkg|layername={name}" for name in layers}
    order = [leaf.get("id").removeprefix("catchment_") for leaf in leaves]
    assert order == [name for name in TREE if name in layers]
    described = {layer.findtext("id"): layer for layer in project.iter("maplayer")}
    assert list(described) == [leaf.get("id") for leaf in leaves]
    assert all(len(name) > 10 for name in described), "QGIS would give it another id"
    for name, layer in described.items():
        assert layer.find("renderer-v2") is not None, name
        assert layer.findtext("srs/spatialrefsys/authid") == "EPSG:4546"
    assert next(group.get("name") for group in project.find("layer-tree-group")) == "学校"


def with_qgis() -> None:
    """QGIS's Python, from Debian's packages where that can be."""
    if subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True, check=False).returncode == 0:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.skip("QGIS is not here; install Debian's package python3-qgis")
    quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "capture_output": True, "text": True}
    subprocess.run(["apt-get", "update"], check=False, **quiet)
    done = subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", "python3-qgis"], check=False, **quiet)
    if done.returncode:
        pytest.skip(f"apt-get could not install python3-qgis: {done.stderr.strip()[-200:]}")


@pytest.mark.slow
def test_qgis_opens_the_project_and_draws_it(published, tmp_path):  # noqa: F811
    with_qgis()
    picture = tmp_path / "seen.png"
    done = subprocess.run(
        [PYTHON, LOOK, published / "study.qgz", picture], capture_output=True, text=True, check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert told["opened"] and told["crs"] == "EPSG:4546"
    counts = {
        name: pyogrio.read_info(published / "study.gpkg", layer=name)["features"]
        for name, _ in pyogrio.list_layers(published / "study.gpkg")
        if name != "layer_styles"
    }
    assert {layer["id"].removeprefix("catchment_"): layer["features"] for layer in told["layers"]} == counts
    assert all(layer["valid"] and layer["crs"] == "EPSG:4546" and layer["symbols"] for layer in told["layers"])
    assert {layer["id"] for layer in told["layers"] if layer["shown"]} >= {
        "catchment_schools",
        "catchment_zones_primary",
    }
    drawn = np.asarray(Image.open(picture).convert("RGB"))
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) > 20, "not a blank picture"
