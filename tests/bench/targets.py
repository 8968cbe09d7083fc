"""What mitm-record promises while it records everything with one worker."""

from contenders import BASELINE, OURS, Mitmdump
from results import Target

TARGETS = (
    Target("https", OURS, "<=", 1.2, against=BASELINE),
    Target("fresh", OURS, "<=", 1.2, against=BASELINE),
    Target("random", OURS, "<=", 1.5, against=BASELINE),
    Target("https", OURS, ">=", 30, against=Mitmdump.name, inverse=True),
    Target("peak", OURS, "<=", 40),
    Target("listing", "mitm-dump", ">=", 200_000),
)
