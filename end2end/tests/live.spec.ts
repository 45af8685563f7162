import { accessible, expect, open, picture, test } from "./fixtures.ts";

test("what runs now stands on one page, with how long and for whom", async ({ page }) => {
  // The sample's slow statement or its idle transaction comes round every few seconds.
  await expect(async () => {
    await open(page, "/shop/live");
    await expect(page.locator("tbody tr").first()).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 50_000 });
  await expect(page.locator("tbody")).toContainText("shopkeeper");
  await accessible(page);
  await picture(page, "live");
  await open(page, "/shop/live?state=%3Cb%3Eno%20such%20state");
  await expect(page.locator("main")).toContainText("Nothing runs now");
});

test("who waits for whom is a tree", async ({ page }) => {
  test.setTimeout(120_000);
  await expect(async () => {
    await open(page, "/shop/locks");
    await expect(page.locator(".tree ul ul")).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 100_000 });
  const root = page.locator(".tree > ul > li").first();
  await expect(root).toContainText("blocks 1 session");
  await expect(root.locator("ul > li")).toContainText("for ShareLock on a row of");
  await accessible(page);
  await picture(page, "locks");
});

test("connections are counted by what they do and where they come from", async ({ page }) => {
  await open(page, "/shop");
  await page.getByRole("link", { name: "Connections", exact: true }).first().click();
  await expect(page).toHaveURL("/shop/connections");
  await expect(page.getByRole("heading", { name: "By role" })).toBeVisible();
  await expect(page.locator("tbody").first()).toContainText("shop");
  await accessible(page);
  await picture(page, "connections");
});
