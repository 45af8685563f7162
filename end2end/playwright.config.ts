import { defineConfig } from "@playwright/test";
import { existsSync } from "node:fs";
import { base, heron, major, sample, store, watched } from "./heron.ts";

// Debian's Chromium where it is; elsewhere Playwright's own, which `npx playwright install chromium` fetches.
const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";
const launchOptions = {
  executablePath: existsSync(chromium) ? chromium : undefined,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

const options = `--listen ${new URL(base).host} --store sqlite://${store} --capture-interval 2s postgres://nobody@127.0.0.1:9/dead`;

// Every spec runs twice: hydrated, and as plain HTML with JavaScript off. What needs a script says so in its name.
export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  workers: 2,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: process.env.CI ? [["line"]] : [["list"]],
  use: { baseURL: base, launchOptions, trace: "retain-on-failure", timezoneId: "Pacific/Chatham", locale: "de-DE" },
  projects: [
    { name: "setup", testMatch: /sign-in\.setup\.ts/ },
    { name: "hydrated", dependencies: ["setup"], use: { storageState: "test-results/.signed-in.json" } },
    {
      name: "html",
      dependencies: ["setup"],
      testIgnore: /\.hydrate\.spec\.ts/,
      use: { storageState: "test-results/.signed-in.json", javaScriptEnabled: false },
    },
  ],
  webServer: {
    // A real PostgreSQL with two databases and a lively workload, and Heron on both and on a server that is not there.
    command: [
      `rm -f ${store}*`,
      `mkdir -p ${store.replace(/[^/]*$/, "")}`,
      // The sample says the URLs of its databases to what it starts; specs that start a Heron of their own want them too.
      `exec ${sample} --major ${major} -- sh -c 'echo "$@" >${watched}; exec ${heron} serve ${options} "$@"' heron`,
    ].join(" && "),
    url: `${base}/health`,
    timeout: 180_000,
    stdout: "pipe",
    gracefulShutdown: { signal: "SIGTERM", timeout: 20_000 },
  },
});
