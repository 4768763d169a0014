//! `cargo bundle [--release] [--sizes]`: builds the site that the server embeds.
//!
//! The steps, in order: compile `zooscope-frontend` for WebAssembly, split off what no first screen needs, generate the
//! bindings of what is left, give each file of `assets/` a name that contains the hash of its content, fill the names into the style sheet, the loader and
//! `index.html`, and write compressed copies beside each file. The result is complete or absent: it is built
//! aside and moved into place at the end. When no input has changed nothing is done.

mod compress;
mod css;
mod files;
mod manifest;
mod sizes;
mod split;
mod wasm;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Parser;

use crate::compress::Effort;
use crate::manifest::Manifest;

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "cargo bundle", about = "Build the site into <target>/site")]
struct Arguments {
    /// Optimise for size, as the server ships it. Without it the build is quick and the files are large.
    #[arg(long)]
    release: bool,
    /// Say as well whose code the program consists of.
    #[arg(long)]
    sizes: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let started = Instant::now();
    let workspace = wasm::workspace()?;
    let assets = workspace.root.join("assets");
    let site = workspace.target.join("site");
    let stamp = workspace.target.join("site.inputs");

    let compiled = wasm::compile(&workspace, arguments.release)?;
    if arguments.sizes {
        println!("{}", sizes::table(&compiled)?);
    }
    let inputs = files::digest_of_inputs(&compiled, &assets, arguments.release)?;
    if site.join("index.html").is_file() && fs::read_to_string(&stamp).is_ok_and(|old| old == inputs) {
        println!("{} is up to date", site.display());
        return Ok(());
    }
    // A site without a stamp is rebuilt, so an interrupted run cannot leave a wrong one behind.
    let _ = fs::remove_file(&stamp);

    let next = workspace.target.join("site.next");
    files::empty_directory(&next)?;
    let manifest = lay_out(&compiled, &assets, &next, &workspace.target)?;
    let effort = if arguments.release { Effort::Best } else { Effort::Quick };
    let sizes = compress::siblings(&next, effort)?;

    if site.exists() {
        fs::remove_dir_all(&site).with_context(|| format!("cannot remove {}", site.display()))?;
    }
    fs::rename(&next, &site).with_context(|| format!("cannot move the site to {}", site.display()))?;
    fs::write(&stamp, inputs).with_context(|| format!("cannot write {}", stamp.display()))?;

    println!(
        "{}: {} files, {} kB, {} kB with brotli, in {:.1} s",
        site.display(),
        manifest.len() + 1,
        sizes.plain / 1000,
        sizes.brotli / 1000,
        started.elapsed().as_secs_f32()
    );
    Ok(())
}

/// Writes every file of the site below `next`, each after the files whose names it mentions.
fn lay_out(compiled: &Path, assets: &Path, next: &Path, target: &Path) -> Result<Manifest> {
    let mut manifest = Manifest::new(next.join("assets"));
    for path in files::below(&assets.join("fonts"))?.into_iter().chain(files::below(&assets.join("icons"))?) {
        manifest.add(&logical_name(assets, &path)?, &files::read(&path)?)?;
    }
    manifest.add("favicon.svg", &files::read(&assets.join("favicon.svg"))?)?;

    let sheet = css::minified(&assets.join("css"), &manifest)?;
    manifest.add("site.css", sheet.as_bytes())?;

    let bindings = wasm::bindings(compiled, &target.join("site.bindings"))?;
    manifest.add("site.wasm", &bindings.wasm)?;
    for part in &bindings.later {
        manifest.add(&part.name, &part.content)?;
    }
    manifest.add_circle(&bindings.scripts)?;
    for snippet in &bindings.snippets {
        manifest.add_as_named(&snippet.name, &snippet.content)?;
    }

    for script in ["theme.js", "sinks.js", "boot.js"] {
        let text = files::read_text(&assets.join("js").join(script))?;
        manifest.add(script, manifest.fill(&text)?.as_bytes())?;
    }
    let index = manifest.fill(&files::read_text(&assets.join("index.html"))?)?;
    if index.contains("style=") || index.contains("<style") {
        bail!("assets/index.html carries style in its markup, which the content security policy forbids");
    }
    fs::write(next.join("index.html"), index).context("cannot write index.html")?;
    Ok(manifest)
}

/// The path of an asset below `assets`, with `/` on every system.
fn logical_name(assets: &Path, path: &Path) -> Result<String> {
    let relative: PathBuf = path.strip_prefix(assets)?.to_path_buf();
    Ok(relative.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"))
}
