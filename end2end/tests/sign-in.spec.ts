import { link, password, run } from "../heron.ts";
import { accessible, expect, open, picture, scripted, settled, test } from "./fixtures.ts";

test.describe("a stranger", () => {
  test.use({ storageState: { cookies: [], origins: [] } });

  test("is sent to the sign-in page and comes back to where they wanted to go", async ({ page }) => {
    await open(page, "/shop/queries?sort=calls");
    await expect(page).toHaveURL("/sign-in?next=%2Fshop%2Fqueries%3Fsort%3Dcalls");
    await accessible(page);
    await picture(page, "sign-in");

    await page.getByLabel("Name").fill("admin");
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("alert")).toContainText("do not go together");

    await page.getByLabel("Name").fill("admin");
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page).toHaveURL("/shop/queries?sort=calls");
  });

  test("gets nothing but health, the sign-in page and static files", async ({ request }) => {
    expect(await (await request.get("/health")).text()).toBe("OK\n");
    expect((await request.get("/favicon.svg")).status()).toBe(200);
    for (const path of ["/", "/shop", "/shop/queries", "/nowhere"]) {
      const answer = await request.get(path, { maxRedirects: 0 });
      expect([path, answer.status(), answer.headers().location?.startsWith("/sign-in")]).toEqual([path, 303, true]);
    }
    for (const path of ["/api/overview?database=shop", "/api/fleet", "/api/statements?database=shop"]) {
      expect([path, (await request.get(path)).status()]).toEqual([path, 401]);
    }
  });

  test("cannot use a sign-in link twice", async ({ page }) => {
    const name = `twice-${scripted()}-${Date.now()}`;
    const path = link("add", name);
    await open(page, path);
    await page.getByLabel("Password", { exact: true }).fill("short");
    await page.getByLabel("The same again").fill("short");
    await page.getByRole("button", { name: /Set password/ }).click();
    await expect(page.getByRole("alert")).toContainText("at least 10 characters");
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByLabel("The same again").fill(password);
    await page.getByRole("button", { name: /Set password/ }).click();
    await expect(page).toHaveURL("/");

    await page.getByLabel(`Signed in as ${name}`).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page).toHaveURL("/sign-in");
    await open(page, path);
    await expect(page.getByRole("alert")).toContainText("used already");

    // Whoever is removed is signed out.
    run("user", "remove", name);
  });
});

test("a write from another site is refused", async ({ page }) => {
  await open(page, "/shop");
  const headers = { "sec-fetch-site": "cross-site", origin: "https://elsewhere.example" };
  const answer = await page.request.post("/api/sign_out", { headers });
  expect(answer.status()).toBe(403);
  await page.reload();
  await settled(page);
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
});
