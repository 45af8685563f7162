// C12 in a browser: Heron under a path, behind a proxy of either kind. No request may leave the path.
import type { BrowserContext } from "@playwright/test";
import { readFile } from "node:fs/promises";
import { password, serve } from "../heron.ts";
import { proxy, type Proxy } from "../proxy.ts";
import { accessible, expect, open, scripted, settled, test as plain } from "./fixtures.ts";

const path = "/heron";

/** A Heron under the path with a proxy of each kind before it, and the cookies of who signed in. */
interface Site {
  kept: Proxy;
  taken: Proxy;
  state: Awaited<ReturnType<BrowserContext["storageState"]>>;
}

const test = plain.extend<{ keeps: boolean; requests: string[] }, { site: Site }>({
  keeps: [true, { option: true }],
  site: [
    async ({ browser }, use, { project, parallelIndex }) => {
      const heron = await serve(`under-a-path-${parallelIndex}`, "--base-path", path);
      const [kept, taken] = await Promise.all([proxy(heron.address, path, true), proxy(heron.address, path, false)]);
      const { javaScriptEnabled } = project.use;
      const page = await browser.newPage({ javaScriptEnabled, baseURL: taken.origin, storageState: undefined });
      await page.goto(path + heron.link);
      await page.getByLabel("Password", { exact: true }).fill(password);
      await page.getByLabel("The same again").fill(password);
      await page.getByRole("button", { name: /Set password/ }).click();
      await expect(page).toHaveURL(`${path}/`);
      const state = await page.context().storageState();
      await page.close();
      await use({ kept, taken, state });
      await Promise.all([kept.close(), taken.close(), heron.stop()]);
      expect([...kept.strays, ...taken.strays]).toEqual([]);
    },
    { scope: "worker", timeout: 60_000 },
  ],
  baseURL: ({ keeps, site }, use) => use((keeps ? site.kept : site.taken).origin),
  storageState: ({ site }, use) => use(site.state),
  /** Every address asked for, without the host; a test fails if one of them is outside the path. */
  requests: [
    async ({ page, baseURL }, use) => {
      const requests: string[] = [];
      page.on("request", (request) => requests.push(request.url().replace(baseURL!, "")));
      await use(requests);
      expect(requests.filter((url) => !/^\/heron([/?]|$)/.test(url))).toEqual([]);
    },
    { auto: true },
  ],
});

