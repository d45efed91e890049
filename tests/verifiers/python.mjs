/** A Python environment with the verifiers' packages, made once per lock file. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

const HOME = fileURLToPath(new URL("../../target/verifiers-venv/", import.meta.url));
const LOCK = fileURLToPath(new URL("requirements.lock", import.meta.url));
const BIN_PYTHON = process.platform === "win32" ? "Scripts/python.exe" : "bin/python";

// The system's own comes second, for where another one hides it.
const PYTHONS = ["python3", "/usr/bin/python3", "python"];
const CAN_MAKE_A_VENV = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";

/**
 * The path of a Python that has the packages of requirements.lock.
 *
 * @param {(line: string) => void} log
 */
export async function pythonWithPackages(log) {
  const hash = createHash("sha256").update(await readFile(LOCK)).digest("hex").slice(0, 12);
  const directory = join(HOME, hash);
  const python = join(directory, BIN_PYTHON);
  // Also false where the Python it was made with, and links to, has gone.
  if (!existsSync(python)) {
    log("verifiers: installing their Python packages (once, about half a minute) …");
    await rm(directory, { recursive: true, force: true });
    await makeEnvironment(directory, await findPython(log));
  }
  return python;
}

/** Under a name of its own first: an interrupted run, or two at once, leave nothing half made. */
async function makeEnvironment(directory, python) {
  const unfinished = `${directory}.${process.pid}`;
  await mkdir(HOME, { recursive: true });
  try {
    await run(python, ["-m", "venv", unfinished]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"];
    await run(join(unfinished, BIN_PYTHON), [...pip, "--requirement", LOCK]);
    await rename(unfinished, directory);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(directory)) throw error;
  }
}

async function findPython(log) {
  const python = (await firstUsablePython()) ?? ((await installPython(log)) && (await firstUsablePython()));
  if (python) return python;
  throw new Error("The signature checks need Python 3.10 or newer with venv (on Debian: apt-get install python3-venv).");
}

async function firstUsablePython() {
  for (const python of PYTHONS) {
    if (await succeeds(python, ["-c", CAN_MAKE_A_VENV])) return python;
  }
  return undefined;
}

/** Debian leaves venv out of its Python. A container's root can put it there. */
async function installPython(log) {
  if (process.getuid?.() !== 0) return false;
  log("verifiers: apt-get install python3-venv …");
  const install = ["install", "--yes", "python3-venv"];
  if (await succeeds("apt-get", install)) return true;
  return (await succeeds("apt-get", ["update"])) && succeeds("apt-get", install);
}

async function succeeds(command, parameters) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return run(command, parameters, { env }).then(() => true, () => false);
}
