"""What the origin serves besides plain bodies: a git repository and one small package for each package manager."""

import hashlib
import io
import os
import subprocess
import tarfile
import zipfile

from origin import digest


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, **options).stdout.decode().strip()


def git(directory):
    """The commit that a clone must arrive at."""
    tree = os.path.join(directory, "git/tree")
    write(os.path.join(tree, "data"), hashlib.shake_128(b"git").digest(200_000))
    run("git", "init", "-q", tree)
    run("git", "-C", tree, "add", "data")
    run("git", "-C", tree, "-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "-qm", "one")
    run("git", "clone", "-q", "--bare", tree, os.path.join(directory, "git/project.git"))
    return run("git", "-C", tree, "rev-parse", "HEAD")


def apt(directory):
    """Digest of the package."""
    tree = os.path.join(directory, "deb")
    control = "Package: tiny-package\nVersion: 1.0\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: tiny\n"
    write(os.path.join(tree, "DEBIAN/control"), control.encode())
    write(os.path.join(tree, "usr/share/tiny/data"), hashlib.shake_128(b"apt").digest(100_000))
    package = os.path.join(directory, "apt/tiny-package_1.0_all.deb")
    os.makedirs(os.path.dirname(package))
    run("dpkg-deb", "--root-owner-group", "--build", tree, package)
    with open(package, "rb") as file:
        content = file.read()
    packages = f"{control}Filename: ./{os.path.basename(package)}\nSize: {len(content)}\nSHA256: {digest(content)}\n\n".encode()
    write(os.path.join(directory, "apt/Packages"), packages)
    write(os.path.join(directory, "apt/Release"), f"SHA256:\n {digest(packages)} {len(packages)} Packages\n".encode())
    return digest(content)


def npm(directory):
    """Digest of the file that is installed."""
    code = b"module.exports = 1;\n" * 5000
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in (("package.json", b'{"name": "tiny-package", "version": "1.0.0"}'), ("index.js", code)):
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    write(os.path.join(directory, "npm/tiny-package-1.0.0.tgz"), buffer.getvalue())
    return digest(code)


def pip(directory):
    """Digest of the package."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("tiny.py", hashlib.shake_128(b"pip").hexdigest(50_000))
        archive.writestr("tiny_package-1.0.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-package\nVersion: 1.0.0\n")
        archive.writestr("tiny_package-1.0.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("tiny_package-1.0.0.dist-info/RECORD", "")
    write(os.path.join(directory, "pip/tiny_package-1.0.0-py3-none-any.whl"), buffer.getvalue())
    write(os.path.join(directory, "pip/index.html"), b'<a href="tiny_package-1.0.0-py3-none-any.whl">tiny</a>')
    return digest(buffer.getvalue())
