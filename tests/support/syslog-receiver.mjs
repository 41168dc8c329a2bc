// @ts-check
// A syslog receiver (RFC 6587 octet counting) that writes each record's number to a file the moment it
// has it. A process of its own, so that a test can kill it in the middle of a batch.
//
//   node tests/support/syslog-receiver.mjs PORT FILE [SLOW_MS] [CERTIFICATE KEY]

import { appendFileSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { createServer as createSecureServer } from "node:tls";

const [port, file = "", slow = "0", certificate, key] = process.argv.slice(2);

/** @param {import("node:net").Socket} socket */
function receive(socket) {
  let rest = Buffer.alloc(0);
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const space = rest.indexOf(" ");
      const length = Number(rest.subarray(0, space).toString());
      if (space < 1 || rest.length < space + 1 + length) break;
      const line = rest.subarray(space + 1, space + 1 + length).toString();
      const found = /^<\d+>1 .* portcullis - \S+ \[portcullis@\d+ id="(\d+)"/.exec(line);
      appendFileSync(file, `${found?.[1] ?? `malformed: ${line}`}\n`);
      rest = rest.subarray(space + 1 + length);
    }
    if (Number(slow) > 0) {
      socket.pause();
      setTimeout(() => socket.resume(), Number(slow));
    }
  });
}

const server =
  certificate === undefined
    ? createServer({ highWaterMark: 1024 }, receive)
    : createSecureServer({ cert: readFileSync(certificate), key: readFileSync(String(key)) }, receive);
server.listen(Number(port), "127.0.0.1", () => process.stdout.write("{\"msg\":\"listening\"}\n"));
