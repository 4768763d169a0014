//! Compressed copies beside each file, so that the server compresses nothing while it serves.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::files;

/// How hard to try.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Effort {
    /// For one's own machine: the build should be quick.
    Quick,
    /// For everybody's network: the files should be small.
    Best,
}

/// The size of the site, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sizes {
    /// All files as they are.
    pub(crate) plain: usize,
    /// What a browser that takes brotli loads.
    pub(crate) brotli: usize,
}

/// Writes `.br` and `.gz` beside each file below `directory` that becomes smaller by it.
pub(crate) fn siblings(directory: &Path, effort: Effort) -> Result<Sizes> {
    let mut sizes = Sizes::default();
    for path in files::below(directory)? {
        let content = files::read(&path)?;
        sizes.plain += content.len();
        // Fonts are compressed already.
        if path.extension().is_some_and(|extension| extension == "woff2") {
            sizes.brotli += content.len();
            continue;
        }
        let brotli = brotli(&content, effort)?;
        sizes.brotli += brotli.len().min(content.len());
        write_if_smaller(&path, "br", &brotli, content.len())?;
        write_if_smaller(&path, "gz", &gzip(&content, effort)?, content.len())?;
    }
    Ok(sizes)
}

fn write_if_smaller(path: &Path, extension: &str, compressed: &[u8], plain: usize) -> Result<()> {
    if compressed.len() >= plain {
        return Ok(());
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    let sibling = PathBuf::from(name);
    fs::write(&sibling, compressed).with_context(|| format!("cannot write {}", sibling.display()))
}

fn brotli(content: &[u8], effort: Effort) -> Result<Vec<u8>> {
    let quality = match effort {
        Effort::Quick => 4,
        Effort::Best => 11,
    };
    let parameters = BrotliEncoderParams {
        quality,
        lgwin: 22,
        size_hint: content.len(),
        ..BrotliEncoderParams::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters).context("brotli failed")?;
    Ok(compressed)
}

fn gzip(content: &[u8], effort: Effort) -> Result<Vec<u8>> {
    let level = match effort {
        Effort::Quick => Compression::fast(),
        Effort::Best => Compression::best(),
    };
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(content).context("gzip failed")?;
    encoder.finish().context("gzip failed")
}
