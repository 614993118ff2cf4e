// The named baseline of feed pages: React on Node renders the very elements of a page that it reads from its input, for so many
// seconds, and says how many times and in how much CPU time. It asks no database and writes to no network, which favours it.
import { readFileSync } from "node:fs";
import { createElement } from "react";
import { renderToString } from "react-dom/server";

const VOID = new Set(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]);
const RAW = /^<(script|style)\b/;
const NAMES = { class: "className", for: "htmlFor", tabindex: "tabIndex", charset: "charSet", maxlength: "maxLength" };
const PART = /<!--[^]*?-->|<!DOCTYPE[^>]*>|<\/([\w-]+)>|<([\w-]+)((?:\s+[^\s=>/]+(?:="[^"]*")?)*)\s*\/?>|([^<]+)/gi;
const ATTRIBUTE = /([^\s=]+)(?:="([^"]*)")?/g;

const plain = (text) =>
  text.replace(/&(lt|gt|quot|amp|#x27);/g, (_, name) => ({ lt: "<", gt: ">", quot: '"', amp: "&", "#x27": "'" })[name]);

// What a component would hold: names, properties and children, no strings of markup.
function read(page) {
  const root = { tag: "div", properties: {}, children: [] };
  const open = [root];
  const body = page.slice(page.indexOf("<body")).replace(/<(script|style)\b[^]*?<\/\1>/g, "");
  for (const [whole, closed, opened, attributes = "", text] of body.matchAll(PART)) {
    const within = open.at(-1);
    if (text !== undefined) within.children.push(plain(text));
    else if (closed) open.length > 1 && open.pop();
    else if (opened && !RAW.test(whole)) {
      const properties = {};
      for (const [, name, value] of attributes.matchAll(ATTRIBUTE)) {
        if (!/^(on|style$|nonce$)/.test(name)) properties[NAMES[name] ?? name] = value === undefined ? true : plain(value);
      }
      const element = { tag: opened === "body" ? "div" : opened, properties, children: [] };
      within.children.push(element);
      if (!VOID.has(opened) && !whole.endsWith("/>")) open.push(element);
    }
  }
  return root;
}

// One component for each element, as one writes them: functions of properties.
function Part({ node }) {
  const { tag, properties, children } = node;
  if (tag === "textarea" || VOID.has(tag)) return createElement(tag, properties);
  return createElement(tag, properties, ...children.map((child) => (typeof child === "string" ? child : createElement(Part, { node: child }))));
}

const tree = read(readFileSync(0, "utf8"));
const render = () => renderToString(createElement(Part, { node: tree }));
const bytes = render().length;
for (let warm = 0; warm < 50; warm += 1) render();
const end = performance.now() + 1_000 * Number(process.argv[2] ?? 5);
const before = process.cpuUsage();
let pages = 0;
for (; performance.now() < end; pages += 1) render();
const { user, system } = process.cpuUsage(before);
console.log(`${pages} ${(user + system) / 1e6} ${bytes}`);
