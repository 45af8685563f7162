import { accessible, expect, open, picture, test } from "./fixtures.ts";

const totals = (cells: string[]) => cells.map((cell) => Number(cell.replaceAll(/[^0-9]/g, "")));

test("statements are sorted by the heading that is chosen, and the URL says so", async ({ page }) => {
  await open(page, "/shop/queries?window=6h");
  await expect(page.locator("tbody tr").first()).toBeVisible();
  await expect(page.locator("th[aria-sort=descending]")).toContainText("Total");
  await page.getByRole("link", { name: "Calls" }).click();
  await expect(page).toHaveURL(/sort=calls/);
  await expect(page).toHaveURL(/window=6h/);
  await expect(page.locator("th[aria-sort=descending]")).toContainText("Calls");
  const calls = totals(await page.locator("td[data-label=Calls]").allTextContents());
  expect(calls.length).toBeGreaterThan(3);
  expect(calls).toEqual(calls.toSorted((a, b) => b - a));
  await page.getByRole("link", { name: "Calls" }).click();
  await expect(page.locator("th[aria-sort=ascending]")).toContainText("Calls");
  await accessible(page);
  await picture(page, "queries");
});

test("statements are found by their text", async ({ page }) => {
  await open(page, "/shop/queries");
  // The first capture has to have brought the texts home.
  await expect(async () => {
    await page.goto("/shop/queries?q=ORDERS");
    await expect(page.locator("tbody tr").first()).toBeVisible({ timeout: 1000 });
  }).toPass();
  for (const text of await page.locator("td[data-label=Query] code").allTextContents()) {
    expect(text.toLowerCase()).toContain("orders");
  }
  await open(page, "/shop/queries");
  await page.getByRole("searchbox", { name: /query texts/ }).fill("no statement says this");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/q=no/);
  await expect(page.locator("main")).toContainText("No statement matches");
});

test("a page beyond the last is the last", async ({ page }) => {
  await open(page, "/shop/queries?page=4000000000");
  await expect(page.locator("tbody tr").first()).toBeVisible();
});

test("nonsense in the URL is the usual page", async ({ page }) => {
  await open(page, "/shop/queries?sort=;drop&page=-1&window=%ff&order=%00");
  await expect(page.locator("th[aria-sort=descending]")).toContainText("Total");
});

test("a statement has a page of its own", async ({ page }) => {
  await open(page, "/shop/queries");
  await page.getByRole("link", { name: "Details" }).first().click();
  await expect(page).toHaveURL(/\/shop\/queries\/-?\d+\?role=/);
  await expect(page.getByRole("heading", { name: "Query", exact: true })).toBeVisible();
  await expect(page.locator("main")).toContainText("Mean time");
  await accessible(page);
  await picture(page, "query");
});

test("a statement the server does not know says so", async ({ page }) => {
  await open(page, "/shop/queries/12345");
  await expect(page.locator("main")).toContainText("does not know this statement");
});

test("the switcher keeps the page and the window", async ({ page }) => {
  await open(page, "/shop/queries?window=24h&sort=calls");
  await page.getByLabel("Database: shop").click();
  await page.locator(".switcher").getByRole("link", { name: "library" }).click();
  await expect(page).toHaveURL("/library/queries?window=24h");
});
