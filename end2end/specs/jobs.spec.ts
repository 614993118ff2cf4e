// The job board: posting, finding, applying, and an application that moves before the eyes of both.
import { refusal } from "../parts/guard";
import { expect, isScripted, open, type Page, test } from "../parts/test";

async function fillJob(page: Page, title: string, place = "Lisbon"): Promise<void> {
  await page.getByLabel("Title").fill(title);
  await page.getByLabel("Place").fill(place);
  await page.getByLabel("Description").fill("Firing schedules and kiln logs. Ask me anything.");
}

const jobs = (page: Page) => page.getByRole("list", { name: "Jobs" }).getByRole("listitem");
const steps = (page: Page) => page.getByRole("list", { name: "Steps of the application" }).getByRole("listitem");

test("a job is posted, found by what it says, changed and closed @nojs @phone", async ({ member, api, browserOf }) => {
  const { person, page } = await member("poster");
  const title = `Kiln keeper ${person.username}`;
  await open(page, "/jobs");
  await page.getByRole("link", { name: "Post a job" }).click();
  await fillJob(page, title, "Porto, Ribeira");
  await page.getByRole("combobox", { name: "Kind" }).selectOption("Contract");
  await page.getByRole("button", { name: "Post job" }).click();
  await expect(page.getByRole("heading", { name: title })).toBeVisible();
  await expect(page).toHaveURL(/\/jobs\/\d+$/);

  const reader = await browserOf(await api.join("reader"));
  await open(reader, `/jobs?q=${person.username}%20kiln&kind=contract&place=ribeira`);
  await expect(jobs(reader)).toHaveCount(1);
  await open(reader, `/jobs?q=${person.username}&kind=volunteer`);
  await expect(reader.getByText("No job fits")).toBeVisible();
  await reader.getByRole("link", { name: "Show all" }).click();
  await expect(jobs(reader).filter({ hasText: title })).toHaveCount(1);

  await page.getByLabel("More about this job").click();
  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await page.getByLabel("Title").fill(`${title}, senior`);
  await page.getByRole("button", { name: "Save job" }).click();
  await expect(page.getByRole("heading", { name: `${title}, senior` })).toBeVisible();
  await page.getByLabel("More about this job").click();
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await expect(page.getByRole("main").getByText("Closed", { exact: true })).toBeVisible();
  await open(reader, `/jobs?q=${person.username}`);
  await expect(reader.getByText("No job fits")).toBeVisible();
});

test("what is wrong with a job stands at its field, and nothing typed is lost @nojs", async ({ member, guard }) => {
  guard.allow(refusal(422));
  const { page } = await member("poster");
  await open(page, "/jobs/new");
  await page.locator("form:has([name=closes_on])").evaluate((form: HTMLFormElement) => (form.noValidate = true));
  await page.getByLabel("Place").fill("Lisbon");
  await page.getByLabel("Last day to apply").fill("2020-01-31");
  await page.getByRole("button", { name: "Post job" }).click();
  await expect(page.getByLabel("Title")).toHaveAccessibleDescription(/empty/);
  await expect(page.getByLabel("Last day to apply")).toHaveAccessibleDescription(/over/);
  await expect(page.getByLabel("Place")).toHaveValue("Lisbon");
});

