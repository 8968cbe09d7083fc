"""Reads archives (.flowz) from their beginning, and says what they lost: an example of how a reader is written.

    archive = flowz.Archive(path)
    for record in archive.records(): ...
    print(archive.losses)

flowz_summaries.py reads them from their end. Records are what flowz_frames.decode() makes of them.
"""

from bisect import bisect_left

from flowz_frames import (DATA, MAX_CONTENT, MAX_FRAME, MAX_SUMMARY, SEEK_TABLE, SEEK_TABLE_END, SUMMARY, Damaged, Torn,
                          decode, decompress, frame_at, frame_begins, messages, number, rest_of_frame)
from xxh64 import xxh64

FORMAT = 1


class NotAnArchive(Exception):
    """Empty, foreign, later than this reader, or nothing in it is readable."""


def octets(value):
    """A value of type Data, which is left out where it is null."""
    return bytes(value or ())


def understood(record):
    """False: its union member or one of its enumerants is of a later version."""
    happened = next((value for value in record.values() if isinstance(value, dict)), None)
    return happened is not None and not any(isinstance(happened.get(name), int) for name in ("sender", "side", "mode", "kind"))


def closed_frame(data, frame):
    """The records of a data frame whose end is there; Damaged where it is not as it was written."""
    content, verified = decompress(data[frame.begin : frame.end], MAX_CONTENT)
    places = list(messages(content)) if verified else []
    records = decode(content) if verified else []
    if not verified or (places[-1][1] if places else 0) != len(content) or len(records) != len(places):
        raise Damaged("a data frame", frame.blocks, frame.end)
    return records


def vouched(content):
    """The records that checkpoints vouch for, from the start to the first that is wrong, and their size with the checkpoints."""
    places = list(messages(content))
    records = decode(content[: places[-1][1]] if places else b"")
    since, good, good_size = 0, 0, 0
    for count, ((begin, end), record) in enumerate(zip(places, records), 1):
        checkpoint = record.get("checkpoint")
        if checkpoint is None:
            continue
        if int(checkpoint["length"]) != begin - since or int(checkpoint["xxh64"]) != xxh64(content[since:begin]):
            break
        since = good_size = end
        good = count
    return records[:good], good_size


def open_frame(data, begin, blocks):
    """What is to be believed of a frame that has no end or a wrong one: its records, and the first octet that they do not need."""

    def content(count):
        """Of the first blocks; None where one of them does not decompress."""
        found, good = decompress(rest_of_frame(data, begin, blocks[:count]), MAX_CONTENT) if count else (b"", True)
        return found if good else None

    counts = range(len(blocks) + 1)
    readable = bisect_left(counts, True, key=lambda count: content(count) is None) - 1
    records, size = vouched(content(readable))
    used = bisect_left(counts[: readable + 1], size, key=lambda count: len(content(count)))
    return records, blocks[used - 1][1] if used else begin


def check_skippable(data, frame):
    if frame.magic == SUMMARY:
        if not decompress(data[frame.begin + 8 : frame.end], MAX_SUMMARY)[1]:
            raise Damaged("a summary", end=frame.end)
    elif frame.magic == SEEK_TABLE:
        if frame.size < 17 or number(data, frame.end - 4, 4) != SEEK_TABLE_END:
            raise Damaged("a seek table", end=frame.end)
    elif frame.end != len(data) and not frame_begins(data, frame.end):
        raise Damaged("a skippable frame", end=frame.end)


class Sources:
    """Numbers the runs of joined files anew, and tells whose ids a record has."""

    def __init__(self):
        self.numbers = {}  # as the records have them → ours
        self.runs = {}  # ours → id of the run and number of its latest file

    def take(self, record):
        """Gives the record `source` as it is in the whole file, and `run`."""
        if "header" in record:
            self.meet(record["source"], int(record["header"]["runId"]), record["header"]["fileNumber"])
        record["source"] = self.numbers.get(record["source"], record["source"])
        record["run"] = self.runs.get(record["source"], (0, 0))[0]

    def meet(self, source, run, file):
        continued = [ours for ours, known in self.runs.items() if known == (run, file - 1)]
        if continued:
            ours = continued[0]
        else:
            ours = source if source not in self.runs else max(self.runs) + 1
        self.numbers[source] = ours
        self.runs[ours] = (run, file)


class Archive:
    """A file that is read from its beginning. `losses` is complete when records() is exhausted; empty: a clean end."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        self.losses = []
        self.unknown = 0  # records of later versions, which were left out
        self.run_id = None  # of the first header
        self.last = None  # record, but for checkpoints
        self.ends_with_table = False

    def records(self):
        """The records but for checkpoints, each with its run and the offset of its frame."""
        if not self.data.startswith(DATA.to_bytes(4, "little")):
            raise NotAnArchive("it does not begin with a data frame")
        sources = Sources()
        for frame, record in self.frames():
            if "header" in record and record["header"]["format"] > FORMAT:
                raise NotAnArchive("it was written by a later version")
            if self.run_id is None and "header" in record:
                self.run_id = record["header"]["runId"]
            if "checkpoint" in record:
                continue
            if not understood(record):
                self.unknown += 1
                continue
            self.last, self.ends_with_table = record, False
            sources.take(record)
            record["frame"] = frame
            yield record
        if self.last is None:
            raise NotAnArchive("nothing in it is readable")

    def frames(self):
        """Pairs of a data frame's offset and a record in it, over all that is to be believed."""
        at, torn = 0, False
        while at < len(self.data):
            try:
                frame = frame_at(self.data, at)
                yield from ((at, record) for record in self.closed(frame))
                at, torn = frame.end, False
                continue
            except (Torn, Damaged) as error:
                wrong = error
            records, unneeded = open_frame(self.data, at, wrong.blocks)
            yield from ((at, record) for record in records)
            at = self.next_after(at, getattr(wrong, "end", None), max(unneeded, at + 1))
            torn = isinstance(wrong, Torn) and at is None
            at = len(self.data) if at is None else at
            self.losses.append(f"torn tail at byte {unneeded}" if torn else f"{at - unneeded} bytes skipped at byte {unneeded}")
        if not torn:
            self.note_end()

    def closed(self, frame):
        """The records of a frame whose end is there, if it has any."""
        if frame.magic == DATA:
            return closed_frame(self.data, frame)
        check_skippable(self.data, frame)
        self.ends_with_table = frame.magic == SEEK_TABLE
        return []

    def note_end(self):
        end = self.last and self.last.get("archiveEnd")
        if end is None:
            self.losses.append("not closed cleanly")
        elif end["summarized"] and not self.ends_with_table and not self.losses:
            self.losses.append(f"torn tail at byte {len(self.data)}")

    def next_after(self, damaged, end, search_from):
        """Where reading goes on after the damaged frame that begins at `damaged`; None: nothing follows."""
        if end is not None and (end == len(self.data) or frame_begins(self.data, end)):
            return end
        at = search_from - 1
        while (at := self.data.find(DATA.to_bytes(4, "little"), at + 1)) >= 0:
            if self.believable(at, at - damaged > MAX_FRAME):
                return at
        return None

    def believable(self, at, any_run):
        try:
            records = closed_frame(self.data, frame_at(self.data, at))
        except Torn as torn:
            records = open_frame(self.data, at, torn.blocks)[0]
        except Damaged:
            return False
        return bool(records) and "checkpoint" in records[-1] and (
            any_run or records[-1]["checkpoint"]["runId"] == self.run_id)
