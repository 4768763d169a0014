//! One style sheet out of several.

use std::path::Path;

use anyhow::{Result, anyhow};
use lightningcss::printer::PrinterOptions;
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, StyleSheet};

use crate::files;
use crate::manifest::Manifest;

/// The order of the cascade: what comes later wins.
const SHEETS: [&str; 25] = [
    "tokens.css",
    "base.css",
    "layout.css",
    "small.css",
    "controls.css",
    "bar.css",
    "paths.css",
    "lists.css",
    "tree.css",
    "overview.css",
    "findings.css",
    "lock.css",
    "facts.css",
    "states.css",
    "dialogs.css",
    "messages.css",
    "sessions.css",
    "waits.css",
    "recipes.css",
    "environment.css",
    "who.css",
    "approvals.css",
    "audit.css",
    "ladder.css",
    "items.css",
];

/// The sheets joined, with the URLs of fonts filled in, parsed (a mistake is an error that says where) and
/// minified.
pub(crate) fn minified(directory: &Path, manifest: &Manifest) -> Result<String> {
    let mut joined = String::new();
    for name in SHEETS {
        let text = files::read_text(&directory.join(name))?;
        // Each sheet is parsed alone first, so that an error names its file.
        StyleSheet::parse(&text, ParserOptions::default()).map_err(|error| anyhow!("{name}: {error}"))?;
        joined.push_str(&manifest.fill(&text)?);
        joined.push('\n');
    }
    let mut sheet = StyleSheet::parse(&joined, ParserOptions::default())
        .map_err(|error| anyhow!("the joined sheet: {error}"))?;
    sheet.minify(MinifyOptions::default()).map_err(|error| anyhow!("minifying: {error}"))?;
    let options = PrinterOptions { minify: true, ..PrinterOptions::default() };
    Ok(sheet.to_css(options).map_err(|error| anyhow!("printing: {error}"))?.code)
}
