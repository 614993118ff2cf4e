// What a reader does in conversations, found by role and name.
import type { Locator, Page } from "@playwright/test";
import type { Conversation } from "./people";

export const threadOf = (conversation: Conversation): string => `/messages/${conversation.conversation_id}`;

export const log = (page: Page): Locator => page.getByRole("log");

export const rows = (page: Page): Locator => page.getByRole("list", { name: "Conversations" }).getByRole("link");

export const rowOf = (page: Page, name: string): Locator => rows(page).filter({ hasText: name });

// The message with this text: the line of the thread around it.
export const messageWith = (page: Page, text: string): Locator => log(page).getByRole("listitem").filter({ hasText: text });

export const box = (page: Page): Locator => page.getByRole("textbox", { name: /^Message / });

export async function say(page: Page, text: string): Promise<void> {
  await box(page).fill(text);
  await page.getByRole("button", { name: "Send", exact: true }).click();
}

export const tickOf = (page: Page, text: string): Locator => messageWith(page, text).locator("[data-tick]");

// Opens what can be done with a message and takes an entry.
export async function act(page: Page, text: string, entry: string): Promise<void> {
  const message = messageWith(page, text);
  await message.hover();
  await message.getByLabel("More about this message").click();
  const found = message.getByRole("button", { name: entry, exact: true }).or(message.getByRole("link", { name: entry, exact: true }));
  await found.first().click();
}

export const navBadge = (page: Page): Locator => page.locator("[data-unread-conversations]").filter({ visible: true });
