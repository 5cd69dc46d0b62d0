#!/usr/bin/env bash
# Makes a tarball, a Debian package and a wheel in a folder; the program in each is a stand-in that runs another one.
set -euo pipefail
folder=$1 program=$2
cd "$folder"
mkdir -p tarball/daric-1/bin deb/DEBIAN deb/usr/bin
printf '#!/bin/sh\nexec "%s" "$@"\n' "$program" > tarball/daric-1/bin/daric
chmod +x tarball/daric-1/bin/daric
tar --create --gzip --file daric.tar.gz --directory tarball daric-1
cp tarball/daric-1/bin/daric deb/usr/bin/daric
printf '%s\n' 'Package: daric' 'Version: 1' 'Architecture: all' 'Maintainer: none <none@example.org>' 'Description: stand-in' > deb/DEBIAN/control
dpkg-deb --build deb daric.deb > /dev/null
python3 - <<'WHEEL'
import zipfile

files = {
    "daric-1.data/scripts/daric": open("tarball/daric-1/bin/daric").read(),
    "daric-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: daric\nVersion: 1\n",
    "daric-1.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: none\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}
files["daric-1.dist-info/RECORD"] = "".join(f"{name},,\n" for name in [*files, "daric-1.dist-info/RECORD"])
with zipfile.ZipFile("daric-1-py3-none-any.whl", "w") as wheel:
    for name, text in files.items():
        entry = zipfile.ZipInfo(name)
        # An installer makes a script executable only if it is so in the wheel.
        entry.external_attr = (0o100755 if "scripts" in name else 0o100644) << 16
        wheel.writestr(entry, text)
WHEEL
