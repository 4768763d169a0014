//! The program of the site: cargo compiles it, `wasm-bindgen` ties it to the browser.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::files;

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

/// One file that a dependency wants beside the generated script.
#[derive(Debug)]
pub(crate) struct Snippet {
    /// The path that the script imports it by, below the script's directory.
    pub(crate) name: String,
    /// Its content.
    pub(crate) content: Vec<u8>,
}

/// What the binding generator made.
#[derive(Debug)]
pub(crate) struct Bindings {
    /// The script that loads the program and lends it the browser's functions.
    pub(crate) script: Vec<u8>,
    /// The program.
    pub(crate) wasm: Vec<u8>,
    /// Files that the script imports.
    pub(crate) snippets: Vec<Snippet>,
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
        .args(["build", "--package", PACKAGE, "--target", TARGET, "--profile", profile])
        .status()
        .context("cannot start cargo build")?;
    if !status.success() {
        bail!("the site does not compile");
    }
    Ok(workspace.target.join(TARGET).join(directory).join(format!("{PACKAGE}.wasm")))
}

/// Generates the bindings of a compiled program, with `scratch` as the place to do it in.
pub(crate) fn bindings(compiled: &Path, scratch: &Path) -> Result<Bindings> {
    files::empty_directory(scratch)?;
    let mut bindgen = Bindgen::new();
    bindgen.input_path(compiled).out_name("site").typescript(false);
    bindgen.remove_name_section(true).remove_producers_section(true);
    bindgen.web(true)?.generate(scratch).context("wasm-bindgen failed")?;

    let mut snippets = Vec::new();
    for path in files::below(&scratch.join("snippets"))? {
        let name = path.strip_prefix(scratch)?.components();
        let name = name.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        snippets.push(Snippet { name, content: files::read(&path)? });
    }
    Ok(Bindings {
        script: files::read(&scratch.join("site.js"))?,
        wasm: files::read(&scratch.join("site_bg.wasm"))?,
        snippets,
    })
}
