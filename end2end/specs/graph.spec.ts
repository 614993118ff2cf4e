// Connecting, muting, blocking, keeping to oneself, and looking after the community.
import { expectNoBarriers } from "../parts/barriers";
import { refusal } from "../parts/guard";
import { choose, composerOf, placeOf, postWith } from "../parts/feed";
import { Api, type Person } from "../parts/people";
import { expect, isScripted, open, type Page, test } from "../parts/test";

const profile = (person: Person) => `/@${person.username}`;
const about = (page: Page) => page.getByRole("region", { name: "About" });
const connection = (page: Page) => about(page).locator("[data-connection]");
const requests = (page: Page) => page.getByRole("link", { name: /^Requests/ });

async function connect(api: Api, one: Person, other: Person): Promise<void> {
  await api.send("PUT", `/api/connections/${other.id}`, one.token);
  await api.send("PUT", `/api/connections/${one.id}`, other.token);
}

test("a request is asked, and accepted, with and without script @nojs", async ({ member }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await member("ben", "Ben Okafor");
  await open(ana.page, profile(ben.person));
  await ana.page.getByRole("button", { name: "Connect with Ben Okafor" }).click();
  await expect(connection(ana.page)).toHaveAttribute("data-connection", "requested");

  await open(ben.page, "/connections?list=requests");
  await expect(ben.page.getByRole("main").getByRole("link", { name: "Ana Ferreira" })).toBeVisible();
  await ben.page.getByRole("button", { name: "Accept the request of Ana Ferreira" }).click();
  await open(ben.page, "/connections");
  await expect(ben.page.getByRole("list", { name: "Connections" })).toContainText("Ana Ferreira");

  await open(ana.page, profile(ben.person));
  await expect(connection(ana.page)).toHaveAttribute("data-connection", "connected");
  await ana.page.getByLabel("Connected with Ben Okafor").click();
  await ana.page.getByRole("button", { name: "Remove connection" }).click();
  await expect(connection(ana.page)).toHaveAttribute("data-connection", "none");
});

test("both sides see it move without a reload @phone", async ({ member }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await member("ben", "Ben Okafor");
  await open(ana.page, profile(ben.person));
  await open(ben.page, "/connections?list=requests");
  await expect(ben.page.getByText("No requests wait")).toBeVisible();

  await ana.page.getByRole("button", { name: "Connect with Ben Okafor" }).click();
  await expect(ben.page.getByRole("button", { name: "Accept the request of Ana Ferreira" })).toBeVisible();
  await expect(requests(ben.page)).toContainText("1");
  await ben.page.getByRole("button", { name: "Accept the request of Ana Ferreira" }).click();
  await expect(connection(ana.page)).toHaveAttribute("data-connection", "connected");
  await expect(ben.page.getByText("No requests wait")).toBeVisible();

  // Taken back within a minute, on both sides.
  await ana.page.getByLabel("Connected with Ben Okafor").click();
  await ana.page.getByRole("button", { name: "Remove connection" }).click();
  await expect(connection(ana.page)).toHaveAttribute("data-connection", "none");
  await ana.page.getByRole("button", { name: "Undo" }).click();
  await expect(connection(ana.page)).toHaveAttribute("data-connection", "connected");
});

test("who is here stands beside the feed, until they go", async ({ member }) => {
  const ben = await member("ben", "Ben Okafor");
  await open(ben.page, "/");
  const ana = await member("ana", "Ana Ferreira");
  await open(ana.page, "/");
  const card = ana.page.getByRole("complementary", { name: "Around you" }).locator("section", { hasText: "Online now" });
  const face = card.locator(`a[href="${profile(ben.person)}"]`);
  await expect(face).toHaveAccessibleName("Ben Okafor");
  await expect(face.getByText("Active now")).toBeAttached();
  const below = ana.page.getByRole("heading", { name: "People to follow" });
  const place = await placeOf(below);
  await ben.page.close();
  await expect(face).toBeHidden({ timeout: 15_000 });
  expect(await placeOf(below)).toEqual(place);
});

