import { accessible, expect, open, picture, scripted, test } from "./fixtures.ts";

const query = "SELECT status, count(*) FROM orders WHERE customer_id > 10 GROUP BY status ORDER BY 2 DESC";

test("a statement is explained, and what was typed stays", async ({ page }) => {
  await open(page, "/shop");
  await page.getByRole("link", { name: "Explain", exact: true }).first().click();
  await expect(page).toHaveURL("/shop/explain");
  await page.getByRole("textbox", { name: "Statement" }).fill("SELECT 1 /* <b>x</b> */");
  await page.getByRole("button", { name: "Explain" }).click();
  await expect(page.locator("main pre code")).toHaveText("Result  (cost=0.00..0.01 rows=1 width=4)");
  await expect(page.getByRole("textbox", { name: "Statement" })).toHaveValue(/SELECT 1/);
  await expect(page.locator("main")).toContainText("No index is suggested");
  // Nothing of it is in the URL.
  await expect(page).toHaveURL("/shop/explain");
  await accessible(page);
});

test("what cannot be explained is said in a sentence", async ({ page }) => {
  await open(page, "/shop/explain");
  for (const [sql, said] of [
    ["ANALYZE SELECT 1", "Syntax error with query"],
    ["SELECT 1; SELECT 2", "Unsafe statement"],
    ["SELECT * FROM no_such_table", "is not known"],
  ]) {
    await page.getByRole("textbox", { name: "Statement" }).fill(sql!);
    // A refusal is a page with a status that says so, which Chromium writes to the console.
    const answered = page.waitForResponse((response) => response.request().method() === "POST");
    await page.getByRole("button", { name: "Explain" }).click();
    await answered;
    await expect(page.getByRole("alert")).toContainText(said!);
  }
});

test("a plan is drawn: its nodes, their part of the whole, and the JSON beside it", async ({ page, context }) => {
  await open(page, "/shop/explain");
  await page.getByRole("textbox", { name: "Statement" }).fill(query);
  await page.getByRole("button", { name: "Visualize" }).click();
  const nodes = page.locator("table.plan tbody tr");
  await expect(nodes.first()).toContainText("1. ");
  await expect(page.locator("table.plan")).toContainText("orders");
  await expect(page.locator("main")).toContainText("Nothing was run");
  await nodes.last().locator("summary").click();
  await expect(nodes.last().locator("dl")).toBeVisible();
  await accessible(page);
  await picture(page, "explain");
  await page.getByText("The plan as JSON").click();
  await expect(page.locator(".verbatim code")).toContainText('"Node Type"');
  if (!scripted()) return;
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.locator(".verbatim .copy button").click();
  expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))[0].Plan).toBeTruthy();
});

test("what EXPLAIN says is chosen, and stays chosen", async ({ page }) => {
  await open(page, "/shop/explain");
  const box = (name: string) => page.getByRole("group", { name: "What to say" }).getByLabel(name);
  await expect(box("COSTS")).toBeChecked();
  await box("COSTS").uncheck();
  await box("VERBOSE").check();
  await page.getByRole("textbox", { name: "Statement" }).fill("SELECT 1 AS one");
  await page.getByRole("button", { name: "Explain" }).click();
  await expect(page.locator("main pre code")).toContainText("Output: 1");
  await expect(page.locator("main pre code")).not.toContainText("cost=");
  await expect(box("COSTS")).not.toBeChecked();
  await expect(box("VERBOSE")).toBeChecked();
});

test("a statement's page leads to its plan", async ({ page }) => {
  await expect(async () => {
    await page.goto("/shop/queries?q=max(placed_at)");
    await expect(page.getByRole("link", { name: "Details" }).first()).toBeVisible({ timeout: 1000 });
  }).toPass();
  await page.getByRole("link", { name: "Details" }).first().click();
  await expect(page.getByRole("heading", { name: "Tables" })).toBeVisible();
  await page.getByRole("link", { name: "Explain", exact: true }).last().click();
  await expect(page).toHaveURL(/\/shop\/explain\?queryid=/);
  await expect(page.getByRole("textbox", { name: "Statement" })).toHaveValue(/orders/);
  await page.getByRole("button", { name: "Explain" }).click();
  await expect(page.locator("main pre code")).toContainText("cost=");
});
