"""What an archive is made of: zstd frames, and Cap'n Proto messages in their content.

Made from formats/README.md, RFC 8878 (zstd) and the stream framing of Cap'n Proto. Octets are decompressed by the command
`zstd`, which verifies checksums, and messages decoded by `capnp`, so that nothing else is needed.
"""

import json
import os
import struct
import subprocess
import tempfile
from dataclasses import dataclass, field

FORMATS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../formats")

DATA = 0xFD2FB528
SKIPPABLE = range(0x184D2A50, 0x184D2A60)
SUMMARY = 0x184D2A5C
SEEK_TABLE = 0x184D2A5E
SEEK_TABLE_END = 0x8F92EAB1

# Types of blocks.
RLE, RESERVED = 1, 3

KIB, MIB = 1 << 10, 1 << 20
MAX_WINDOW = 8 * MIB
MAX_BLOCK = 128 * KIB
MAX_CONTENT = MIB
MAX_FRAME = MIB + MIB // 8
MAX_SKIPPABLE = 2 * MIB
MAX_SUMMARY = 4 * MIB
MAX_MESSAGE = 320 * KIB
MAX_SEGMENTS = 16


class Damaged(Exception):
    """No frame as described is here. `blocks`: those before the damage; `end`: where it ends if its lengths are right, else None."""

    def __init__(self, why, blocks=(), end=None):
        super().__init__(why)
        self.blocks = blocks
        self.end = end


class Torn(Exception):
    """The file ends inside the frame. `blocks`: those that are there in whole."""

    def __init__(self, blocks=()):
        super().__init__("torn")
        self.blocks = blocks


@dataclass
class Frame:
    """Where it is in the file. Skippable ones have no blocks; others have pairs of beginning and end of each."""

    magic: int
    begin: int
    end: int
    blocks: list = field(default_factory=list)

    @property
    def size(self):
        return self.end - self.begin


def number(data, at, size):
    """A little-endian number; Torn where the file ends in it."""
    if at + size > len(data):
        raise Torn()
    return int.from_bytes(data[at : at + size], "little")


def frame_begins(data, at):
    magic = int.from_bytes(data[at : at + 4], "little")
    return at + 4 <= len(data) and (magic == DATA or magic in SKIPPABLE)


def frame_at(data, at):
    """The frame that begins there, as its lengths say: nothing is verified yet."""
    magic = number(data, at, 4)
    if magic == DATA:
        return data_frame_at(data, at)
    if magic not in SKIPPABLE:
        raise Damaged("no frame")
    end = at + 8 + number(data, at + 4, 4)
    if magic != SEEK_TABLE and end - at > MAX_SKIPPABLE:
        raise Damaged("a skippable frame is too large")
    if end > len(data):
        raise Torn()
    return Frame(magic, at, end)


def data_frame_at(data, begin):
    blocks = []
    try:
        at = begin + 4 + header_size(data, begin + 4)
        last = False
        while not last:
            header = number(data, at, 3)
            last, kind, size = header & 1, header >> 1 & 3, header >> 3
            end = at + 3 + (1 if kind == RLE else size)
            if kind == RESERVED or size > MAX_BLOCK or end - begin > MAX_FRAME:
                raise Damaged("a block is none", blocks)
            if end > len(data):
                raise Torn()
            blocks.append((at, end))
            at = end
        number(data, at, 4)
    except Torn:
        raise Torn(blocks) from None
    return Frame(DATA, begin, at + 4, blocks)


def header_size(data, at):
    """Size of a zstd frame's header without its magic number, which must be of the kind that archives have."""
    descriptor = number(data, at, 1)
    single_segment = descriptor >> 5 & 1
    if descriptor & 0b1000:
        raise Damaged("a reserved bit is set")
    if not descriptor & 0b100:
        raise Damaged("a frame has no checksum")
    if descriptor & 0b11:
        raise Damaged("a frame wants a dictionary")
    content_field = [single_segment, 2, 4, 8][descriptor >> 6]
    if single_segment:
        window = number(data, at + 1, content_field) + (256 if content_field == 2 else 0)
    else:
        code = number(data, at + 1, 1)
        window = (1 << 10 + (code >> 3)) // 8 * (8 + (code & 7))
    if window > MAX_WINDOW:
        raise Damaged("a frame wants a large window")
    return 1 + (0 if single_segment else 1) + content_field


def decompress(octets, limit):
    """The content of frames, and whether it is all there and verified. What was not verified may be wrong."""
    with tempfile.TemporaryFile() as file:
        file.write(octets)
        file.seek(0)
        with subprocess.Popen(["zstd", "-dcq"], stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            content = process.stdout.read(limit + 1)
            process.stdout.close()
            return content[:limit], process.wait() == 0 and len(content) <= limit


def rest_of_frame(data, begin, blocks):
    """A frame of these blocks alone, without checksum: to decompress what is left of one that has no end or a wrong one."""
    rest = bytearray(data[begin : blocks[-1][1]])
    rest[4] &= ~0b100
    rest[blocks[-1][0] - begin] |= 1
    return rest


def messages(content):
    """Where the messages in the content begin and end. Stops in front of what is none, or not all there."""
    at = 0
    while at + 4 <= len(content):
        (segments,) = struct.unpack_from("<I", content, at)
        segments += 1
        head = (4 + 4 * segments + 7) // 8 * 8
        if segments > MAX_SEGMENTS or at + head > len(content):
            return
        words = sum(struct.unpack_from(f"<{segments}I", content, at + 4))
        end = at + head + 8 * words
        if words == 0 or end - at > MAX_MESSAGE or end > len(content):
            return
        yield at, end
        at = end


def decode(content, schema="flow.capnp", root="Record"):
    """The messages as what JSON makes of them: 64-bit numbers are decimal strings, Data is a list of octets."""
    if not content:
        return []
    command = ["capnp", "convert", "--short", "--quiet", "binary:json", os.path.join(FORMATS, schema), root]
    done = subprocess.run(command, input=content, capture_output=True, check=False)
    lines = done.stdout.decode("utf-8", "surrogateescape").split("\n")
    if done.returncode != 0:
        # The last line may have stopped in the middle.
        lines = lines[:-1]
    return [json.loads(line) for line in lines if line]
