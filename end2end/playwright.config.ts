// Browser tests. Each worker starts the real program on a free port with a data folder of its own.
//
//   HUBBUB_BINARY    the program; default: target/dist/hubbub, else target/debug/hubbub
//   HUBBUB_CHROMIUM  a Chromium to use instead of Playwright's own
//
// A spec runs once with JavaScript. What is tagged @nojs runs again without it, what is tagged @phone again on a phone.
import { defineConfig, devices } from "@playwright/test";

const executablePath = process.env.HUBBUB_CHROMIUM || undefined;
const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const wide = { ...devices["Desktop Chrome"], viewport: { width: 1280, height: 900 } };
const phone = { ...devices["Desktop Chrome"], viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
// What is measured is neither filmed nor noted down: that takes as long as the page itself.
const unwatched = { ...wide, trace: "off", screenshot: "off" } as const;

// Workers read this file too, without the words of the command line, but they inherit the environment.
if (process.argv.some((word) => word.includes("screenshots"))) process.env.HUBBUB_SCREENSHOTS = "1";
if (process.argv.some((word) => word.includes("measures"))) process.env.HUBBUB_MEASURES = "1";

export default defineConfig({
  testDir: ".",
  testMatch: "specs/*.spec.ts",
  outputDir: "test-results",
  fullyParallel: false,
  forbidOnly: !!process.env.CI,
  workers: 2,
  // A machine that builds and browses on two cores may be late once; what fails twice more is broken.
  retries: process.env.CI ? 2 : 0,
  timeout: 180_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    launchOptions: { executablePath, args: quiet },
    locale: "en-GB",
    timezoneId: "Europe/Lisbon",
    actionTimeout: 10_000,
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
  },
  projects: [
    { name: "js", use: wide, grepInvert: /@only-nojs|@only-phone/ },
    { name: "nojs", use: { ...wide, javaScriptEnabled: false }, grep: /@nojs|@only-nojs/ },
    { name: "phone", use: phone, grep: /@phone|@only-phone/ },
    // Pictures of every page, only when asked for: npx playwright test --project=screenshots
    ...(process.env.HUBBUB_SCREENSHOTS
      ? [{ name: "screenshots", testMatch: "screenshots.spec.ts", use: wide }]
      : []),
    // Figures of the browser, only when asked for: cargo xtask lighthouse, cargo xtask feel
    ...(process.env.HUBBUB_MEASURES ? [{ name: "measures", testMatch: "measures/*.spec.ts", use: unwatched }] : []),
  ],
});
