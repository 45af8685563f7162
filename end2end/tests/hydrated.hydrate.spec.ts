import { expect, open, settled, test } from "./fixtures.ts";

test("the chart is drawn by ECharts and stays after a reload", async ({ page }) => {
  await open(page, "/shop?window=1h");
  for (const _ of ["first", "again"]) {
    const canvas = page.locator("figure.chart canvas").first();
    await expect(canvas).toBeVisible();
    // Something other than nothing is on it.
    await expect(async () => {
      const painted = await canvas.evaluate((element) => {
        const { width, height } = element as HTMLCanvasElement;
        const pixels = (element as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height).data;
        return pixels.some((value) => value !== 0);
      });
      expect(painted).toBe(true);
    }).toPass();
    await page.reload();
    await settled(page);
  }
});

test("ECharts is loaded only where a chart is drawn", async ({ page }) => {
  const loaded: string[] = [];
  page.on("request", (request) => loaded.push(new URL(request.url()).pathname));
  await open(page, "/");
  await page.waitForTimeout(500);
  expect(loaded.filter((path) => path.includes("echarts"))).toEqual([]);
  await page.getByRole("link", { name: "shop" }).last().click();
  await expect(page.locator("figure.chart canvas").first()).toBeVisible();
  expect(loaded.filter((path) => path.includes("echarts"))).toHaveLength(1);
});

test("the theme is remembered", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await open(page, "/shop");
  await page.getByRole("button", { name: /theme|dark|light/i }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("the slash key opens the switcher, and typing narrows it", async ({ page }) => {
  await open(page, "/shop/queries");
  await page.keyboard.press("/");
  await page.keyboard.type("lib");
  await expect(page.locator(".switcher li:not([hidden])")).toHaveCount(1);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/library/queries");
});

test("a page somebody looks at asks again and shows the answer; a paused one does not", async ({ page }) => {
  await page.clock.install();
  await open(page, "/shop");
  let asked = 0;
  page.on("request", (request) => {
    if (request.resourceType() === "fetch" && new URL(request.url()).pathname === "/shop") asked++;
  });
  const asOf = page.locator("[data-live=as-of] time");
  const before = await asOf.getAttribute("datetime");
  await page.clock.runFor(10_500);
  await expect.poll(() => asked).toBe(1);
  await expect(asOf).not.toHaveAttribute("datetime", before!);
  await expect(page.locator("figure.chart canvas").first()).toBeVisible();

  // Nothing is taken away from under somebody who reads.
  const finding = page.locator("#duplicate_index > summary");
  await finding.click();
  let then = asked;
  await page.clock.runFor(30_000);
  expect(asked).toBe(then);
  await page.getByRole("button", { name: "Live" }).click();
  await finding.click();
  then = asked;
  await page.clock.runFor(30_000);
  expect(asked).toBe(then);
});

test("a statement is copied", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page, "/shop");
  await page.locator("#duplicate_index > summary").click();
  await page.locator("#duplicate_index .copy button").first().click();
  await expect(page.locator("#duplicate_index .copied").first()).toHaveText("Copied");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("DROP INDEX CONCURRENTLY");
});

test("static files are compressed and kept for ever", async ({ page }) => {
  const html = await (await page.request.get("/shop")).text();
  const names = [...html.matchAll(/\/pkg\/heron\.[\w-]+\.(?:js|wasm|css)/g)].map(([name]) => name);
  expect(new Set(names.map((name) => name.split(".").at(-1)))).toEqual(new Set(["js", "wasm", "css"]));
  for (const name of new Set(names)) {
    const answer = await page.request.get(name, { headers: { "accept-encoding": "br" } });
    const { "content-encoding": encoding, "cache-control": cache } = answer.headers();
    expect([name, encoding, cache]).toEqual([name, "br", "public, max-age=31536000, immutable"]);
  }
});
