// Makes hubbub.d.ts of openapi.json; with --check says whether it is what it would make, whether both documents are valid,
// and whether a program that is strict about types can use it.
//
// `cargo xtask reference` and `cargo xtask test` call it.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import { compile } from "json-schema-to-typescript";

const here = dirname(fileURLToPath(import.meta.url));
const read = (name) => JSON.parse(readFileSync(join(here, name), "utf8"));

const BANNER = `// Types of everything that goes over Hubbub's REST and sockets, made from the same types as the server.
//
// \`ServerEvent\` is what comes over /ws, \`ClientCommand\` what goes; both are told apart by \`type\`. What has \`Input\` after its
// name is taken in another form than it is given. \`Requests\` has every request by its method and path.
`;

/** Leads references from the document's schemas to a schema's definitions; words beside them are kept apart. */
function moved(part) {
  if (Array.isArray(part)) return part.map(moved);
  if (part === null || typeof part !== "object") return part;
  if (typeof part.$ref === "string") {
    const target = { $ref: part.$ref.replace("#/components/schemas/", "#/definitions/") };
    return part.description ? { description: part.description, allOf: [target] } : target;
  }
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, moved(value)]));
}

/** One request as a shape: what stands behind `?`, its body and its good answer. */
function request(operation) {
  const queries = (operation.parameters ?? []).filter((parameter) => parameter.in === "query");
  const json = (content) => content?.["application/json"]?.schema;
  const good = Object.entries(operation.responses).filter(([status]) => status < "300");
  const answers = [...new Set(good.map(([, answer]) => JSON.stringify(json(answer.content) ?? { type: "null" })))];
  const properties = {};
  const required = ["answer"];
  if (queries.length > 0) {
    const shapes = queries.map(({ name, description, schema }) => [name, { description, ...schema }]);
    properties.query = { type: "object", properties: Object.fromEntries(shapes) };
  }
  const body = json(operation.requestBody?.content);
  if (body) {
    properties.body = body;
    if (operation.requestBody.required) required.push("body");
  }
  const shapes = answers.map((answer) => JSON.parse(answer));
  properties.answer = shapes.length === 1 ? shapes[0] : { anyOf: shapes };
  return { type: "object", description: operation.summary, properties, required };
}

async function types() {
  const document = read("openapi.json");
  const requests = {};
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      requests[`${method.toUpperCase()} ${path}`] = request(operation);
    }
  }
  const whole = { type: "object", properties: requests, required: Object.keys(requests) };
  const schema = moved({ ...whole, definitions: document.components.schemas });
  const made = await compile(schema, "Requests", {
    additionalProperties: false,
    bannerComment: BANNER,
    format: true,
    style: { printWidth: 120 },
    unreachableDefinitions: true,
  });
  // Where a shape stood in the schema is no news to readers.
  const origin = String.raw` \* This \w+ was referenced by .*\n \* via the \`definition\` ".*"\.\n`;
  return made
    .replace(new RegExp(`/\\*\\*\n${origin} \\*/\n`, "g"), "")
    .replace(new RegExp(` \\*\n${origin}`, "g"), "");
}

async function check(made) {
  const faults = [];
  if (readFileSync(join(here, "hubbub.d.ts"), "utf8") !== made) {
    faults.push("docs/api/hubbub.d.ts is not what openapi.json says. Run `cargo xtask reference`.");
  }
  const openapi = await new Validator().validate(read("openapi.json"));
  if (!openapi.valid) faults.push(`openapi.json is not OpenAPI: ${JSON.stringify(openapi.errors)}`);
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true, logger: false });
  addFormats(ajv);
  const meta = createRequire(import.meta.url)("@asyncapi/specs/schemas/3.0.0-without-$id.json");
  const asyncapi = ajv.compile(meta);
  if (!asyncapi(read("asyncapi.json"))) {
    faults.push(`asyncapi.json is not AsyncAPI: ${JSON.stringify(asyncapi.errors.slice(0, 5))}`);
  }
  const compiler = join(here, "../../node_modules/.bin/tsc");
  const flags = ["--strict", "--noEmit", "--skipLibCheck", "false", "--lib", "es2022,dom", "--types", ""];
  try {
    execFileSync(compiler, [...flags, join(here, "example.ts")], { stdio: "pipe" });
  } catch (fault) {
    faults.push(`docs/api/example.ts: ${fault.stdout}`);
  }
  return faults;
}

const made = await types();
if (process.argv.includes("--check")) {
  const faults = await check(made);
  faults.forEach((fault) => console.error(fault));
  process.exitCode = faults.length === 0 ? 0 : 1;
} else {
  writeFileSync(join(here, "hubbub.d.ts"), made);
}
