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
        let file = hashed(name, &Sha256::digest(content))?;
        self.write(&file, content)?;
        self.remember(name, &file)
    }

    /// Fills in and writes scripts that import each other. None of them can come after the others, so they share one hash:
    /// that of all of them, with the names of other files filled in and their own left open.
    pub(crate) fn add_circle(&mut self, scripts: &[(&str, String)]) -> Result<()> {
        for (name, _) in scripts {
            self.remember(name, &format!("{{{{{name}}}}}"))?;
        }
        let mut hasher = Sha256::new();
        for (_, text) in scripts {
            hasher.update(self.fill(text)?);
        }
        let hash = hasher.finalize();
        for (name, _) in scripts {
            self.urls.remove(*name);
            self.remember(name, &hashed(name, &hash)?)?;
        }
        for (name, text) in scripts {
            self.write(&hashed(name, &hash)?, self.fill(text)?.as_bytes())?;
        }
        Ok(())
    }

    /// Writes a file whose name the generated script already mentions.
    pub(crate) fn add_as_named(&mut self, name: &str, content: &[u8]) -> Result<()> {
        self.write(name, content)?;
        self.remember(name, name)
    }

    fn write(&self, file: &str, content: &[u8]) -> Result<()> {
        let path = self.directory.join(file);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))
    }

    fn remember(&mut self, name: &str, file: &str) -> Result<()> {
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

/// `<stem>-<hash>.<extension>`.
fn hashed(name: &str, digest: &[u8]) -> Result<String> {
    let base = name.rsplit('/').next().unwrap_or(name);
    let (stem, extension) = base.rsplit_once('.').with_context(|| format!("{name} has no extension"))?;
    Ok(format!("{stem}-{}.{extension}", files::hex(&digest[..8])))
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
    fn scripts_that_import_each_other_change_their_names_together() {
        let names = |later: &str| {
            let directory = std::env::temp_dir().join(format!("zooscope-circle-{}", std::process::id()));
            let mut manifest = Manifest::new(directory.clone());
            let scripts = [
                ("site.js", "import {{later.js}}".to_owned()),
                ("later.js", format!("import {{{{site.js}}}} {later}")),
            ];
            manifest.add_circle(&scripts).expect("written");
            let site = manifest.fill("{{site.js}}").expect("known");
            let text =
                fs::read_to_string(directory.join(site.trim_start_matches("/assets/"))).expect("there");
            fs::remove_dir_all(directory).expect("removed");
            assert_eq!(text, manifest.fill("import {{later.js}}").expect("known"));
            site
        };
        assert_eq!(names("a"), names("a"));
        assert_ne!(names("a"), names("b"));
    }

    #[test]
    fn an_unknown_or_open_placeholder_is_an_error() {
        assert!(manifest().fill("{{site.js}}").is_err());
        assert!(manifest().fill("{{site.css").is_err());
    }
}
