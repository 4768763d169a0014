//! Nothing of the site makes markup out of text: what is in a znode was written by strangers.

use std::fs;
use std::path::Path;

/// The ways from a text to markup or to a program.
const WAYS: [&str; 10] = [
    "inner_html",
    "outer_html",
    "innerHTML",
    "outerHTML",
    "insert_adjacent_html",
    "insertAdjacentHTML",
    "create_contextual_fragment",
    "js_sys::eval",
    "new_no_args",
    "DomParser",
];

fn look(directory: &Path, found: &mut Vec<String>, files: &mut usize) {
    for entry in fs::read_dir(directory).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            look(&path, found, files);
            continue;
        }
        let text = fs::read_to_string(&path).expect("a text");
        *files += 1;
        let ways = WAYS.iter().filter(|way| text.contains(**way));
        found.extend(ways.map(|way| format!("{}: {way}", path.display())));
    }
}

#[test]
fn no_text_becomes_markup() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut files) = (Vec::new(), 0);
    for directory in ["src", "../assets/js"] {
        look(&root.join(directory), &mut found, &mut files);
    }
    assert!(files > 80, "the site is read: {files} files");
    assert_eq!(found, Vec::<String>::new());
}
