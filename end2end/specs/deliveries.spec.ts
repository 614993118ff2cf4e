// What became of what people were told, for those who run the community.
import { expectNoBarriers } from "../parts/barriers";
import { Api } from "../parts/people";
import { expect, isScripted, open, test } from "../parts/test";

test("the owner finds what became of a notification, by status and channel @nojs @phone", async ({ ownServer, browserOf, guard }) => {
  guard.allow(/status of 40/);
  const server = await ownServer();
  const api = new Api(server.url);
  const owner = await api.join("owner", "Mina Sato");
  const ben = await api.join("ben", "Ben Okafor");
  const page = await browserOf(owner, server);
  await open(page, "/admin/deliveries");
  await expect(page.getByText("Nothing fits")).toBeVisible();

  await api.like(ben, await api.post(owner, "Who has the blue glaze?"));
  await expect(async () => {
    await open(page, "/admin/deliveries");
    await expect(page.getByRole("listitem").filter({ hasText: "Like" }).filter({ hasText: "Bell" })).toHaveCount(1, { timeout: 500 });
  }).toPass();
  if (isScripted()) await expectNoBarriers(page, "the list of deliveries");

  await page.getByLabel("Channel").selectOption("E-mail");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(/channel=email/);
  await expect(page.getByLabel("Channel")).toHaveValue("email");
  await expect(page.getByRole("listitem").filter({ hasText: "Bell" })).toHaveCount(0);

  const outsider = await browserOf(ben, server);
  await open(outsider, "/admin/deliveries");
  await expect(outsider.getByRole("heading", { name: "The list did not load" })).toBeVisible();
  await expect(outsider.getByRole("list", { name: "Deliveries" })).toHaveCount(0);
});
