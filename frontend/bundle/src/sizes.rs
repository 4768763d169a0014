//! What the program consists of: the bytes of its functions, by whose code they are.
//!
//! A function belongs to the crate that defines it. What the compiler merged into its caller counts as the caller's: of a screen's closures
//! some are within Leptos' functions.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

use crate::files;

/// The parts that are told, each with the crates that it is made of; what is of none of them comes last.
const PARTS: [(&str, &[&str]); 5] = [
    (SCREENS, &["zooscope_frontend"]),
    (
        "Leptos",
        &["leptos", "leptos_dom", "tachys", "reactive_graph", "any_spawner", "or_poisoned", "next_tuple"],
    ),
    (
        "frames and JSON",
        &["zooscope_protocol", "serde", "serde_core", "serde_json", "postcard", "itoa", "zmij", "base64"],
    ),
    (
        "the browser's functions",
        &["wasm_bindgen", "wasm_bindgen_futures", "js_sys", "web_sys", "wasm_streams"],
    ),
    ("the standard library", &["core", "alloc", "std", "dlmalloc", "hashbrown", "compiler_builtins"]),
];
const SCREENS: &str = "the screens";
const REST: &str = "what else there is";

/// How the function begins that calls into the later program.
const SEAM: &str = "__wasm_split";
/// What the binding generator reads and takes away.
const DESCRIPTION: &str = "__wbindgen_describe";

/// The table of a compiled program that has the names of its functions.
pub(crate) fn table(compiled: &Path) -> Result<String> {
    let functions =
        functions(&files::read(compiled)?).with_context(|| format!("cannot read {}", compiled.display()))?;
    let mut parts: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
    for (name, bytes) in functions.iter().filter(|(name, _)| !name.starts_with(DESCRIPTION)) {
        let part = parts.entry(part_of(name)).or_default();
        *part = (part.0 + bytes, part.1 + 1);
    }
    let all: u64 = parts.values().map(|(bytes, _)| bytes).sum();
    let mut table = String::from("| whose code | functions | kB | share |\n|---|---|---|---|\n");
    for name in PARTS.iter().map(|(name, _)| *name).chain([REST]) {
        let (bytes, count) = parts.get(name).copied().unwrap_or_default();
        let share = 100.0 * bytes as f64 / all.max(1) as f64;
        writeln!(table, "| {name} | {count} | {} | {share:.0} % |", bytes / 1_000)?;
    }
    Ok(table)
}

/// The functions of a program, each with its name and the length of its code.
fn functions(program: &[u8]) -> Result<Vec<(String, u64)>> {
    let (mut imported, mut bodies, mut names) = (0, Vec::new(), BTreeMap::new());
    for payload in Parser::new(0).parse_all(program) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes().len() as u64),
            Payload::CustomSection(section) => {
                let KnownCustom::Name(sections) = section.as_known() else { continue };
                for section in sections {
                    let Name::Function(map) = section? else { continue };
                    for naming in map {
                        let naming = naming?;
                        names.insert(naming.index, rustc_demangle::demangle(naming.name).to_string());
                    }
                }
            }
            _ => {}
        }
    }
    let name = |index: usize| names.get(&(imported + index as u32)).cloned().unwrap_or_default();
    Ok(bodies.into_iter().enumerate().map(|(index, bytes)| (name(index), bytes)).collect())
}

/// The part that a function belongs to: that of the first crate that its name mentions.
fn part_of(name: &str) -> &'static str {
    if name.starts_with(SEAM) {
        return SCREENS;
    }
    let words = name.split(|character: char| !(character.is_alphanumeric() || character == '_'));
    let mut parts = words.filter_map(|word| PARTS.iter().find(|(_, crates)| crates.contains(&word)));
    parts.next().map_or(REST, |(part, _)| part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_of_the_crate_that_defines_it() {
        for (name, part) in [
            ("zooscope_frontend::ui::part::part::{{closure}}::h1", "the screens"),
            ("<tachys::html::element::HtmlElement<E,At,Ch> as tachys::view::Render>::build", "Leptos"),
            (
                "<&mut serde_json::de::Deserializer<R> as serde_core::de::Deserializer>::deserialize_seq",
                "frames and JSON",
            ),
            ("<alloc::vec::Vec<T> as core::clone::Clone>::clone", "the standard library"),
            ("main", REST),
        ] {
            assert_eq!(part_of(name), part, "{name}");
        }
    }
}
