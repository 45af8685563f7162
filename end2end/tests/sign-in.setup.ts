// Sets the administrator's password with the one-time link and keeps the session for the other specs.
import { link, password } from "../heron.ts";
import { expect, test } from "./fixtures.ts";

test("the first administrator chooses a password", async ({ page }) => {
  await page.goto(link("passwd", "admin"));
  await expect(page.getByRole("heading", { name: "Choose a password" })).toBeVisible();
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByLabel("The same again").fill(password);
  await page.getByRole("button", { name: "Set password and sign in" }).click();
  await expect(page).toHaveURL(/\/$/);
  await expect(page.getByRole("heading", { name: "All databases" })).toBeVisible();
  await page.context().storageState({ path: "test-results/.signed-in.json" });
});
