import { accessible, expect, open, picture, test } from "./fixtures.ts";

test("what the server does over time is drawn, with the numbers under each chart", async ({ page }) => {
  // Heron captures every two seconds here; two captures make a rate.
  await expect(async () => {
    await open(page, "/shop/system");
    await expect(page.getByText("Transactions", { exact: true })).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 50_000 });
  const chart = page.locator("figure", { hasText: "Transactions" });
  await expect(chart.locator(".legend")).toContainText("Commits per second");
  await chart.locator("summary").click();
  await expect(chart.locator("tbody tr").first()).toBeVisible();
  await expect(page.locator("figure", { hasText: "Connections by state" })).toBeVisible();
  await expect(page.locator("figure", { hasText: "Write-ahead log" })).toBeVisible();
  await expect(page.locator("main")).toContainText("aws_db_instance_identifier");
  await accessible(page);
  await picture(page, "system");
});

test("the window of the system page stands in its URL", async ({ page }) => {
  await open(page, "/shop/replication");
  await page.getByRole("link", { name: "System", exact: true }).first().click();
  await expect(page).toHaveURL("/shop/system");
  await open(page, "/shop/system?window=7d");
  await expect(page.getByRole("heading", { name: "PostgreSQL, last 7 days" })).toBeVisible();
});

test("a server that is not there has its page", async ({ page }) => {
  await open(page, "/dead/system");
  await expect(page.locator("main")).toContainText("Nothing was captured in this window");
});
