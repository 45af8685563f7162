// Where the programs under test are, and how to ask them.
import { execFileSync, spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const target = fileURLToPath(new URL("../target/", import.meta.url));
const profile = process.env.HERON_PROFILE ?? "debug";

export const base = process.env.HERON_E2E ?? "http://127.0.0.1:3199";
export const heron = `${target}${profile}/heron`;
export const sample = `${target}debug/sample`;
export const store = `${target}e2e/heron.db`;
/** The file with the URLs of the sample's databases. */
export const watched = `${target}e2e/watched`;
/** The first PostgreSQL that PG names, or the sample's usual one. */
export const major = /\d+/.exec(process.env.PG ?? "")?.[0] ?? "16";

/** Runs a command of heron's on the store under test and returns what it prints. */
export function run(...command: string[]): string {
  return execFileSync(heron, command, { encoding: "utf8", env: { ...process.env, HERON_STORE: `sqlite://${store}` } });
}

/** A one-time sign-in link for an account, as a path. */
export function link(...command: string[]): string {
  const printed = run("user", ...command);
  const found = /(\/sign-in\?ticket=\S+)/.exec(printed);
  if (!found) throw new Error(`no link in ${printed}`);
  return found[1];
}

export const password = "correct horse battery";

/** Another Heron on the sample's databases, with a store of its own, on a free port. */
export async function serve(name: string, ...options: string[]) {
  const own = `${target}e2e/${name}.db`;
  for (const end of ["", "-wal", "-shm"]) rmSync(own + end, { force: true });
  const urls = readFileSync(watched, "utf8").split(/\s+/).filter(Boolean);
  const child = spawn(
    heron,
    ["serve", "--listen", "127.0.0.1:0", "--store", `sqlite://${own}`, "--capture-interval", "2s", ...options, ...urls],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  process.once("exit", () => child.kill());
  const stopped = new Promise<void>((over) => child.once("exit", () => over()));
  let printed = "";
  for await (const line of createInterface(child.stdout)) {
    printed += `${line}\n`;
    const [, address] = /listens on (\S+)/.exec(printed) ?? [];
    const [ticket] = /\/sign-in\?ticket=\S+/.exec(printed) ?? [];
    if (!address || !ticket) continue;
    return {
      address: new URL(address),
      /** The first administrator's sign-in link, as a path. */
      link: ticket,
      stop: () => {
        child.kill("SIGTERM");
        return stopped;
      },
    };
  }
  throw new Error(`${name} did not start: ${printed}`);
}
