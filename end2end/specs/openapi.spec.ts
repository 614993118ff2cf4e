// The description of REST, and the server, tried against each other by chance: what is sent is made from the document, and no
// answer may be an error of the server or one that the document does not tell. Fixed by its seed, so that a failure returns.
import { test } from "../parts/clients";
import { Api } from "../parts/people";
import { python } from "../parts/programs";
import { expect } from "../parts/test";

// What would end the session that asks, or spend most of its time on hashing passwords.
const LEFT_OUT = "/api/auth/(logout|register|login|forgot|reset)|/api/me/(password|sessions)";
const CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

test("requests made by chance from the OpenAPI document get answers that it tells", async ({ run, ownServer }) => {
  test.setTimeout(600_000);
  const server = await ownServer({ limitFactor: 100_000 });
  const ana = await new Api(server.url).join("ana");
  const words = [
    ...["-m", "schemathesis.cli", "--no-color", "run", `${server.url}/api/openapi.json`, "--url", server.url],
    ...["--header", `Authorization: Bearer ${ana.token}`, "--checks", CHECKS, "--exclude-path-regex", LEFT_OUT],
    ...["--phases", "examples,coverage,fuzzing", "--max-examples", process.env.HUBBUB_EXAMPLES ?? "10", "--seed", "7"],
    ...["--generation-database", "none", "--suppress-health-check", "all"],
  ];
  const tried = run(python(), words);
  const code = await tried.ends(500_000);
  expect(code, tried.text).toBe(0);
  expect(tried.text).toMatch(/Selected:\s+1\d\d\//);
});
