//! Builds the pages' style sheet from npm's govuk-frontend with npm's sass, once per change of
//! `frontend/`. Everything happens in a copy under `OUT_DIR`: the source tree stays clean, and what
//! npm installs is exactly what `frontend/package-lock.json` names by digest.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs, io};

const SOURCES: [&str; 4] = ["package.json", "package-lock.json", "app.scss", "_parts.scss"];
const NEEDS: &str = "complaintsd's pages need Node.js 20.19 or newer with npm to build their style sheet";

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            let _ = writeln!(io::stderr(), "{fault}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let out = env::var_os("OUT_DIR").map(PathBuf::from).ok_or("OUT_DIR is not set: run this by cargo")?;
    let work = out.join("frontend");
    fs::create_dir_all(&work).map_err(|error| format!("cannot create {}: {error}", work.display()))?;
    directive("cargo::rerun-if-changed=build.rs")?;
    for name in SOURCES {
        let from = Path::new("frontend").join(name);
        directive(&format!("cargo::rerun-if-changed={}", from.display()))?;
        fs::copy(&from, work.join(name)).map_err(|error| format!("cannot copy {}: {error}", from.display()))?;
    }
    install(&work)?;
    let mut sass = Command::new("node");
    sass.args(["node_modules/sass/sass.js", "--no-source-map", "--style=compressed", "--load-path=node_modules"]);
    run(sass.args(["app.scss", "app.css"]).current_dir(&work))
}

/// `npm ci`, unless the lock file is the one that was installed last.
fn install(work: &Path) -> Result<(), String> {
    let lock = fs::read(work.join("package-lock.json")).map_err(|error| format!("package-lock.json: {error}"))?;
    let installed = work.join("installed-lock.json");
    if fs::read(&installed).is_ok_and(|done| done == lock) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--omit=optional",
        "--omit-lockfile-registry-resolved",
    ]);
    run(npm.current_dir(work))?;
    fs::write(&installed, lock).map_err(|error| format!("cannot write {}: {error}", installed.display()))
}

/// Runs a program quietly; what it said is shown only when it failed.
fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("{NEEDS}: '{name}' was not found; install it (see README, \"Run it\")"),
        _ => format!("cannot start '{name}': {error}"),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!("{NEEDS}; '{name}' failed ({}):\n{}", output.status, String::from_utf8_lossy(&said)))
}

/// Tells cargo something.
fn directive(line: &str) -> Result<(), String> {
    writeln!(io::stdout(), "{line}").map_err(|error| format!("cannot talk to cargo: {error}"))
}
