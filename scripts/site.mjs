// Builds the site: wasm, its JavaScript, ECharts, CSS and the files of public/, each named after its content and
// compressed ahead, with the hash.txt that Leptos reads beside the executable.
//
//   node scripts/site.mjs debug            builds what has changed and puts it beside target/debug/heron
//   node scripts/site.mjs release          … beside target/release/heron
//   node scripts/site.mjs debug --check    … and fails when a file is over its budget
//
// Each stage keeps its output and a stamp of its inputs under target/site-build, and runs again only when these change.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const WORK = join(ROOT, "target/site-build");
const NAME = "heron"; // output-name in Leptos.toml
const PKG = "pkg"; // site-pkg-dir in Leptos.toml
const TARGET = "wasm32-unknown-unknown";

// Bytes after gzip. A page that grows past this is a decision, not an accident.
const BUDGET = { ".wasm": 300_000, ".css": 15_000 };

// What rustc's wasm target has on by default.
const WASM_FEATURES = [
  "bulk-memory", "multivalue", "mutable-globals", "nontrapping-float-to-int", "reference-types", "sign-ext",
];

const digest = (...parts) => parts.reduce((hash, part) => hash.update(part).update("\0"), createHash("sha256")).digest("hex");
const read = (path) => fs.readFileSync(path);
const version = (name) => JSON.parse(read(join(ROOT, "node_modules", name, "package.json"))).version;

