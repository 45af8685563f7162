// Where the programs under test are, and how to ask them.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const target = fileURLToPath(new URL("../target/", import.meta.url));
const profile = process.env.HERON_PROFILE ?? "debug";

export const base = process.env.HERON_E2E ?? "http://127.0.0.1:3199";
export const heron = `${target}${profile}/heron`;
export const sample = `${target}debug/sample`;
export const store = `${target}e2e/heron.db`;

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
