import { accessible, expect, open, picture, test } from "./fixtures.ts";

test("settings are judged by what is said of the machine, and the URL says it", async ({ page }) => {
  await open(page, "/shop/tune");
  const shared = page.locator("tr", { hasText: "effective_cache_size" }).first();
  await expect(shared).toContainText("Cannot tell");
  await page.getByLabel("Memory").fill("16GB");
  await page.getByLabel("Processors").fill("4");
  await page.getByLabel("Storage").selectOption("ssd");
  await page.getByRole("button", { name: "Recommend" }).click();
  await expect(page).toHaveURL(/memory=16GB&cpus=4&storage=ssd/);
  await expect(shared).toContainText("12GB");
  await expect(page.locator("main")).toContainText("ALTER SYSTEM SET random_page_cost = '1.1';");
  await accessible(page);
  await picture(page, "tune");
  await page.getByLabel("Kind").selectOption("autovacuum");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page).toHaveURL(/memory=16GB.*kind=autovacuum/);
  await expect(page.locator("tbody tr").first()).toContainText("autovacuum");
  await expect(shared).toHaveCount(0);
});
