"""Which folder may include which, and who may see which library. The tables are the architecture."""

import pathlib
import re

import sources

LIB = ("base", "cli", "flow", "wire", "render", "tls", "trust", "archive", "filter", "net", "proxy", "replay")

# Every folder may include itself.
MAY_INCLUDE = {
    "lib/base": set(),
    "lib/cli": {"lib/base"},
    "lib/flow": {"lib/base"},
    "lib/wire": {"lib/base"},
    "lib/render": {"lib/base", "lib/flow", "lib/wire"},
    "lib/tls": {"lib/base", "lib/flow"},
    "lib/trust": {"lib/base", "lib/flow", "lib/tls"},
    "lib/archive": {"lib/base", "lib/flow", "formats/flow.capnp.h", "formats/summary.capnp.h"},
    "lib/filter": {"lib/base", "lib/flow", "lib/wire", "lib/render"},
    "lib/net": {"lib/base", "lib/flow", "lib/wire", "lib/tls"},
    "lib/proxy": {"lib/base", "lib/flow", "lib/wire", "lib/tls", "lib/net"},
    "lib/replay": {"lib/base", "lib/flow", "lib/wire", "lib/tls", "lib/net"},
    "formats": {"lib/base", "lib/flow", "lib/wire", "lib/render"},
    "cmd": {f"lib/{name}" for name in LIB} | {"formats"},
    "tests": {f"lib/{name}" for name in LIB} | {"formats", "cmd"},
}

# Who may see a library's headers, also through headers of ours. fmt is for everybody.
LIBRARIES = {
    r"openssl/": {"lib/tls"},
    # The streams of lib/net hand out their buffers, so whoever uses streams sees them.
    r"event2/": {"lib/net", "lib/proxy", "lib/replay", "cmd"},
    r"(capnp|kj)/": {"lib/archive"},
    r"zstd(_errors)?\.h": {"lib/archive", "lib/wire"},
    r"xxhash\.h": {"lib/archive"},
    r"(llhttp\.h|nghttp2/|zlib\.h|brotli/)": {"lib/wire"},
    r"rapidjson/": {"lib/render", "lib/replay", "formats"},
    r"re2/": {"lib/filter"},
    r"roaring/": {"lib/flow"},
    r"cxxopts\.hpp": {"lib/cli"},
    r"date/": {"lib/base", "formats"},
    r"cap-ng\.h": {"cmd"},
    r"catch2/": set(),
    r"fmt/": set(MAY_INCLUDE),
}
SYSTEM = re.compile(r"([a-z_]+|[a-z0-9_]+\.h|(sys|net|netinet|arpa|linux|bits)/[a-z0-9_-]+\.h)")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def folder_of(path):
    parts = pathlib.PurePath(path).parts
    return "/".join(parts[:2]) if parts[0] == "lib" else parts[0]


def allowed_users(header):
    """None: no library of the table."""
    for pattern, users in LIBRARIES.items():
        if re.match(pattern, header):
            return users
    return None


def is_hidden_from(folder, header):
    users = allowed_users(header)
    return users is not None and folder not in users


def reached(start, includes):
    """All project headers that `start` includes, directly or not."""
    seen, waiting = set(), [start]
    while waiting:
        for kind, name in includes.get(waiting.pop(), []):
            if kind == '"' and name not in seen:
                seen.add(name)
                waiting.append(name)
    return seen


def check_ours(path, folder, includes):
    for kind, name in includes[path]:
        target = folder_of(name)
        if kind == '"' and target != folder and not {target, name} & MAY_INCLUDE.get(folder, set()):
            yield f'{path}: {folder} must not include "{name}"'


def check_libraries(path, folder, includes):
    for kind, name in includes[path]:
        if kind == "<" and allowed_users(name) is None and not SYSTEM.fullmatch(name):
            yield f"{path}: <{name}> is in no table of include_graph.py"
    for kind, name in includes[path]:
        if kind == "<" and is_hidden_from(folder, name):
            yield f"{path}: {folder} must not see <{name}>"
    for header in sorted(reached(path, includes)):
        hidden = [name for kind, name in includes.get(header, []) if kind == "<" and is_hidden_from(folder, name)]
        if hidden:
            yield f"{path}: {folder} must not see <{hidden[0]}> (through {header})"
            return


def check(root):
    paths = [str(path) for path in sources.source_files(root, {".h", ".cc", ".c"})]
    includes = {path: INCLUDE.findall((root / path).read_text(encoding="utf-8")) for path in paths}
    for path in paths:
        folder = folder_of(path)
        yield from check_ours(path, folder, includes)
        if folder != "tests":
            yield from check_libraries(path, folder, includes)


if __name__ == "__main__":
    sources.main(check)
