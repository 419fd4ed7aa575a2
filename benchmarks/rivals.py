"""The environment of the rivals: the project and the programs of rivals.txt, apart from the project's own.

`python benchmarks/rivals.py` makes it and prints its Python.
"""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".venv-rivals"
LIST = Path(__file__).with_name("rivals.txt")


def rival_python() -> Path:
    """The Python that has the project and its rivals; made at the first call, and again when the list changes."""
    python, stamp = FOLDER / "bin" / "python", FOLDER / LIST.name
    if not (stamp.exists() and stamp.read_bytes() == LIST.read_bytes()):
        uv = ROOT / ".venv" / "bin" / "uv"
        subprocess.run(
            [uv, "venv", "--quiet", "--clear", "--python", ROOT / ".venv" / "bin" / "python", FOLDER], check=True
        )
        install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
        # The same versions as the project's wherever both need a library.
        same = ["--constraint", ROOT / "requirements" / "run.txt"]
        subprocess.run([*install, *same, "--requirement", LIST, "--editable", ROOT], check=True)
        shutil.copyfile(LIST, stamp)
    return python


if __name__ == "__main__":
    print(rival_python())
