//! One program into several files: what a first screen needs, and what it can do without at first.
//!
//! The seams are the functions that `frontend/src/later.rs` marks. What only they reach goes into a later file; all files share
//! one memory, one stack and one table of functions.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use wasm_split_cli_support::{Options, transform};

use crate::files;
use crate::wasm::Named;

/// The script that loads the later parts, and the one that it asks for the program that runs.
const LOADER: &str = "later.js";
const MAIN: &str = "site.js";

/// A split program.
#[derive(Debug)]
pub(crate) struct Parts {
    /// Where the first part is, which the bindings are generated of.
    pub(crate) first: PathBuf,
    /// The later parts.
    pub(crate) later: Vec<Named>,
    /// The script that loads them.
    pub(crate) script: String,
}

/// Splits a compiled program, with `scratch` as the place to do it in.
pub(crate) fn split(compiled: &Path, scratch: &Path) -> Result<Parts> {
    let input = files::read(compiled)?;
    let first = scratch.join("first.wasm");
    let (link, main) = (format!("./{LOADER}"), format!("./{MAIN}"));
    let mut options = Options::new(&input);
    options.output_dir = scratch;
    options.main_out_path = &first;
    options.link_name = &link;
    options.main_module = &main;
    let made = transform(options).map_err(|error| anyhow!("the program cannot be split: {error:#}"))?;
    let mut later = Vec::new();
    for path in made.split_modules {
        let name = path.file_name().context("a part without a name")?.to_string_lossy().into_owned();
        later.push(Named { name, content: bare(&files::read(&path)?)? });
    }
    if later.is_empty() {
        bail!(
            "the program has no later part: nothing marks one, or the linker did not say which function calls which"
        );
    }
    Ok(Parts { first, later, script: files::read_text(&scratch.join(LOADER))? })
}

/// The two generated scripts with placeholders where they mention each other and the later parts.
pub(crate) fn tie(main: &str, loader: &str, later: &[Named]) -> Result<[(&'static str, String); 2]> {
    let main = placeholder(main, "from ", LOADER)?;
    let mut loader = placeholder(loader, "from ", MAIN)?;
    for part in later {
        loader = placeholder(&loader, "new URL(", &part.name)?;
    }
    Ok([(MAIN, main), (LOADER, loader)])
}

/// Other mentions of the name stay: the program knows the loader by the name that it had when it was split.
fn placeholder(script: &str, before: &str, name: &str) -> Result<String> {
    let mention = format!("{before}\"./{name}\"");
    if !script.contains(&mention) {
        bail!("a generated script does not mention {name} as it used to");
    }
    Ok(script.replace(&mention, &format!("{before}\"{{{{{name}}}}}\"")))
}

/// A program without its custom sections: names of functions and the like, which only tools read.
fn bare(program: &[u8]) -> Result<Vec<u8>> {
    const HEADER: usize = 8;
    let cut = || anyhow!("a part of the program is cut short");
    let mut bare = program.get(..HEADER).ok_or_else(cut)?.to_vec();
    let mut rest = &program[HEADER..];
    while let Some((&kind, after)) = rest.split_first() {
        let (size, width) = length(after).ok_or_else(cut)?;
        let section = rest.get(..1 + width + size).ok_or_else(cut)?;
        if kind != 0 {
            bare.extend_from_slice(section);
        }
        rest = &rest[section.len()..];
    }
    Ok(bare)
}

/// A number as WebAssembly writes lengths, seven bits to a byte, and how many bytes it takes.
fn length(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_custom_sections_are_left_out() {
        let header = *b"\0asm\x01\0\0\0";
        let program = [&header[..], &[1, 2, 7, 7], &[0, 0x83, 0, 9, 9, 9], &[10, 1, 7]].concat();
        assert_eq!(bare(&program).expect("whole"), [&header[..], &[1, 2, 7, 7], &[10, 1, 7]].concat());
        assert!(bare(&program[..program.len() - 1]).is_err());
    }

    #[test]
    fn scripts_mention_each_other_by_placeholders() {
        let main = "import * as import1 from \"./later.js\";\nconst all = { \"./later.js\": import1 };";
        let loader = "import { initSync } from \"./site.js\";\nfetch(new URL(\"./split_later.wasm\", import.meta.url))";
        let later = [Named { name: "split_later.wasm".to_owned(), content: Vec::new() }];
        let [(_, main), (_, loader)] = tie(main, loader, &later).expect("as generated");
        assert_eq!(
            main,
            "import * as import1 from \"{{later.js}}\";\nconst all = { \"./later.js\": import1 };"
        );
        assert_eq!(
            loader,
            "import { initSync } from \"{{site.js}}\";\nfetch(new URL(\"{{split_later.wasm}}\", import.meta.url))"
        );
        assert!(tie("", "", &later).is_err());
    }
}
