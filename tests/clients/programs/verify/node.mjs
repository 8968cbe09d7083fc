// node's tls with its own check of names, in a tunnel that is made by hand.
import { readFileSync } from "node:fs";
import http from "node:http";
import process from "node:process";
import tls from "node:tls";

const { ADDRESS, CA, HOST, PORT, PROXY, RSA, TARGET } = process.env;
const isAddress = ADDRESS !== HOST || /^[0-9.]+$/.test(HOST);
const [proxyHost, proxyPort] = PROXY.split(":");
http.request({ host: proxyHost, port: proxyPort, method: "CONNECT", path: `${ADDRESS}:${PORT}` }).on("connect", (answer, socket) => {
  const sigalgs = RSA ? "RSA-PSS+SHA256:RSA+SHA256" : undefined;
  const stream = tls.connect({ socket, host: HOST, servername: isAddress ? "" : HOST, ca: readFileSync(CA), sigalgs }, () => {
    stream.end(`GET ${TARGET} HTTP/1.1\r\nHost: ${ADDRESS}:${PORT}\r\nConnection: close\r\n\r\n`);
    stream.pipe(process.stdout);
  });
}).end();
