import { createRequire } from "node:module";
import process from "node:process";
import { run } from "./scenario.mjs";

const { EnvHttpProxyAgent, fetch } = createRequire(`${process.env.MODULES}/x`)("undici");
const dispatcher = new EnvHttpProxyAgent();
await run(async (method, url, body) => {
  const answer = await fetch(url, { method, body, dispatcher });
  return { bytes: new Uint8Array(await answer.arrayBuffer()), length: answer.headers.get("content-length") };
});
await dispatcher.close();
