// axe-core finds nothing on any page, in either theme, wide and on a phone.
import { expectNoBarriers } from "../parts/barriers";
import { refusal } from "../parts/guard";
import { picture } from "../parts/pictures";
import type { Person } from "../parts/people";
import { expect, open, test } from "../parts/test";

async function furnish(api: import("../parts/people").Api, person: Person): Promise<string> {
  const other = await api.join("guest", "Guest Person");
  await api.follow(person, other);
  const post = await api.post(person, `Everything at once: @${other.username} #studio https://example.org/`);
  const comment = await api.comment(other, post, "A comment");
  await api.comment(person, post, "A reply", comment.id);
  await api.like(person, post);
  await api.post(person, "For followers", { audience: "followers" });
  return post.id;
}

// A job with somebody who applied.
async function offer(api: import("../parts/people").Api, by: Person): Promise<{ job: string; application: string }> {
  const job = await api.postJob(by, "Studio technician");
  const { application_id: application } = await api.apply(await api.join("salma", "Salma Haddad"), job, "Nine years of kilns.");
  return { job: job.job_id, application };
}

for (const scheme of ["light", "dark"] as const) {
  test(`the door has no barriers in ${scheme} @phone`, async ({ page, guard }) => {
    guard.allow(refusal(401), refusal(422));
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    for (const path of ["/sign-in", "/sign-up"]) {
      await open(page, path);
      await expectNoBarriers(page, path);
    }
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page.getByRole("alert").first()).toBeVisible();
    await expectNoBarriers(page, "/sign-up refused");
  });

  test(`no page has barriers in ${scheme} @phone`, async ({ member, api, guard }) => {
    guard.allow(refusal(404));
    const { person, page } = await member("axe");
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    const post = await furnish(api, person);
    const { job, application } = await offer(api, person);
    const file = { name: "a.png", mimeType: "image/png", buffer: picture(60, 40) };
    const paths = [
      "/",
      "/?feed=following",
      `/posts/${post}`,
      `/posts/${post}?edit=1`,
      `/@${person.username}`,
      `/@${person.username}/followers`,
      `/@${person.username}/following`,
      "/tags/studio",
      "/search",
      "/search?q=guest",
      "/settings",
      "/settings/sessions",
      "/jobs",
      "/jobs?of=mine",
      "/jobs/new",
      `/jobs/${job}`,
      `/jobs/applications/${application}`,
      "/no/such/page",
    ];
    for (const path of paths) {
      await open(page, path);
      await expectNoBarriers(page, path);
    }
    if (page.viewportSize()!.width > 640) {
      await open(page, "/");
      await page.getByLabel("Text of the post").first().fill("Open composer");
      await page.locator("#compose input[type=file]").setInputFiles(file);
      await expectNoBarriers(page, "open composer");
      await page.getByLabel("More about this post").first().click();
      await expectNoBarriers(page, "open menu");
    }
    await open(page, "/settings");
    await page.keyboard.press("?");
    await expectNoBarriers(page, "shortcuts");
  });
}
