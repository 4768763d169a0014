//! What the console is made of.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Licences under which a program may be passed on under Apache-2.0.
const LICENCES: [&str; 15] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "MIT",
    "MIT-0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "BSL-1.0",
    "CC0-1.0",
    "Unicode-3.0",
    "Unlicense",
    // Of single files, which stay under it.
    "MPL-2.0",
    "MPL-2.0+",
];

#[test]
fn every_part_comes_from_the_registry_with_its_hash() {
    let lock = text("Cargo.lock");
    let mut parts = 0;
    for part in lock.split("[[package]]").skip(1) {
        let value = |key: &str| {
            let line = part.lines().find_map(|line| line.strip_prefix(&format!("{key} = ")));
            line.map(|value| value.trim_matches('"').to_owned())
        };
        let name = value("name").unwrap();
        match value("source") {
            None => assert!(name.starts_with("zooscope") || name == "bundle", "{name} comes from nowhere"),
            Some(source) => {
                assert_eq!(source, "registry+https://github.com/rust-lang/crates.io-index", "{name}");
                assert_eq!(value("checksum").map(|sum| sum.len()), Some(64), "{name}");
                parts += 1;
            }
        }
    }
    assert!(parts > 200, "the lock file is read: {parts}");
}

#[test]
fn every_licence_lets_it_be_passed_on() {
    let told = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--locked",
            "--offline",
            "--format-version",
            "1",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    let packages = told["packages"].as_array().unwrap();
    assert!(packages.len() > 200);
    for package in packages {
        let licence = package["license"].as_str().unwrap_or_default().replace('/', " OR ");
        // One of several is enough; all that are named together must do.
        let fits = licence
            .split(" OR ")
            .any(|one| one.split(" AND ").all(|part| LICENCES.contains(&part.trim_matches(['(', ')', ' ']))));
        let each = licence
            .split(" AND ")
            .all(|part| part.split(" OR ").any(|one| LICENCES.contains(&one.trim_matches(['(', ')', ' ']))));
        assert!(fits || each, "{} is under `{licence}`", package["name"]);
    }
}

/// The one place that may: a macro writes there the call from one file of the site's program into another.
const SEAM: (&str, &str) = ("frontend", "frontend/src/later.rs");

#[test]
fn no_crate_of_the_console_has_unsafe_code() {
    let workspace = text("Cargo.toml");
    assert!(workspace.contains("unsafe_code = \"forbid\""));
    let members = workspace.lines().find_map(|line| line.strip_prefix("members = [")).unwrap();
    let members: Vec<_> =
        members.trim_end_matches(']').split(", ").map(|member| member.trim_matches('"')).collect();
    assert!(members.len() >= 6, "{members:?}");
    for member in members {
        let manifest = text(&format!("{member}/Cargo.toml"));
        if member == SEAM.0 {
            assert!(manifest.contains("unsafe_code = \"deny\""), "{member}");
        } else {
            assert!(manifest.contains("[lints]\nworkspace = true"), "{member}");
        }
    }
    let mut folders = vec![root().join(SEAM.0)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with(SEAM.1) {
                let source = std::fs::read_to_string(&path).unwrap();
                assert!(!source.contains("unsafe_code"), "{} allows it too", path.display());
            }
        }
    }
}

#[test]
fn what_is_built_is_what_the_lock_file_says() {
    let makefile = text("Makefile");
    let cargo =
        makefile.lines().filter(|line| line.trim_start().starts_with("cargo ") && !line.contains("fmt"));
    assert!(text(".cargo/config.toml").contains("bundle = \"run --locked "));
    for line in cargo {
        assert!(line.contains("--locked") || line.contains("cargo bundle"), "{line}");
    }
}
