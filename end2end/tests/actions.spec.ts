import type { Locator, Page } from "@playwright/test";
import { link as signInLink, password, run } from "../heron.ts";
import { accessible, expect, open, picture, scripted, settled, test } from "./fixtures.ts";

test("a session is ended after a page that shows whom it hits", async ({ page }) => {
  test.setTimeout(120_000);
  // The sample's slow statement or its idle transaction comes round every few seconds; it may be over before it is confirmed.
  await expect(async () => {
    await open(page, "/shop/live");
    await page.locator("tbody tr", { hasText: "shop" }).getByRole("link", { name: "Terminate" }).first().click({ timeout: 1000 });
    await expect(page.getByRole("heading", { name: "Terminate session" })).toBeVisible();
    await expect(page.getByRole("button", { name: "Terminate session" })).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 100_000 });
  await settled(page);
  await expect(page.locator("main")).toContainText("transaction rolled back");
  await accessible(page);
  await picture(page, "confirm");
  await page.getByRole("button", { name: "Terminate session" }).click();
  await expect(page).toHaveURL("/shop/live");
  await expect(page.getByRole("status").first()).toContainText(/1 session (terminated|no longer running)/);
  await accessible(page);
  // Said once.
  await page.reload();
  await expect(page.locator(".said")).toHaveCount(0);

  await open(page, "/audit?q=terminate");
  await expect(page.locator("tbody tr").first()).toContainText("shop");
  await expect(page.locator("tbody tr").first()).toContainText(/terminated|no longer/);
  await accessible(page);
  await picture(page, "audit");
});

/** Opens the page that asks, has it asked, and presses its button. */
async function confirmed(page: Page, link: Locator, button: string) {
  await link.click();
  await expect(page.getByRole("button", { name: button })).toBeVisible();
  await settled(page);
  await accessible(page);
  await page.getByRole("button", { name: button }).click();
  await settled(page);
}

test("a statement is cancelled, and its session stays", async ({ page }) => {
  test.setTimeout(120_000);
  // Whoever waits for the forgetful session's row comes round every half minute.
  await expect(async () => {
    await open(page, "/shop/live?q=UPDATE+products");
    await page.getByRole("link", { name: "Cancel" }).first().click({ timeout: 1000 });
    await page.getByRole("button", { name: "Cancel query" }).click({ timeout: 2000 });
    await expect(page.getByRole("status").first()).toContainText("1 statement cancelled", { timeout: 2000 });
  }).toPass({ timeout: 100_000 });
  await expect(page).toHaveURL(/\/shop\/live/);
});

test("all sessions of a database are ended, and its clients come back", async ({ page }) => {
  await open(page, "/library/live");
  await confirmed(page, page.getByRole("link", { name: "Terminate all sessions of this database" }), "Terminate all sessions");
  await expect(page.getByRole("status").first()).toContainText(/\d sessions? terminated/);
  await expect(async () => {
    await page.goto("/library/connections");
    await expect(page.locator("main")).toContainText("shopkeeper", { timeout: 1000 });
  }).toPass();
});

test("where nothing runs for long there is nothing to end", async ({ page }) => {
  await open(page, "/library/live");
  await page.getByRole("link", { name: "Terminate long-running sessions" }).click();
  await expect(page.locator("main")).toContainText("Nothing to do");
  await accessible(page);
  await page.getByRole("link", { name: "Back" }).click();
  await expect(page).toHaveURL("/library/live");
});

test("query statistics are there already, and history is not torn by a reset", async ({ page }) => {
  await open(page, "/library/confirm/enable_statistics?back=queries");
  await expect(page.locator("main")).toContainText("Nothing to do");
  await accessible(page);
  await page.getByRole("link", { name: "Back" }).click();
  await expect(page).toHaveURL("/library/queries");
  await expect(page.getByRole("link", { name: "Reset statistics" })).toHaveCount(0);
  const refused = await page.request.get("/library/confirm/reset_statistics?back=queries");
  expect(refused.status()).toBe(400);
  expect(await refused.text()).toContain("cannot be reset while Heron keeps their history");
});

test("a table is analyzed by whom PostgreSQL lets, and others are told", async ({ page }) => {
  await open(page, "/library/space/loans?schema=public");
  await confirmed(page, page.getByRole("link", { name: "Analyze", exact: true }), "Analyze the table");
  await expect(page.locator(".said")).toContainText(/Table public\.loans is analyzed|owner, or MAINTAIN/);
});

test("who leaves it has done nothing", async ({ page }) => {
  await open(page, "/shop/live");
  await page.getByRole("link", { name: "Terminate all sessions of this database" }).click();
  await expect(page.getByRole("heading", { name: "Terminate all sessions" })).toBeVisible();
  await expect(page.locator("main")).toContainText("restart your application servers");
  await page.getByRole("link", { name: "Go back" }).click();
  await expect(page).toHaveURL("/shop/live");
  await expect(page.locator(".said")).toHaveCount(0);
});

test.describe("a viewer", () => {
  test.use({ storageState: { cookies: [], origins: [] } });

  test("is offered no actions", async ({ page }) => {
    const name = `viewer-${scripted()}-${Date.now()}`;
    await open(page, signInLink("add", name, "--role", "viewer"));
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByLabel("The same again").fill(password);
    await page.getByRole("button", { name: /Set password/ }).click();
    await open(page, "/shop/live");
    await expect(page.locator('a[href*="/confirm/"]')).toHaveCount(0);
    const answer = await page.request.get("/shop/confirm/terminate_all");
    expect(answer.status()).toBe(403);
    run("user", "remove", name);
  });
});
