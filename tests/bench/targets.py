"""What mitm-record promises while it records everything with one worker."""

from contenders import BASELINE, OURS, Mitmdump
from results import Target

TARGETS = (
    Target("https", OURS, "<=", 1.2, against=BASELINE),
    Target("fresh", OURS, "<=", 1.2, against=BASELINE),
    Target("resumed", OURS, "<=", 1.2, against=BASELINE),
    Target("random", OURS, "<=", 1.5, against=BASELINE),
    Target("https", OURS, ">=", 30, against=Mitmdump.name, inverse=True),
    Target("peak", OURS, "<=", 40),
    Target("listing", "mitm-dump", ">=", 200_000),
    Target("million-summary", "mitm-dump", ">=", 500_000),
    Target("million-stream", "mitm-dump", ">=", 200_000),
    Target("fetch", "mitm-dump", "<=", 50),
    Target("fetch-memory", "mitm-dump", "<=", 64),
    Target("list-memory", "mitm-dump", "<=", 64),
    Target("record", "mitm-record", "<=", 2),
    Target("octet-random", "mitm-record", "<=", 0.5),
    Target("octet-text", "mitm-record", "<=", 4),
    Target("mint", "mitm-record", "<=", 60),
    Target("mint-rsa", "mitm-record", "<=", 60),
)
