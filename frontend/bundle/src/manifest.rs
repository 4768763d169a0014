//! Names that contain the hash of the content, so that the server may let browsers keep the files for ever.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::files;

/// The files of the site by the name that sources use for them.
#[derive(Debug)]
pub(crate) struct Manifest {
    directory: PathBuf,
    urls: BTreeMap<String, String>,
}

impl Manifest {
    /// An empty manifest whose files will be written below `directory`, served as `/assets/`.
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self { directory, urls: BTreeMap::new() }
    }

    /// The number of files written.
    pub(crate) fn len(&self) -> usize {
        self.urls.len()
    }

    /// Writes a file as `<stem>-<hash>.<extension>` and remembers its URL under `name`.
    pub(crate) fn add(&mut self, name: &str, content: &[u8]) -> Result<()> {
        let hash = files::hex(&Sha256::digest(content)[..8]);
        let base = name.rsplit('/').next().unwrap_or(name);
        let (stem, extension) = base.rsplit_once('.').with_context(|| format!("{name} has no extension"))?;
        self.write(name, &format!("{stem}-{hash}.{extension}"), content)
    }

    /// Writes a file whose name the generated script already mentions.
    pub(crate) fn add_as_named(&mut self, name: &str, content: &[u8]) -> Result<()> {
        self.write(name, name, content)
    }

    fn write(&mut self, name: &str, file: &str, content: &[u8]) -> Result<()> {
        let path = self.directory.join(file);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        if self.urls.insert(name.to_owned(), format!("/assets/{file}")).is_some() {
            bail!("two assets are named {name}");
        }
        Ok(())
    }

    /// Replaces each `{{name}}` by the absolute URL of that file. An unknown name is an error, so a page can
    /// never ask for what is not there.
    pub(crate) fn fill(&self, text: &str) -> Result<String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("{{") {
            let (before, after) = rest.split_at(start);
            let Some(end) = after.find("}}") else { bail!("a placeholder is not closed") };
            let name = &after[2..end];
            let Some(url) = self.urls.get(name) else { bail!("no asset is named {name}") };
            filled.push_str(before);
            filled.push_str(url);
            rest = &after[end + 2..];
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let mut manifest = Manifest::new(PathBuf::from("unused"));
        manifest.urls.insert("site.css".to_owned(), "/assets/site-1.css".to_owned());
        manifest
    }

    #[test]
    fn placeholders_become_urls() {
        let filled = manifest().fill("a {{site.css}} b {{site.css}}").expect("known");
        assert_eq!(filled, "a /assets/site-1.css b /assets/site-1.css");
    }

    #[test]
    fn an_unknown_or_open_placeholder_is_an_error() {
        assert!(manifest().fill("{{site.js}}").is_err());
        assert!(manifest().fill("{{site.css").is_err());
    }
}
