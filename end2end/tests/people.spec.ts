import { password } from "../heron.ts";
import { accessible, expect, open, picture, scripted, test } from "./fixtures.ts";

test("an administrator adds somebody, changes their role and removes them", async ({ page, browser }) => {
  const name = `eve-${scripted()}-${Date.now()}`;
  await open(page, "/shop");
  await page.getByLabel(/Signed in as/).click();
  await page.getByRole("link", { name: "People" }).click();
  await expect(page).toHaveURL("/users");
  await accessible(page);
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Role", { exact: true }).selectOption("operator");
  await page.getByRole("button", { name: "Add and make a link" }).click();
  await expect(page).toHaveURL("/users");
  const link = await page.locator(".handed-over").getAttribute("href");
  await accessible(page);
  await picture(page, "users");

  // Whom the link is for chooses a password, elsewhere.
  const other = await browser.newContext({ storageState: { cookies: [], origins: [] }, javaScriptEnabled: scripted() });
  const theirs = await other.newPage();
  await theirs.goto(link!);
  await theirs.getByLabel("Password", { exact: true }).fill(password);
  await theirs.getByLabel("The same again").fill(password);
  await theirs.getByRole("button", { name: /Set password/ }).click();
  await expect(theirs).toHaveURL("/");
  await theirs.goto("/audit");
  await expect(theirs.getByRole("heading", { name: "Audit" })).toBeVisible();

  const row = page.locator("tbody tr", { hasText: name });
  await row.getByLabel(`Role of ${name}`).selectOption("viewer");
  await row.getByRole("button", { name: "Change" }).click();
  await expect(page.getByRole("status").first()).toContainText(`${name} is viewer now`);
  expect((await theirs.goto("/audit"))?.status()).toBe(403);

  await page.locator("tbody tr", { hasText: name }).getByRole("link", { name: "Remove" }).click();
  await expect(page.getByRole("heading", { name: "Remove an account" })).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Remove the account" }).click();
  await expect(page.getByRole("status").first()).toContainText("removed");
  await theirs.goto("/");
  await expect(theirs).toHaveURL(/sign-in/);
  await other.close();
});

test("what is refused is said on the page", async ({ page }) => {
  await open(page, "/users/remove?name=admin");
  await page.getByRole("button", { name: "Remove the account" }).click();
  await expect(page.getByRole("alert")).toContainText("last administrator");
});

test("the settings in force and one's password have a page", async ({ page }) => {
  await open(page, "/settings");
  await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
  await expect(page.locator("main")).toContainText("capture_interval");
  await expect(page.locator("main")).not.toContainText(password);
  await accessible(page);
  await picture(page, "settings");
  await open(page, "/settings/password");
  await accessible(page);
  await page.getByLabel("Present password").fill("not the password");
  await page.getByLabel("New password").fill("a longer password");
  await page.getByLabel("The same again").fill("a longer password");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByRole("alert")).toContainText("not your present password");
});
