@0xc1b6a7e2d94f3085;
# What the summary frames of a mitmkit archive hold: where flows are and the line that is printed of each, so
# that listing them, or fetching one, reads little more than these frames. Everything in them can be made again
# from the records (flow.capnp). formats/README.md describes the frames around them; the rules of growth are those
# of flow.capnp.
#
# Offsets are distances that point backwards in the file, so that joining files changes none.

using Flow = import "flow.capnp";

$Flow.namespace("mitm::schema");

struct Summary {
  union {
    index @0 :Index;
    directory @1 :Directory;
  }
}

struct Index {
  # Of the data frame that ends where the index frame begins.
  frameSize @0 :UInt64;
  # Octets of that frame in the file, so that it begins so far before this one.
  contentSize @1 :UInt64;
  records @2 :UInt32;
  # Messages in it, but for checkpoints and certificate chains.
  firstTime @3 :Int64;
  lastTime @4 :Int64;
  # The earliest and the latest of its records.
  rows @5 :List(FlowRow);
  # The flows that ended in it, in that order; in the last index frame of a file then those that did not end.
  gaps @6 :UInt32;
  # Messages captureGap in it that are not about a single flow.
}

struct FlowRow {
  flow @0 :UInt64;
  connection @1 :UInt64;
  source @2 :UInt16;
  run @3 :UInt64;
  # Id of the run; 0: unknown.
  kind @4 :Flow.FlowEnd.Kind;
  mode @5 :Flow.ConnectionOpened.Mode;
  status @6 :UInt16;
  # Of the final response.
  start @7 :Int64;
  end @8 :Int64;

  firstFrame @9 :UInt64;
  # How far before this row's data frame the one begins that holds the flow's first record; 0: it is the same.
  factFrames @10 :List(UInt64);
  # The same of other frames that hold what was known of the connection when the flow began.

  hasClient @11 :Bool;
  hasHello @12 :Bool;
  hasServer @13 :Bool;
  hasRequest @14 :Bool;
  hasResponse @15 :Bool;
  complete @16 :Bool;
  # As flowEnd says, if nothing of the flow is missing in this file.
  passed @17 :Bool;
  unfinished @18 :Bool;
  # Its end is not in the file.
  madeConnection @19 :Bool;
  # The connection to the server was made for it.
  clipped @20 :Bool;
  # Texts and sizes, all that follows, were left out, because they are long: they are in the records.

  client @21 :Flow.Endpoint;
  server @22 :Flow.Endpoint;
  host @23 :Data;
  port @24 :UInt16;
  # As the client gave them.
  sni @25 :Data;
  # Of the ClientHello.
  method @26 :Data;
  scheme @27 :Data;
  authority @28 :Data;
  target @29 :Data;
  sent @30 :Sizes;
  # By the client.
  received @31 :Sizes;
  bytesFromClient @32 :UInt64;
  bytesToClient @33 :UInt64;
  error @34 :Flow.FlowError;
  # Null: none.
  anomalies @35 :List(Text);
  # The names of the first three.
  anomalyCount @36 :UInt64;
}

struct Sizes {
  # What one side sent.
  body @0 :UInt64;
  recorded @1 :UInt64;
  # Of the body, in this file.
  raw @2 :UInt64;
  # Octets in rawBytes.
  messages @3 :UInt64;
  # Number of records webSocketMessage that are final, and dnsMessage.
}

struct Directory {
  # Of the index frames since the directory before.
  previous @0 :UInt64;
  # How far before this frame that directory begins; 0: there is none.
  entries @1 :List(Entry);

  struct Entry {
    index @0 :UInt64;
    # How far before this frame the index frame begins.
    rows @1 :UInt32;
    lowestFlow @2 :UInt64;
    highestFlow @3 :UInt64;
    # Of its rows; 0 where there are none.
    firstTime @4 :Int64;
    lastTime @5 :Int64;
    # As in the index.
  }
}
