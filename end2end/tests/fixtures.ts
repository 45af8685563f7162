// What every spec gets: a page on which any error fails the test.
import { AxeBuilder } from "@axe-core/playwright";
import { test as plain, expect, type Page } from "@playwright/test";

export { expect };

export const test = plain.extend<{ failOnErrors: void }>({
  failOnErrors: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(`uncaught: ${error.message}`));
      page.on("console", (message) => {
        // What is refused, unknown or not understood is a page with that status, and Chromium says so.
        const refused = /Failed to load resource.*4(01|04|22)/.test(message.text());
        // A page cannot know that it will be read without a script.
        const unused = !scripted() && /preloaded using link preload but not used/.test(message.text());
        if (["error", "warning"].includes(message.type()) && !refused && !unused) errors.push(`${message.type()}: ${message.text()}`);
      });
      await use();
      expect(errors, "errors and warnings in the browser's console").toEqual([]);
    },
    { auto: true },
  ],
});

/** Whether this run has JavaScript. */
export const scripted = () => test.info().project.use.javaScriptEnabled !== false;

/** Opens a page and waits until it reacts: a button that can be seen is not yet one that works. */
export async function open(page: Page, path: string) {
  const response = await page.goto(path);
  await settled(page);
  return response;
}

/** Waits until the page shown reacts. */
export async function settled(page: Page) {
  if (scripted()) await expect(page.locator("html[data-hydrated]")).toBeAttached();
}

/** No violation that keeps people from using the page. */
export async function accessible(page: Page) {
  if (!scripted()) return;
  const { violations } = await new AxeBuilder({ page }).options({ preload: false }).analyze();
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(grave.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`)).toEqual([]);
}

/** Pictures for people to look at: light and dark, wide and narrow. */
export async function picture(page: Page, name: string) {
  if (!scripted()) return;
  const size = page.viewportSize();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const [width, which] of [[1280, "wide"], [390, "narrow"]] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.waitForTimeout(150);
      await page.screenshot({ path: `screenshots/${name}-${colorScheme}-${which}.png`, fullPage: true });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow, `${name} is wider than a ${which} window`).toBeLessThanOrEqual(0);
    }
  }
  await page.emulateMedia({ colorScheme: null });
  if (size) await page.setViewportSize(size);
}
