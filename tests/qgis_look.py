"""Run by QGIS's own Python: opens a project without a screen, tells its layers as JSON and draws what is shown at first.

Usage: qgis_look.py PROJECT PICTURE
"""

import json
import sys

from qgis.core import QgsApplication, QgsMapRendererSequentialJob, QgsMapSettings, QgsProject
from qgis.PyQt.QtCore import QSize

application = QgsApplication([], False)
application.initQgis()
project = QgsProject.instance()
opened = project.read(sys.argv[1])
tree = project.layerTreeRoot()
shown = [node.layer() for node in tree.findLayers() if node.isVisible()]
told = [
    {
        "id": node.layerId(), "title": node.name(), "valid": node.layer().isValid(), "features": node.layer().featureCount(),
        "group": node.parent().name(), "shown": node.isVisible(), "crs": node.layer().crs().authid(),
        "renderer": node.layer().renderer().type(), "symbols": len(node.layer().renderer().legendSymbolItems()),
    }
    for node in tree.findLayers()
]  # fmt: skip
view = QgsMapSettings()
view.setLayers(shown)
view.setDestinationCrs(project.crs())
view.setOutputSize(QSize(1400, 1000))
view.setExtent(project.viewSettings().defaultViewExtent())
job = QgsMapRendererSequentialJob(view)
job.start()
job.waitForFinished()
job.renderedImage().save(sys.argv[2])
print(json.dumps({"opened": opened, "title": project.title(), "crs": project.crs().authid(), "layers": told}))
