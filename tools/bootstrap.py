"""Make .venv with the locked packages; a second run finds it done.

Uses the standard library only, and nothing that Python 3.6 cannot read: an old Python has to be told that it is old.
"""

import hashlib
import os
import subprocess
import sys

LOWEST = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
LOCK = os.path.join(ROOT, "requirements-dev.txt")
STAMP = os.path.join(VENV, "locked-packages.sha256")
SIGNS_OF_NO_NETWORK = (
    "NewConnectionError",
    "ConnectTimeout",
    "ReadTimeout",
    "ProxyError",
    "NameResolution",
    "Retrying",
)


def main():
    # type: () -> None
    """Check, make, install, remember."""
    check_python(sys.version_info[:2])
    wanted = fingerprint()
    if os.path.exists(VENV_PYTHON) and read(STAMP) == wanted:
        return
    if not os.path.exists(VENV_PYTHON):
        make_venv()
    install()
    with open(STAMP, "w") as file:
        file.write(wanted)


def check_python(version):
    # type: (tuple[int, int]) -> None
    """End with one sentence if this Python is too old."""
    if version < LOWEST:
        sys.exit("Python 3.11 or newer is needed, this is {}.{}.".format(*version))


def fingerprint():
    # type: () -> str
    """Return what .venv was made from: the lock file and the Python that it is for."""
    with open(LOCK, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest() + "\n"


def read(path):
    # type: (str) -> str
    """Return a file's text, nothing where there is no file."""
    if not os.path.exists(path):
        return ""
    with open(path) as file:
        return file.read()


def make_venv():
    # type: () -> None
    """Make .venv, anew where a broken one stands (its Python was removed)."""
    try:
        import ensurepip  # noqa: F401, PLC0415 -- Debian leaves it out, and venv then fails half way
        import venv  # noqa: PLC0415
    except ImportError:
        sys.exit(
            "Python's venv module is missing; on Debian and Ubuntu `apt-get install python{}.{}-venv` brings it.".format(
                *sys.version_info
            )
        )
    venv.create(VENV, with_pip=True, clear=True)


def install():
    # type: () -> None
    """Install the locked packages, each with a hash that pip checks."""
    print("Installing the locked packages into .venv (once, about a minute) ...", flush=True)
    command = [VENV_PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--retries", "2"]
    done = subprocess.run(
        [*command, "--require-hashes", "-r", LOCK],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(reason(done.stdout))


def reason(output):
    # type: (str) -> str
    """Return one sentence about a failed pip, and pip's last line under it."""
    sentence = "The packages of requirements-dev.txt could not be installed."
    if any(sign in output for sign in SIGNS_OF_NO_NETWORK):
        sentence = "No network: the package index could not be reached. Run the same command again when it is there."
    lines = [line for line in output.splitlines() if line.strip()]
    return "\n".join([sentence, *lines[-1:]])


if __name__ == "__main__":
    main()
