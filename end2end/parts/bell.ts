// What a reader does with the bell, found by role and name.
import type { Locator, Page } from "@playwright/test";
import type { Api, Person } from "./people";

export const bell = (page: Page): Locator => page.getByRole("link", { name: /^Notifications(, \d+\+? unread)?$/ }).and(page.locator("#bell"));

export const badge = (page: Page): Locator => page.locator("[data-unread-notifications]");

export const panel = (page: Page): Locator => page.getByRole("dialog", { name: "Notifications" });

export const notes = (place: Page | Locator): Locator => place.getByRole("list", { name: "Notifications" }).getByRole("listitem");

export const noteWith = (place: Page | Locator, text: string | RegExp): Locator => notes(place).filter({ hasText: text });

export const toasts = (page: Page): Locator => page.getByRole("status").getByRole("listitem");

// Opens what can be done with a notification and takes an entry.
export async function actOn(note: Locator, entry: string): Promise<void> {
  await note.hover();
  await note.getByLabel("More about this notification").click();
  await note.getByRole("button", { name: entry, exact: true }).click();
}

export interface BellPage {
  items: { notification_id: string; message: string; read_at?: string }[];
  next: string | null;
}

export const listed = (api: Api, person: Person, query = ""): Promise<BellPage> =>
  api.send("GET", `/api/notifications${query}`, person.token);
