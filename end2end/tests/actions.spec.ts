import { link as signInLink, password, run } from "../heron.ts";
import { accessible, expect, open, picture, scripted, settled, test } from "./fixtures.ts";

test("a session is ended after a page that shows whom it hits", async ({ page }) => {
  test.setTimeout(120_000);
  // The sample's slow statement or its idle transaction comes round every few seconds; it may be over before it is confirmed.
  await expect(async () => {
    await open(page, "/shop/live");
    await page.locator("tbody tr", { hasText: "shop" }).getByRole("link", { name: "End" }).first().click({ timeout: 1000 });
    await expect(page.getByRole("heading", { name: "End a session" })).toBeVisible();
    await expect(page.getByRole("button", { name: "End the session" })).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 100_000 });
  await settled(page);
  await expect(page.locator("main")).toContainText("transaction rolled back");
  await accessible(page);
  await picture(page, "confirm");
  await page.getByRole("button", { name: "End the session" }).click();
  await expect(page).toHaveURL("/shop/live");
  await expect(page.getByRole("status").first()).toContainText(/1 session (ended|not ended|no longer running)/);
  await accessible(page);
  // Said once.
  await page.reload();
  await expect(page.locator(".said")).toHaveCount(0);

  await open(page, "/audit?q=terminate");
  await expect(page.locator("tbody tr").first()).toContainText("shop");
  await expect(page.locator("tbody tr").first()).toContainText(/ended|no longer/);
  await accessible(page);
  await picture(page, "audit");
});

test("who leaves it has done nothing", async ({ page }) => {
  await open(page, "/shop/live");
  await page.getByRole("link", { name: "End all sessions of this database" }).click();
  await expect(page.getByRole("heading", { name: "End all sessions" })).toBeVisible();
  await expect(page.locator("main")).toContainText("restart your application servers");
  await page.getByRole("link", { name: "Leave it" }).click();
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
