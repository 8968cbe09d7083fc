// got looks at no variable: hpagent is what its documentation recommends.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import process from "node:process";
import { run } from "./scenario.mjs";

const require = createRequire(`${process.env.MODULES}/x`);
const { default: got } = await import(pathToFileURL(`${process.env.MODULES}/node_modules/got/dist/source/index.js`));
const { HttpProxyAgent, HttpsProxyAgent } = require("hpagent");
const agent = { http: new HttpProxyAgent({ proxy: process.env.http_proxy }), https: new HttpsProxyAgent({ proxy: process.env.https_proxy }) };
await run(async (method, url, body) => {
  const answer = await got(url, { method, body, agent, responseType: "buffer" });
  return { bytes: answer.rawBody, length: answer.headers["content-length"] };
});