/** Every file under a folder (or the file itself), sorted. */
function files(path) {
  if (!fs.existsSync(path)) return [];
  if (fs.statSync(path).isFile()) return [path];
  return fs.readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** One hash over names and contents. */
function digestOf(paths) {
  return digest(...paths.flatMap((path) => files(path)).flatMap((file) => [relative(ROOT, file), read(file)]));
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
  if (error?.code === "ENOENT") throw new Error(`${command} is missing: run \`make tools\``);
  if (status !== 0) throw new Error(`${basename(command)} failed`);
}

function output(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: ROOT, encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${stderr ?? ""}`);
  return stdout;
}

/** Runs `build` into a folder of its own unless the same inputs, and the same code, made that folder before. */
async function stage(name, inputs, build) {
  const folder = join(WORK, name);
  const stamp = `${folder}.stamp`;
  const key = digest(...inputs, build.toString());
  if (!fs.existsSync(folder) || !fs.existsSync(stamp) || read(stamp).toString() !== key) {
    console.log(`site: ${name}`);
    const fresh = `${folder}.${process.pid}`;
    fs.mkdirSync(fresh, { recursive: true });
    try {
      await build(fresh);
      fs.rmSync(folder, { recursive: true, force: true });
      fs.renameSync(fresh, folder);
    } finally {
      fs.rmSync(fresh, { recursive: true, force: true });
    }
    fs.writeFileSync(stamp, key);
  }
  return folder;
}

/** The folders of `frontend` and of every crate of ours that goes into the browser with it. */
function sources() {
  const { packages } = JSON.parse(output("cargo", ["metadata", "--format-version=1", "--no-deps", "--offline"]));
  const folders = new Set();
  const visit = (folder) => {
    if (folders.has(folder)) return;
    folders.add(folder);
    const { dependencies } = packages.find(({ manifest_path }) => dirname(manifest_path) === folder);
    dependencies.filter(({ path, kind, optional }) => path && kind === null && !optional).forEach(({ path }) => visit(path));
  };
  visit(join(ROOT, "frontend"));
  return [...folders];
}

/** `wasm-bindgen` where `make tools` leaves it, or on the PATH. */
function wasmBindgen() {
  const own = join(ROOT, "target/tools/bin/wasm-bindgen");
  return fs.existsSync(own) ? own : "wasm-bindgen";
}

async function build() {
  const manifests = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml"].map((file) => join(ROOT, file));
  const wasm = await stage("wasm", [digestOf([...manifests, ...sources()]), output("rustc", ["-vV"])], (out) => {
    run("cargo", ["build", "-p", "frontend", "--lib", "--target", TARGET, "--profile", "wasm-release", "--locked"]);
    fs.copyFileSync(join(ROOT, "target", TARGET, "wasm-release/frontend.wasm"), join(out, "frontend.wasm"));
  });

  const tool = wasmBindgen();
  const bindgen = await stage("bindgen", [digestOf([wasm]), output(tool, ["--version"]), version("binaryen")], (out) => {
    run(tool, [join(wasm, "frontend.wasm"), "--target", "web", "--no-typescript", "--out-dir", out, "--out-name", NAME]);
    const file = join(out, `${NAME}_bg.wasm`);
    run(join(ROOT, "node_modules/.bin/wasm-opt"), [
      "-Oz", ...WASM_FEATURES.map((feature) => `--enable-${feature}`), "--strip-debug", "--strip-producers", file, "-o", file,
    ]);
  });

  const entry = join(ROOT, "scripts/echarts.mjs");
  const echarts = await stage("echarts", [digestOf([entry]), version("echarts"), version("zrender"), esbuild.version], async (out) => {
    await esbuild.build({
      entryPoints: [entry], outfile: join(out, "echarts.mjs"), bundle: true, minify: true, format: "esm", target: "es2022",
      legalComments: "none", logLevel: "warning",
      banner: { js: `/*! Apache ECharts ${version("echarts")}: see echarts.LICENSE.txt and echarts.NOTICE.txt */` },
    });
    const from = (...path) => read(join(ROOT, "node_modules", ...path)).toString();
    fs.writeFileSync(join(out, "LICENSE"), `${from("echarts/LICENSE")}\n\nd3\n\n${from("echarts/licenses/LICENSE-d3")}\n\nZRender\n\n${from("zrender/LICENSE")}`);
    fs.writeFileSync(join(out, "NOTICE"), from("echarts/NOTICE"));
  });
  const echartsName = `echarts.${hashed(join(echarts, "echarts.mjs"))}.mjs`;

  // The glue and the snippets it imports become one file; only ECharts stays apart, fetched when a chart is first drawn.
  const script = await stage("script", [digestOf([bindgen]), echartsName, esbuild.version], async (out) => {
    await esbuild.build({
      entryPoints: [join(bindgen, `${NAME}.js`)], outfile: join(out, `${NAME}.js`), bundle: true, minify: true, format: "esm",
      target: "es2022", logLevel: "warning",
      plugins: [{
        name: "echarts",
        setup: ({ onResolve }) => onResolve({ filter: /^\/echarts\.mjs$/ }, () => ({ path: `./${echartsName}`, external: true })),
      }],
    });
  });

  const style = await stage("style", [digestOf([join(ROOT, "style")]), esbuild.version], async (out) => {
    await esbuild.build({
      entryPoints: [join(ROOT, "style/main.css")], outfile: join(out, `${NAME}.css`), bundle: true, minify: true,
      target: ["chrome120", "firefox120", "safari17"], logLevel: "warning",
    });
  });

  const parts = { wasm: join(bindgen, `${NAME}_bg.wasm`), js: join(script, `${NAME}.js`), css: join(style, `${NAME}.css`) };
  const assets = join(ROOT, "public");
  return stage("site", [digestOf([...Object.values(parts), echarts, assets])], (out) => {
    const pkg = join(out, "site", PKG);
    fs.mkdirSync(pkg, { recursive: true });
    fs.cpSync(assets, join(out, "site"), { recursive: true });
    let hashes = "";
    for (const [kind, file] of Object.entries(parts)) {
      fs.copyFileSync(file, join(pkg, `${NAME}.${hashed(file)}.${kind}`));
      hashes += `${kind}: ${hashed(file)}\n`;
    }
    fs.copyFileSync(join(echarts, "echarts.mjs"), join(pkg, echartsName));
    fs.copyFileSync(join(echarts, "LICENSE"), join(pkg, "echarts.LICENSE.txt"));
    fs.copyFileSync(join(echarts, "NOTICE"), join(pkg, "echarts.NOTICE.txt"));
    files(join(out, "site")).forEach(compress);
    fs.writeFileSync(join(out, "site/hash.txt"), hashes);
  });
}

/** The part of a file's name that changes with its content. */
function hashed(file) {
  return digest(read(file)).slice(0, 16);
}

function compress(file) {
  const content = read(file);
  fs.writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  fs.writeFileSync(`${file}.br`, brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
  }));
}

/** Puts the site and its hash.txt beside an executable: `to` is a folder like target/debug. */
function install(built, to) {
  const stamp = digestOf([built]);
  const note = join(WORK, `installed-${basename(to)}.stamp`);
  const done = fs.existsSync(note) && read(note).toString() === stamp && fs.existsSync(join(to, "site"));
  if (!done) {
    fs.mkdirSync(join(to, "deps"), { recursive: true });
    const fresh = join(to, `site.${process.pid}`);
    fs.cpSync(join(built, "site"), fresh, { recursive: true });
    fs.rmSync(join(to, "site"), { recursive: true, force: true });
    fs.renameSync(fresh, join(to, "site"));
    fs.writeFileSync(note, stamp);
  }
  // Leptos looks beside the executable, Heron in the site; tests run from deps/.
  fs.copyFileSync(join(built, "site/hash.txt"), join(to, "hash.txt"));
  fs.rmSync(join(to, "deps/site"), { force: true });
  fs.symlinkSync("../site", join(to, "deps/site"));
}

/** Prints every file's size as sent, and returns those over their budget. */
function report(site) {
  const size = (bytes) => String(bytes).padStart(10);
  const shipped = files(site).filter((file) => fs.existsSync(`${file}.br`));
  console.log(`${"bytes".padStart(10)}${"gzip".padStart(10)}${"brotli".padStart(10)}  file`);
  return shipped.filter((file) => {
    const [raw, gzip, brotli] = ["", ".gz", ".br"].map((end) => fs.statSync(file + end).size);
    console.log(`${size(raw)}${size(gzip)}${size(brotli)}  ${relative(site, file)}`);
    return gzip > (BUDGET[extname(file)] ?? Infinity);
  });
}

const args = process.argv.slice(2);
try {
  const built = await build();
  for (const profile of args.filter((arg) => !arg.startsWith("-"))) install(built, join(ROOT, "target", profile));
  const over = report(join(built, "site"));
  if (args.includes("--check") && over.length > 0) {
    throw new Error(`over the budget of ${JSON.stringify(BUDGET)} bytes after gzip: ${over.map((file) => basename(file)).join(", ")}`);
  }
} catch (error) {
  console.error(`site: ${error.message}`);
  process.exitCode = 1;
}
