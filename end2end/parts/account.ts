// The forms of signing up and in.
import type { Page } from "@playwright/test";

export interface SignUpForm {
  name: string;
  handle: string;
  email: string;
  password: string;
}

export async function fillSignUp(page: Page, form: Partial<SignUpForm>): Promise<void> {
  if (form.name !== undefined) await page.getByLabel("Name", { exact: true }).fill(form.name);
  if (form.handle !== undefined) await page.getByLabel("Handle").fill(form.handle);
  if (form.email !== undefined) await page.getByLabel("Email").fill(form.email);
  if (form.password !== undefined) await page.getByRole("textbox", { name: "Password" }).fill(form.password);
}

export const createAccount = (page: Page): Promise<void> => page.getByRole("button", { name: "Create account" }).click();

export async function signIn(page: Page, login: string, password: string): Promise<void> {
  await page.getByLabel("Email or handle").fill(login);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}
