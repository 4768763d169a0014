//! The program of the site: cargo compiles it, it is split into what a first screen needs and what comes later, and
//! `wasm-bindgen` ties the first part to the browser.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::{files, split};

const PACKAGE: &str = "zooscope-frontend";
const TARGET: &str = "wasm32-unknown-unknown";

/// Where things are.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The directory of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Where cargo writes, as its configuration and environment say.
    pub(crate) target: PathBuf,
}

/// One file that a generated script asks for.
#[derive(Debug)]
pub(crate) struct Named {
    /// The path that the script asks for it by, below the script's directory.
    pub(crate) name: String,
    /// Its content.
    pub(crate) content: Vec<u8>,
}

/// What the binding generator made.
#[derive(Debug)]
pub(crate) struct Bindings {
    /// `site.js` loads the program and lends it the browser's functions, `later.js` loads its later parts. They import each
    /// other; the names of other files in them are placeholders.
    pub(crate) scripts: [(&'static str, String); 2],
    /// The program that a first screen needs.
    pub(crate) wasm: Vec<u8>,
    /// Its later parts.
    pub(crate) later: Vec<Named>,
    /// Files that the script imports, from dependencies.
    pub(crate) snippets: Vec<Named>,
}

fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Flags meant for the native build (coverage, sanitizers) would break the WebAssembly one.
    command.env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("RUSTFLAGS");
    command
}

/// The flags of the program. Leptos draws each component through one erased type: the program is a quarter smaller and
/// compiles in less time. The messages of panics name source files: not where they lie on this machine.
fn flags(root: &Path) -> String {
    let mut flags = vec!["--cfg".to_owned(), "erase_components".to_owned()];
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    for directory in home.iter().map(PathBuf::as_path).chain([root]) {
        flags.push(format!("--remap-path-prefix={}=", directory.display()));
    }
    flags.join("\u{1f}")
}

/// Asks cargo where the workspace and its target directory are.
pub(crate) fn workspace() -> Result<Workspace> {
    let output = cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .context("cannot start cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let directory = |key: &str| -> Result<PathBuf> {
        let text = metadata[key].as_str().with_context(|| format!("cargo metadata gives no {key}"))?;
        Ok(PathBuf::from(text))
    };
    Ok(Workspace { root: directory("workspace_root")?, target: directory("target_directory")? })
}

/// Compiles the site and says where the result is.
pub(crate) fn compile(workspace: &Workspace, release: bool) -> Result<PathBuf> {
    let (profile, directory) = if release { ("small", "small") } else { ("dev", "debug") };
    let status = cargo()
        .current_dir(&workspace.root)
        .env("CARGO_ENCODED_RUSTFLAGS", flags(&workspace.root))
        .args(["rustc", "--package", PACKAGE, "--bin", PACKAGE, "--target", TARGET, "--profile", profile])
        // Which function calls which: a program is split along it.
        .args(["--", "-Clink-arg=--emit-relocs"])
        .status()
        .context("cannot start cargo build")?;
    if !status.success() {
        bail!("the site does not compile");
    }
    Ok(workspace.target.join(TARGET).join(directory).join(format!("{PACKAGE}.wasm")))
}

/// Splits a compiled program and generates its bindings, with `scratch` as the place to do it in.
pub(crate) fn bindings(compiled: &Path, scratch: &Path) -> Result<Bindings> {
    files::empty_directory(scratch)?;
    let parts = split::split(compiled, scratch)?;
    let mut bindgen = Bindgen::new();
    bindgen.input_path(&parts.first).out_name("site").typescript(false);
    bindgen.remove_name_section(true).remove_producers_section(true);
    // The later parts use the stack and the table of functions of the first.
    bindgen.keep_lld_exports(true);
    bindgen.web(true)?.generate(scratch).context("wasm-bindgen failed")?;

    let mut snippets = Vec::new();
    for path in files::below(&scratch.join("snippets"))? {
        let name = path.strip_prefix(scratch)?.components();
        let name = name.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        snippets.push(Named { name, content: files::read(&path)? });
    }
    Ok(Bindings {
        scripts: split::tie(&files::read_text(&scratch.join("site.js"))?, &parts.script, &parts.later)?,
        wasm: files::read(&scratch.join("site_bg.wasm"))?,
        later: parts.later,
        snippets,
    })
}