test("one applies with a note and a file, and withdraws @nojs @phone", async ({ member, api, browserOf, guard }) => {
  guard.allow(refusal(422));
  const poster = await api.join("poster", "Ingrid Moe");
  const job = await api.postJob(poster, "Glaze assistant");
  const { page } = await member("maker", "Salma Haddad");
  await open(page, `/jobs/${job.job_id}`);
  await page.getByRole("button", { name: "Apply", exact: true }).click();
  await expect(page.getByLabel("Why you")).toHaveAccessibleDescription(/empty/);
  await page.getByLabel("Why you").fill("I label every bucket.");
  await page.locator("input[type=file]").setInputFiles({ name: "life.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7 life") });
  await page.getByRole("button", { name: "Apply", exact: true }).click();
  await expect(steps(page)).toHaveText([/Submitted/]);
  await expect(page.getByRole("link", { name: "life.pdf" })).toBeVisible();

  const theirs = await browserOf(poster);
  await open(theirs, `/jobs/${job.job_id}`);
  await theirs.getByRole("list", { name: "Applications" }).getByRole("link", { name: "Salma Haddad" }).click();
  await expect(theirs.getByText("I label every bucket.")).toBeVisible();
  await expect(theirs.getByRole("link", { name: "life.pdf" })).toBeVisible();
  await theirs.getByRole("button", { name: "Interview" }).click();
  await expect(steps(theirs)).toHaveText([/Submitted/, /Viewed/, /Interview/]);

  await open(page, "/jobs?of=applied");
  await expect(jobs(page).getByText("Interview")).toBeVisible();
  await open(page, `/jobs/${job.job_id}`);
  await page.getByRole("button", { name: "Withdraw application" }).click();
  await expect(steps(page).last()).toHaveText(/Withdrawn/);
  await expect(page.getByRole("link", { name: "life.pdf" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Apply", exact: true })).toBeVisible();
});

test("both see an application come and move without a reload", async ({ api, browserOf }) => {
  const [poster, maker] = [await api.join("poster", "Ingrid Moe"), await api.join("maker", "Salma Haddad")];
  const job = await api.postJob(poster, "Glaze assistant");
  const [theirs, own] = [await browserOf(poster), await browserOf(maker)];
  await open(theirs, `/jobs/${job.job_id}`);
  await expect(theirs.getByText("Nobody has applied yet")).toBeVisible();
  const application = await api.apply(maker, job, "Me, please.");
  const applied = theirs.getByRole("list", { name: "Applications" }).getByRole("listitem");
  await expect(applied).toHaveText([/Salma Haddad.*Submitted.*Me, please\./s]);

  await open(own, `/jobs/${job.job_id}`);
  await expect(steps(own)).toHaveCount(1);
  for (const [stage, words] of [["viewed", "Viewed"], ["interview", "Interview"], ["offer", "Offer"], ["accepted", "Accepted"]] as const) {
    await api.move(poster, application, stage);
    await expect(steps(own).last()).toHaveText(new RegExp(words));
    await expect(applied).toHaveText(new RegExp(words));
  }
  await expect(own.getByRole("button", { name: "Withdraw application" })).toHaveCount(0);
});

test("the board moves with what others do, and nothing being read jumps", async ({ api, browserOf }) => {
  const [poster, reader] = [await api.join("poster", "Ingrid Moe"), await api.join("reader", "Salma Haddad")];
  const [first, second] = [await api.postJob(poster, `Thrower ${poster.username}`), await api.postJob(poster, `Glazer ${poster.username}`)];
  const page = await browserOf(reader);
  await open(page, `/jobs?q=${poster.username}`);
  await expect(jobs(page)).toHaveText([/Glazer/, /Thrower/]);
  const change = (job: { job_id: string }, title: string) =>
    api.send("PUT", `/api/jobs/${job.job_id}`, poster.token, { title, place: "Lisbon", content: "Ask about the kiln." });
  await change(first, `Head thrower ${poster.username}`);
  await expect(jobs(page)).toHaveText([/Glazer/, /Head thrower/]);
  await api.send("POST", `/api/jobs/${second.job_id}/close`, poster.token);
  await expect(jobs(page).first()).toContainText("Closed");

  await api.postJob(poster, `Packer ${poster.username}`);
  await api.postJob(poster, "Of no interest here");
  const pill = page.getByRole("button", { name: "1 new job" });
  await expect(pill).toBeVisible();
  await expect(jobs(page)).toHaveCount(2);
  await pill.click();
  await expect(jobs(page)).toHaveText([/Packer/, /Glazer/, /Head thrower/]);
  await expect(pill).toBeHidden();
  await expect(jobs(page).first().getByRole("link")).toBeFocused();
  await api.send("DELETE", `/api/jobs/${second.job_id}`, poster.token);
  await expect(jobs(page)).toHaveText([/Packer/, /Head thrower/]);

  // The page of one of them, while somebody writes an application.
  await jobs(page).filter({ hasText: "Head thrower" }).getByRole("link").click();
  await page.getByLabel("Why you").fill("Ten years at the wheel");
  await change(first, `Lead thrower ${poster.username}`);
  await expect(page.getByRole("heading", { name: `Lead thrower ${poster.username}` })).toBeVisible();
  await expect(page.getByLabel("Why you")).toHaveValue("Ten years at the wheel");
  await api.send("POST", `/api/jobs/${first.job_id}/close`, poster.token);
  await expect(page.getByText("This job is closed.")).toBeVisible();
});

test("deleting a job can be undone, and waits for those who applied", async ({ member, api, guard }) => {
  guard.allow(refusal(409));
  const { person, page } = await member("poster");
  const job = await api.postJob(person, "Short-lived");
  await open(page, `/jobs/${job.job_id}`);
  const remove = async (): Promise<void> => {
    await page.getByLabel("More about this job").click();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
  };
  await remove();
  await expect(page.getByText("You have not posted a job")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("heading", { name: "Short-lived" })).toBeVisible();

  await api.apply(await api.join("maker"), job, "Me");
  await remove();
  await expect(page.getByText("1 person waits for your answer.")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Short-lived" })).toBeVisible();
});

test("the filters follow what is typed", async ({ member, api }) => {
  test.skip(!isScripted());
  const { person, page } = await member("poster");
  await api.postJob(person, `Weaver ${person.username}`, { place: "Braga", kind: "internship" });
  await api.postJob(person, `Dyer ${person.username}`, { place: "Faro" });
  await open(page, "/jobs");
  await page.getByRole("searchbox", { name: "Search jobs" }).fill(person.username);
  await expect(jobs(page)).toHaveCount(2);
  await page.getByRole("combobox", { name: "Kind of job" }).selectOption("Internship");
  await expect(jobs(page)).toHaveText([/Weaver/]);
  await page.getByRole("combobox", { name: "Kind of job" }).selectOption("Any kind");
  await page.getByRole("textbox", { name: "Place" }).fill("faro");
  await page.getByRole("textbox", { name: "Place" }).press("Enter");
  await expect(jobs(page)).toHaveText([/Dyer/]);
  await expect(page).toHaveURL(/place=faro/);
});
