// deno's fetch, which is rustls.
import process from "node:process";

console.log(await (await fetch(process.env.URL)).text());
