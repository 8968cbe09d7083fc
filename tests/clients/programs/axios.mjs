import { createRequire } from "node:module";
import process from "node:process";
import { run } from "./scenario.mjs";

const axios = createRequire(`${process.env.MODULES}/x`)("axios");
await run(async (method, url, data) => {
  const answer = await axios.request({ method, url, data, responseType: "arraybuffer", headers: data && { "Content-Type": "application/octet-stream" } });
  return { bytes: answer.data, length: answer.headers["content-length"] };
});
