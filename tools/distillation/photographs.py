"""
Free photographs from Debian's packages. `python3 photographs.py FOLDER` downloads and unpacks them (apt-get and dpkg, no root);
photographs.json says which packages, whose licence, and which files are used.
"""

import json
import subprocess
import sys
from pathlib import Path

from PIL import Image

LIST = json.loads((Path(__file__).parent / "photographs.json").read_text())
# longest side in memory: what a view of scale 3 can use, and fine texture at the camera's own resolution
LONGEST = 1800
SMALLEST = 400


def fetch(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for package in LIST:
        name = package["package"]
        if (folder / name).exists():
            continue
        subprocess.run(["apt-get", "download", name], cwd=folder, check=True)
        archive = next(folder.glob(f"{name}_*.deb"))
        subprocess.run(["dpkg", "-x", str(archive), str(folder / name)], check=True)
        archive.unlink()
        print(name, len(files_of(folder, package)), "pictures,", package["licence"], flush=True)


def files_of(folder, package):
    found = set()
    for pattern in package["files"]:
        found |= set((folder / package["package"]).glob(pattern))
    for pattern in package.get("without", []):
        found -= set((folder / package["package"]).glob(pattern))
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def load(folder):
    """RGB pictures of at least 400 and at most 1,800 pixels, and how many of each package; throws if a package is missing."""
    pictures, counts = [], {}
    for package in LIST:
        if not (folder / package["package"]).exists():
            raise SystemExit(f"{folder}: {package['package']} is missing; run `python3 photographs.py {folder}`")
        counts[package["package"]] = 0
        for path in files_of(folder, package):
            with Image.open(path) as file:
                # a wallpaper comes in several sizes; the small ones and the vector drawings' thumbnails teach nothing new
                if min(file.size) < SMALLEST:
                    continue
                file.draft("RGB", (LONGEST, LONGEST))
                picture = file.convert("RGB")
            picture.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
            if min(picture.size) < SMALLEST:
                continue
            pictures.append(picture)
            counts[package["package"]] += 1
    return pictures, counts


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: photographs.py FOLDER")
    fetch(Path(sys.argv[1]))
