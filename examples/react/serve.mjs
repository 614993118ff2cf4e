// Bundles the page, serves it, and passes everything else on to Hubbub: page and server share one origin.
//
//   HUBBUB_URL=http://localhost:10000 PORT=3000 node serve.mjs
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { createServer, request } from "node:http";

const hubbub = new URL(process.env.HUBBUB_URL ?? "http://localhost:10000");
const here = new URL(".", import.meta.url).pathname;
const { outputFiles } = await build({
  entryPoints: [`${here}src/main.tsx`],
  bundle: true,
  minify: true,
  write: false,
  format: "esm",
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
});
const page = readFileSync(`${here}index.html`);

const passOn = ({ method, url: path, headers }) =>
  request({ host: hubbub.hostname, port: hubbub.port || 80, method, path, headers });

const server = createServer((asked, answer) => {
  const { pathname } = new URL(asked.url, hubbub);
  if (pathname === "/main.js") return answer.writeHead(200, { "content-type": "text/javascript" }).end(outputFiles[0].contents);
  if (pathname === "/" || /^\/(chat|channel)\/\w+$/.test(pathname)) {
    return answer.writeHead(200, { "content-type": "text/html" }).end(page);
  }
  const passed = passOn(asked).on("response", (told) => {
    answer.writeHead(told.statusCode, told.headers);
    told.pipe(answer);
  });
  passed.on("error", () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()));
  asked.pipe(passed);
});

// A WebSocket, once Hubbub agreed to one, is two streams joined.
server.on("upgrade", (asked, client) => {
  const passed = passOn(asked).on("upgrade", (told, socket, first) => {
    const lines = told.rawHeaders.map((word, at) => (at % 2 ? `${word}\r\n` : `${word}: `));
    client.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("")}\r\n`);
    client.write(first);
    socket.pipe(client).pipe(socket);
    socket.on("error", () => client.destroy());
    client.on("error", () => socket.destroy());
  });
  passed.on("response", () => client.destroy());
  passed.on("error", () => client.destroy());
  passed.end();
});

server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
