// node's own fetch, and deno's.
import { run } from "./scenario.mjs";

await run(async (method, url, body) => {
  const answer = await fetch(url, { method, body });
  return { bytes: new Uint8Array(await answer.arrayBuffer()), length: answer.headers.get("content-length") };
});
