"""XXH64, the checksum of checkpoints, in plain Python: some megabytes in a second."""

import struct

P1 = 0x9E3779B185EBCA87
P2 = 0xC2B2AE3D27D4EB4F
P3 = 0x165667B19E3779F9
P4 = 0x85EBCA77C2B2AE63
P5 = 0x27D4EB2F165667C5
MASK = (1 << 64) - 1


def rotate(value, by):
    return (value << by | value >> (64 - by)) & MASK


def mix(lane, word):
    return rotate((lane + word * P2) & MASK, 31) * P1 & MASK


def lanes(data, seed):
    """What the whole stripes of 32 octets come to."""
    a, b, c, d = (seed + P1 + P2) & MASK, (seed + P2) & MASK, seed, (seed - P1) & MASK
    for w, x, y, z in struct.iter_unpack("<4Q", data[: len(data) // 32 * 32]):
        a, b, c, d = mix(a, w), mix(b, x), mix(c, y), mix(d, z)
    total = (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)) & MASK
    for lane in (a, b, c, d):
        total = ((total ^ mix(0, lane)) * P1 + P4) & MASK
    return total


def xxh64(data, seed=0):
    value = lanes(data, seed) if len(data) >= 32 else seed + P5
    value = (value + len(data)) & MASK
    rest = data[len(data) // 32 * 32 :]
    at = 0
    for (word,) in struct.iter_unpack("<Q", rest[: len(rest) // 8 * 8]):
        value = (rotate(value ^ mix(0, word), 27) * P1 + P4) & MASK
        at += 8
    if len(rest) - at >= 4:
        (word,) = struct.unpack_from("<I", rest, at)
        value = (rotate(value ^ (word * P1 & MASK), 23) * P2 + P3) & MASK
        at += 4
    for octet in rest[at:]:
        value = rotate(value ^ (octet * P5 & MASK), 11) * P1 & MASK
    value = (value ^ value >> 33) * P2 & MASK
    value = (value ^ value >> 29) * P3 & MASK
    return value ^ value >> 32