for (const keeps of [true, false]) {
  test.describe(`behind a proxy that ${keeps ? "keeps the path" : "takes the path away"}`, () => {
    test.use({ keeps });

    test("a stranger signs in and comes to where they wanted to go", async ({ page, context }) => {
      await context.clearCookies();
      await open(page, `${path}/shop/queries?sort=calls`);
      await expect(page).toHaveURL(`${path}/sign-in?next=%2Fshop%2Fqueries%3Fsort%3Dcalls`);
      await accessible(page);
      await page.getByLabel("Name").fill("admin");
      await page.getByLabel("Password").fill("not the password");
      await page.getByRole("button", { name: "Sign in" }).click();
      await expect(page.getByRole("alert")).toContainText("do not go together");
      await page.getByLabel("Name").fill("admin");
      await page.getByLabel("Password").fill(password);
      await page.getByRole("button", { name: "Sign in" }).click();
      await expect(page).toHaveURL(`${path}/shop/queries?sort=calls`);
      expect(new Set((await context.cookies()).map((cookie) => cookie.path))).toEqual(new Set([path]));
      await page.getByLabel("Signed in as admin").click();
      await page.getByRole("button", { name: "Sign out" }).click();
      await expect(page).toHaveURL(`${path}/sign-in`);
    });

    test("the rail leads from page to page", async ({ page }) => {
      await open(page, path);
      await page.getByRole("link", { name: "shop" }).last().click();
      await expect(page).toHaveURL(`${path}/shop`);
      await accessible(page);
      const rail = page.getByRole("navigation", { name: "Pages" });
      const names = await rail.getByRole("link").allTextContents();
      expect(names.length).toBeGreaterThan(10);
      for (const name of names) {
        await rail.getByRole("link", { name, exact: true }).click();
        await expect(rail.locator("[aria-current=page]")).toHaveText(name);
        await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
        await expect(page).toHaveURL(new RegExp(`${path}/shop`));
      }
      // An address of PgHero's.
      await open(page, `${path}/shop/live_queries`);
      await expect(page).toHaveURL(`${path}/shop/live`);
    });

    test("a chart is drawn", async ({ page, requests }) => {
      await open(page, `${path}/shop?window=1h`);
      const chart = page.locator("figure.chart").first();
      await expect(chart.locator(scripted() ? "canvas" : "svg").first()).toBeVisible();
      const echarts = requests.filter((url) => /^\/heron\/pkg\/echarts\.\w+\.mjs$/.test(url));
      expect(echarts).toHaveLength(scripted() ? 1 : 0);
    });

    test("the theme is remembered, and a page stays live", async ({ page, context }) => {
      test.skip(!scripted(), "needs a script");
      await page.clock.install();
      await page.emulateMedia({ colorScheme: "light" });
      await open(page, `${path}/shop`);
      await page.getByRole("button", { name: /dark/ }).click();
      expect((await context.cookies()).find(({ name }) => name === "theme")).toMatchObject({ value: "dark", path });
      await open(page, path);
      await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
      await open(page, `${path}/shop`);
      const asOf = page.locator("[data-live=as-of] time");
      const shown = await asOf.getAttribute("datetime");
      await page.clock.runFor(10_500);
      await expect(asOf).not.toHaveAttribute("datetime", shown!);
    });

    test("forms are sent, and what came of them is said", async ({ page }) => {
      await open(page, `${path}/settings/password`);
      await page.getByLabel("Present password").fill("not the password");
      await page.getByLabel("New password").fill("a longer password");
      await page.getByLabel("The same again").fill("a longer password");
      await page.getByRole("button", { name: "Change password" }).click();
      await expect(page.getByRole("alert")).toContainText("not your present password");

      const name = `bea-${keeps}`;
      await open(page, `${path}/users`);
      await page.getByLabel("Name", { exact: true }).fill(name);
      await page.getByRole("button", { name: "Add and make a link" }).click();
      await expect(page).toHaveURL(`${path}/users`);
      expect(await page.locator(".handed-over").getAttribute("href")).toContain(`${path}/sign-in?ticket=`);

      await open(page, `${path}/shop/explain`);
      await page.getByRole("textbox", { name: "Statement" }).fill("SELECT 1");
      await page.getByRole("button", { name: "Explain" }).click();
      await expect(page.locator("main pre code")).toHaveText("Result  (cost=0.00..0.01 rows=1 width=4)");

      await open(page, `${path}/shop/confirm/analyze?schema=public&table=orders&back=space`);
      await page.getByRole("button", { name: "Analyze the table" }).click();
      await expect(page).toHaveURL(`${path}/shop/space`);
      await expect(page.getByRole("status").first()).toContainText("owner");
      await open(page, `${path}/audit?q=analyze`);
      await expect(page.locator("tbody tr").first()).toContainText("public.orders");
    });

    test("a table is searched, sorted and taken along", async ({ page }) => {
      await open(page, `${path}/shop/space?show=each`);
      await page.getByRole("searchbox").fill("orders");
      await page.getByRole("searchbox").press("Enter");
      await expect(page).toHaveURL(/\/heron\/shop\/space\?.*q=orders/);
      await page.getByRole("link", { name: "Name" }).click();
      await settled(page);
      const taken = page.waitForEvent("download");
      await page.getByRole("link", { name: "CSV" }).click();
      const file = await taken;
      expect(file.suggestedFilename()).toMatch(/\.csv$/);
      expect(await readFile(await file.path(), "utf8")).toContain("orders");
    });
  });
}
