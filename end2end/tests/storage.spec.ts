import { accessible, expect, open, picture, test } from "./fixtures.ts";

test("the largest table comes first, and leads to its own page", async ({ page }) => {
  await open(page, "/shop/space");
  await expect(page.locator("th[aria-sort=descending]")).toContainText("Total");
  const first = page.locator("td[data-label=Name] a").first();
  const name = (await first.textContent()) ?? "";
  await accessible(page);
  await picture(page, "space");
  await first.click();
  await expect(page).toHaveURL(/\/shop\/space\/[^?]+\?.*schema=/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
  await expect(page.getByRole("table").first()).toBeVisible();
  await accessible(page);
  await picture(page, "relation");
});

test("sizes are sorted and narrowed by the URL", async ({ page }) => {
  await open(page, "/shop/space");
  await page.getByRole("link", { name: "Each by itself" }).click();
  await expect(page).toHaveURL(/show=each/);
  await expect(page.locator("td[data-label=Kind]", { hasText: "index of" }).first()).toBeVisible();
  await page.getByRole("link", { name: "Name" }).click();
  await expect(page).toHaveURL(/sort=name/);
  const names = (await page.locator("td[data-label=Name] a").allTextContents()).map((text) => text.toLowerCase());
  expect(names.length).toBeGreaterThan(3);
  expect(names).toEqual(names.toSorted());
});

test("growth is counted over the days that are chosen", async ({ page }) => {
  await open(page, "/shop/space");
  await page.getByRole("navigation", { name: "Days of growth" }).getByRole("link", { name: "30 days" }).click();
  await expect(page).toHaveURL(/days=30/);
  // The first capture has to have been made.
  await expect(async () => {
    await page.goto("/shop/space?days=30");
    await expect(page.locator("main")).toContainText("Growth is counted from", { timeout: 1000 });
  }).toPass();
});

test("the indexes are seen from every side", async ({ page }) => {
  await open(page, "/shop/indexes");
  await accessible(page);
  await picture(page, "indexes");
  for (const tab of ["Duplicate", "Invalid", "Missing", "Tables", "Unread tables", "Caching", "Bloat"]) {
    await page.getByRole("navigation", { name: "What about the indexes" }).getByRole("link", { name: tab, exact: true }).click();
    await expect(page.locator("nav.tabs a[aria-current=page]").first()).toHaveText(tab);
    await expect(page.locator("main .notice")).toHaveCount(0);
  }
  await accessible(page);
  await picture(page, "bloat");
});
