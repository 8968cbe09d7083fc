"""Reads archives (.flowz) from their end: lists flows, and finds one, without reading the others.

    archive = flowz_summaries.open_from_end(data)
    for index, row in archive.rows(): ...
    index, row = archive.find(12)
    for record in archive.records_of(index, row): ...
"""

import struct
from dataclasses import dataclass

from flowz import Damaged, closed_frame
from flowz_frames import DATA, MAX_SUMMARY, SEEK_TABLE, SEEK_TABLE_END, SUMMARY, decode, decompress, frame_at, number


class NoSummaries(Exception):
    """It does not end as described, or not all fits: it is to be read from its beginning."""


@dataclass
class Index:
    """`at`: where its frame begins, and the data frame of which it tells ends. `listed`: what the directory says of it."""

    at: int
    listed: dict
    content: dict

    @property
    def data_frame(self):
        return self.at - int(self.content["frameSize"])


def summary_at(data, at, kind):
    """The `index` or `directory` that begins there."""
    frame = frame_at(data, at)
    if frame.magic != SUMMARY:
        raise NoSummaries(f"no summary at byte {at}")
    content, verified = decompress(data[at + 8 : frame.end], MAX_SUMMARY)
    found = decode(content, "summary.capnp", "Summary") if verified else []
    if len(found) != 1 or kind not in found[0]:
        raise NoSummaries(f"no {kind} at byte {at}")
    return found[0][kind]


class Part:
    """One of the archives that were joined, or the only one."""

    def __init__(self, data, end):
        """Reads the seek table that ends at `end`."""
        self.data = data
        count, descriptor, magic = struct.unpack_from("<IBI", data, max(0, end - 9))
        self.table = end - 17 - 8 * count
        if end < 17 or self.table < 0 or magic != SEEK_TABLE_END or descriptor != 0:
            raise NoSummaries("no seek table")
        frame = frame_at(data, self.table)
        if frame.magic != SEEK_TABLE or frame.end != end:
            raise NoSummaries("no seek table")
        sizes = list(struct.iter_unpack("<II", data[self.table + 8 : end - 9]))
        self.begin = self.table - sum(size for size, _ in sizes)
        if self.begin < 0 or not sizes:
            raise NoSummaries("the seek table does not fit")
        self.frames = []  # beginning and decompressed size
        at = self.begin
        for size, content in sizes:
            self.frames.append((at, content))
            at += size

    def directories(self):
        """Where they are and what is in them, latest first."""
        at = self.frames[-1][0]
        while True:
            directory = summary_at(self.data, at, "directory")
            yield at, directory
            distance = int(directory["previous"])
            if distance == 0:
                return
            at -= distance
            if at < self.begin:
                raise NoSummaries("a directory leads out of its archive")

    def indexes(self):
        """Oldest first."""
        places = []
        for at, directory in self.directories():
            places = [(at - int(entry["index"]), entry) for entry in directory.get("entries", [])] + places
        filled = [begin for begin, size in self.frames if size]
        if len(places) != len(filled):
            raise NoSummaries("not as many indexes as data frames")
        found = [Index(at, entry, summary_at(self.data, at, "index")) for at, entry in places]
        if [index.data_frame for index in found] != filled:
            raise NoSummaries("the indexes are not those of the data frames")
        return found

    def data_frames(self, first, last):
        return [begin for begin, size in self.frames if size and first <= begin <= last]


class Summarized:
    """An archive, perhaps of several joined ones, whose summaries all fit."""

    def __init__(self, data):
        self.data = data
        self.latest = {}  # records of the frames that were read last
        self.parts = []
        end = len(data)
        while end > 0:
            self.parts.insert(0, Part(data, end))
            end = self.parts[0].begin
        self.indexes = [(part, index) for part in self.parts for index in part.indexes()]

    def rows(self):
        for part, index in self.indexes:
            for row in index.content.get("rows", []):
                yield (part, index), row

    def find(self, flow):
        """All rows of that flow: where runs were joined, several may have one; a flow that goes on in another file has one in each."""
        found = []
        for part, index in self.indexes:
            if int(index.listed["lowestFlow"]) <= flow <= int(index.listed["highestFlow"]):
                found += [((part, index), row) for row in index.content["rows"] if int(row["flow"]) == flow]
        return found

    def records_of(self, place, row):
        """The records of the row's flow, before them those that tell of its connection."""
        part, index = place
        own = index.data_frame
        facts = {own - int(distance) for distance in row.get("factFrames", [])}
        flow = set(part.data_frames(own - int(row["firstFrame"]), own))
        for begin in sorted(facts | flow):
            for record in self.records_at(begin):
                if record["flow"] == row["flow"] or "certificateChain" in record or (
                        record["flow"] == "0" and record["connection"] == row["connection"]):
                    yield record

    def records_at(self, begin):
        if begin not in self.latest:
            frame = frame_at(self.data, begin)
            if frame.magic != DATA:
                raise Damaged("a distance does not lead to a data frame")
            if len(self.latest) == 8:
                self.latest.clear()
            self.latest[begin] = closed_frame(self.data, frame)
        return self.latest[begin]


def open_from_end(data):
    return Summarized(data)
