import { accessible, expect, open, picture, test } from "./fixtures.ts";

test("maintenance says how far wraparound is, what runs, and when each table was vacuumed", async ({ page }) => {
  await open(page, "/shop");
  await page.getByRole("link", { name: "Maintenance", exact: true }).first().click();
  await expect(page).toHaveURL("/shop/maintenance");
  await expect(page.getByRole("heading", { name: "Running now" })).toBeVisible();
  await expect(page.getByText("Oldest transaction id", { exact: true })).toBeVisible();
  const tables = page.locator("[data-live=upkeep]");
  await expect(tables.locator("tbody tr").first()).toBeVisible();
  await accessible(page);
  await picture(page, "maintenance");
});

test("the tables are sorted and narrowed by the URL, with or without a script", async ({ page }) => {
  await open(page, "/shop/maintenance");
  const tables = page.locator("[data-live=upkeep]");
  await tables.getByRole("link", { name: "Live rows" }).click();
  await expect(page).toHaveURL(/sort=live_rows/);
  await expect(tables.locator("th[aria-sort=descending]")).toHaveText("Live rows");
  await open(page, "/shop/maintenance?q=no+such+table");
  await expect(tables).toContainText("matches");
  await tables.getByRole("link", { name: "Show all" }).click();
  await expect(tables.locator("tbody tr").first()).toBeVisible();
});
