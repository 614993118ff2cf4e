// Three servers behind nginx: people and clients spread over them are in one place.
import { test as base } from "../parts/clients";
import { Cluster, postgres } from "../parts/cluster";
import { clientsSeeTheSame, peopleAndClientsSeeTheSame } from "../parts/everyone";
import { pill, postWith } from "../parts/feed";
import { refusal, SERVER_AWAY } from "../parts/guard";
import { Api } from "../parts/people";
import type { Server } from "../parts/server";
import { expect, open } from "../parts/test";

const test = base.extend<object, { cluster: Cluster; server: Server }>({
  cluster: [
    async ({}, use) => {
      const cluster = await Cluster.start();
      await use(cluster);
      await cluster.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  // Whoever asks for the server gets what stands in front of the three.
  server: [async ({ cluster }, use) => use({ url: cluster.url } as Server), { scope: "worker", timeout: 120_000 }],
});

test.skip(!postgres, "needs HUBBUB_TEST_POSTGRES, which cargo xtask test sets");

test("clients of every dialect see the same at three servers", clientsSeeTheSame);

test("people in browsers and clients of every dialect see the same at three servers", peopleAndClientsSeeTheSame);

test("tabs are spread over the servers, and stay live when theirs stops", async ({ cluster, api, member, guard }) => {
  guard.allow(...SERVER_AWAY, refusal(502));
  const [ana, ben, cleo] = [await member("ana"), await member("ben"), await member("cleo")];
  await api.post(ana.person, "All are here");
  for (const { page } of [ana, ben, cleo]) await open(page, "/");
  await expect.poll(() => cluster.connections(), { message: "each server has somebody" }).not.toContain(0);
  for (const [which, server] of cluster.servers.entries()) {
    await server.kill();
    const text = `Written while server ${which} is away`;
    // Not through the proxy, which does not send twice what changes something.
    const other = cluster.servers[(which + 1) % cluster.servers.length]!;
    await new Api(other.url).post(ana.person, text);
    for (const { page } of [ben, cleo]) {
      await pill(page).click({ timeout: 30_000 });
      await expect(postWith(page, text)).toBeVisible();
    }
    await server.resume();
  }
});