test("a request is declined, or withdrawn, and the other side follows", async ({ member, guard }) => {
  guard.allow(refusal(409));
  const ana = await member("ana", "Ana Ferreira");
  const ben = await member("ben", "Ben Okafor");
  await open(ana.page, profile(ben.person));
  await open(ben.page, profile(ana.person));
  await ana.page.getByRole("button", { name: "Connect with Ben Okafor" }).click();
  await expect(ben.page.getByRole("button", { name: "Decline the request of Ana Ferreira" })).toBeVisible();
  await ana.page.getByRole("button", { name: /Withdraw your request/ }).click();
  await expect(ben.page.getByRole("button", { name: "Connect with Ana Ferreira" })).toBeVisible();
  await ana.page.getByRole("button", { name: "Connect with Ben Okafor" }).click();
  await ben.page.getByRole("button", { name: "Decline the request of Ana Ferreira" }).click();
  await expect(connection(ana.page)).toHaveAttribute("data-connection", "none");
  await ana.page.getByRole("button", { name: "Connect with Ben Okafor" }).click();
  await expect(ana.page.getByText(/declined a short while ago/)).toBeVisible();
});

test("a block hides at once on both sides, and can be taken back", async ({ member, api, guard }) => {
  guard.allow(refusal(404));
  const ana = await member("ana", "Ana Ferreira");
  const ben = await member("ben", "Ben Okafor");
  await api.post(ana.person, "Kiln news of Ana");
  await api.post(ben.person, "Kiln news of Ben");
  await open(ana.page, "/");
  await open(ben.page, "/");
  await expect(postWith(ben.page, "Kiln news of Ana")).toBeVisible();
  await choose(postWith(ana.page, "Kiln news of Ben"), "Block Ben");
  await expect(postWith(ana.page, "Kiln news of Ben")).toBeHidden();
  await expect(postWith(ben.page, "Kiln news of Ana")).toBeHidden();
  const answer = await ben.page.goto(profile(ana.person));
  expect(answer!.status()).toBe(404);

  await open(ana.page, "/settings");
  await ana.page.getByRole("button", { name: "Unblock Ben Okafor" }).click();
  await expect(ana.page.getByRole("button", { name: "Unblock Ben Okafor" })).toBeHidden();
  await open(ben.page, "/");
  await expect(postWith(ben.page, "Kiln news of Ana")).toBeVisible();
});

test("who is muted leaves the feed and keeps their page @nojs", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await api.join("ben", "Ben Okafor");
  await api.post(ben, "Glaze of the day");
  await open(ana.page, profile(ben));
  await about(ana.page).getByLabel("More about Ben Okafor").click();
  await about(ana.page).getByRole("button", { name: "Mute Ben" }).click();
  if (isScripted()) await expect(ana.page.getByText("Ben is muted")).toBeVisible();
  await open(ana.page, "/");
  await expect(postWith(ana.page, "Glaze of the day")).toBeHidden();
  await open(ana.page, profile(ben));
  await expect(postWith(ana.page, "Glaze of the day")).toBeVisible();
  await open(ana.page, "/settings");
  await ana.page.getByRole("button", { name: "Unmute Ben Okafor" }).click();
  await expect(ana.page.getByRole("button", { name: "Unmute Ben Okafor" })).toHaveCount(0);
  await open(ana.page, "/");
  await expect(postWith(ana.page, "Glaze of the day")).toBeVisible();
});

test("a private profile shows a name, and more to connections @nojs", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await member("ben", "Ben Okafor");
  await api.post(ana.person, "Only for those I know");
  await open(ana.page, "/settings");
  await ana.page.getByLabel("Private profile").check();
  await ana.page.getByRole("button", { name: "Save privacy" }).click();
  await expect(ana.page.getByText("Your privacy is saved.")).toBeVisible();

  await open(ben.page, profile(ana.person));
  await expect(ben.page.getByRole("heading", { name: "This profile is private" })).toBeVisible();
  await expect(ben.page.getByRole("main").getByRole("button", { name: "Follow Ana Ferreira" })).toBeHidden();
  await connect(api, ben.person, ana.person);
  await open(ben.page, profile(ana.person));
  await expect(postWith(ben.page, "Only for those I know")).toBeVisible();
});

test("a post for connections is for these alone @nojs", async ({ member, api }) => {
  const ana = await member("ana", "Ana Ferreira");
  const ben = await member("ben", "Ben Okafor");
  const cleo = await member("cleo", "Cleo Lind");
  await connect(api, ana.person, ben.person);
  await open(ana.page, "/");
  const composer = composerOf(ana.page);
  await composer.getByLabel("Text of the post").fill("Keys are under the mat");
  await composer.getByLabel("Who sees it").selectOption("connections");
  await composer.getByRole("button", { name: "Post", exact: true }).click();
  await expect(postWith(ana.page, "Keys are under the mat")).toContainText("Only connections see this");
  await open(ben.page, "/");
  await expect(postWith(ben.page, "Keys are under the mat")).toBeVisible();
  await open(cleo.page, "/");
  await expect(postWith(cleo.page, "Keys are under the mat")).toBeHidden();
});

