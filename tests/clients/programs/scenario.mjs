// What each JavaScript client does: it says how it fetches, and this what.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import process from "node:process";

// fetchIt(method, url, body): {bytes, length}, where length is the Content-Length field.
export async function run(fetchIt) {
  const upload = readFileSync(process.env.UPLOAD);
  for (const scheme of ["https", "http"]) {
    const url = process.env[`ORIGIN_${scheme}`];
    const report = (label, bytes) => console.log(`${scheme}.${label} ${createHash("sha256").update(bytes).digest("hex")}`);
    report("get", (await fetchIt("GET", `${url}/body`)).bytes);
    report("chunked", (await fetchIt("GET", `${url}/chunked`)).bytes);
    report("gzip", (await fetchIt("GET", `${url}/gzip`)).bytes);
    report("redirect", (await fetchIt("GET", `${url}/redirect`)).bytes);
    console.log(`${scheme}.head ${(await fetchIt("HEAD", `${url}/body`)).length}`);
    report("post", (await fetchIt("POST", `${url}/echo`, upload)).bytes);
  }
}
