import { accessible, expect, open, picture, test } from "./fixtures.ts";

test("a server nobody follows says so, and how it gets a standby", async ({ page }) => {
  await open(page, "/shop");
  await page.getByRole("link", { name: "Replication", exact: true }).first().click();
  await expect(page).toHaveURL("/shop/replication");
  await expect(page.locator("main")).toContainText("Primary without a standby");
  await expect(page.locator("main")).toContainText("pg_create_physical_replication_slot");
  await expect(page.locator("main")).toContainText("pg_basebackup");
  await accessible(page);
  await picture(page, "replication");
});
