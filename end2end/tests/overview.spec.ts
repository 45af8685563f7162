import { accessible, expect, open, picture, scripted, test } from "./fixtures.ts";

test("the overview tells what is wrong, worst first, and what to do", async ({ page }) => {
  const response = await open(page, "/shop");
  expect(response?.status()).toBe(200);
  await expect(page).toHaveTitle("Overview · shop · Heron");
  const duplicate = page.locator("#duplicate_index");
  await expect(duplicate).toContainText(/duplicate index/i);
  await duplicate.locator("summary").first().click();
  await expect(duplicate).toContainText("DROP INDEX CONCURRENTLY");
  for (const check of ["invalid_index", "invalid_constraint", "sequence_overflow", "unused_index"]) {
    await expect(page.locator(`#${check}`)).toBeAttached();
  }
  await accessible(page);
  await picture(page, "overview");
});

test("the overview is whole without a script: verdicts and load are in the answer itself", async ({ page }) => {
  const html = await (await page.request.get("/shop")).text();
  expect(html).toContain('id="duplicate_index"');
  expect(html).toContain("<svg");
  expect(html).not.toContain("postgres://");
});

test("every answer has a policy that lets only our own scripts run", async ({ page }) => {
  for (const path of ["/shop", "/nowhere/at/all", "/health", "/favicon.svg"]) {
    const policy = (await page.request.get(path)).headers()["content-security-policy"];
    expect(policy, path).toMatch(/default-src/);
    expect(policy, path).not.toMatch(/unsafe-inline|unsafe-eval(?!')|'unsafe-eval'/);
  }
});

test("a server that is not there is a page that says so", async ({ page }) => {
  const began = Date.now();
  await open(page, "/dead");
  expect(Date.now() - began).toBeLessThan(10_000);
  await expect(page.locator("main")).toContainText("The server does not answer");
  await expect(page.locator("main")).toContainText("127.0.0.1");
  await accessible(page);
  await picture(page, "unreachable");
});

test("an unknown database is not found", async ({ page }) => {
  const response = await open(page, "/no-such-database");
  expect(response?.status()).toBe(404);
  await expect(page.locator("main")).toContainText("There is no database no-such-database");
});

test("an unknown page is not found, with a way out", async ({ page }) => {
  const response = await open(page, "/shop/nothing/here/at/all");
  expect(response?.status()).toBe(404);
  await page.getByRole("link", { name: "All databases" }).last().click();
  await expect(page.getByRole("heading", { name: "All databases" })).toBeVisible();
});

test("all databases stand on one page, the worst first", async ({ page }) => {
  await open(page, "/");
  const rows = page.locator("tbody tr");
  // Nothing is wrong with the server that two of the three share, so it has no row of its own.
  await expect(rows).toHaveCount(3);
  await expect(rows.first()).toContainText("dead");
  await accessible(page);
  await picture(page, "fleet");
  if (scripted()) await rows.filter({ hasText: "library" }).click({ position: { x: 5, y: 5 } });
  else await page.getByRole("link", { name: "library" }).last().click();
  await expect(page).toHaveURL("/library");
});