test("the owner suspends somebody, who is out within a second and told why @phone", async ({ ownServer, browserOf, guard }) => {
  guard.allow(refusal(401), refusal(403), /4401/);
  const server = await ownServer();
  const api = new Api(server.url);
  const owner = await api.join("owner", "Olive Owner");
  const ben = await api.join("ben", "Ben Okafor");
  const [desk, his] = [await browserOf(owner, server), await browserOf(ben, server)];
  await open(his, "/settings");
  await open(desk, "/settings");
  await desk.getByRole("link", { name: /^People/ }).click();
  await desk.getByLabel("Suspend Ben Okafor").click();
  await desk.getByLabel("Reason").fill("Sells shoes in every thread.");
  await desk.getByRole("button", { name: "Suspend Ben Okafor" }).click();
  await expect(desk.getByText("Sells shoes in every thread.")).toBeVisible();
  await expect(his.getByText(/signed out/i).first()).toBeVisible();
  await his.goto("/settings");
  await expect(his).toHaveURL(/sign-in/);

  await his.getByLabel("E-mail or username").or(his.locator("input[name=login]")).first().fill(ben.username);
  await his.locator("input[name=password]").fill(ben.password);
  await his.getByRole("button", { name: "Sign in" }).click();
  await expect(his.getByRole("alert").first()).toContainText("Sells shoes in every thread.");

  await open(desk, profile(ben));
  await expect(desk.getByRole("heading", { name: "This account is suspended" })).toBeVisible();
  await open(desk, "/admin/people?suspended=true");
  await desk.getByRole("button", { name: "Lift suspension" }).click();
  await expect(desk.getByText("Nobody fits")).toBeVisible();
});

test("roles are handed out, and the page is for those who may @nojs", async ({ ownServer, browserOf, guard }) => {
  guard.allow(refusal(403));
  const server = await ownServer();
  const api = new Api(server.url);
  const owner = await api.join("owner", "Olive Owner");
  const ben = await api.join("ben", "Ben Okafor");
  const [desk, his] = [await browserOf(owner, server), await browserOf(ben, server)];
  const refused = await his.goto("/admin/people");
  expect(refused!.status()).toBe(403);
  await open(desk, `/admin/people?q=${ben.username}`);
  await desk.getByLabel("New role of Ben Okafor").selectOption("moderator");
  await desk.getByRole("button", { name: "Change role" }).click();
  await expect(desk.getByRole("main").getByRole("listitem").filter({ hasText: "Ben Okafor" })).toContainText("Moderator");
  await open(his, "/settings");
  await expect(his.getByRole("link", { name: /^People/ })).toBeVisible();
});

for (const scheme of ["light", "dark"] as const) {
  test(`connections and people have no barriers in ${scheme} @phone`, async ({ ownServer, browserOf }) => {
    const server = await ownServer();
    const api = new Api(server.url);
    const owner = await api.join("owner", "Olive Owner");
    const others = [];
    for (const name of ["Ben Okafor", "Cleo Lind", "Dara Singh", "Emil Novak"]) others.push(await api.join("other", name));
    const [ben, cleo, dara, emil] = others as [Person, Person, Person, Person];
    await connect(api, owner, ben);
    await connect(api, ben, emil);
    await api.send("PUT", `/api/connections/${owner.id}`, cleo.token);
    await api.send("PUT", `/api/connections/${dara.id}`, owner.token);
    await api.send("PUT", `/api/admin/people/${dara.id}/suspension`, owner.token, { reason: "A break.", days: 7 });
    const page = await browserOf(owner, server);
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    for (const path of ["/connections", "/connections?list=requests", "/connections?list=sent", "/connections?list=suggestions", `/@${emil.username}`, `/@${dara.username}`, "/admin/people"]) {
      await open(page, path);
      await expectNoBarriers(page, path);
    }
    await page.getByLabel("Suspend Ben Okafor").click();
    await expectNoBarriers(page, "suspending");
  });
}
